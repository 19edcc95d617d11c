//! The counter's own account, and the verdict on it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The counter's own account against the calls that it acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exactness {
    /// Calls acknowledged between two readings of the counter.
    pub acknowledged: u64,
    /// How far the counter went between them.
    pub counted: u64,
    /// Calls that failed between them: each may have been counted, none must.
    pub failed: u64,
}

/// What an account of the counter comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every acknowledged call has a number of its own, and no number was left out.
    Exact,
    /// Acknowledged calls that were not counted: two callers got the same number.
    Lost(u64),
    /// Numbers that no caller got, as a failed call may leave them.
    Skipped(u64),
    /// Numbers that no caller got, more than calls failed.
    Extra(u64),
}

impl Exactness {
    /// The verdict on this account.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        let beyond = self.counted.saturating_sub(self.acknowledged);
        match self.acknowledged.saturating_sub(self.counted) {
            0 if beyond == 0 => Verdict::Exact,
            0 if beyond <= self.failed => Verdict::Skipped(beyond),
            0 => Verdict::Extra(beyond),
            lost => Verdict::Lost(lost),
        }
    }

    /// Calls that failed, and calls made in all.
    #[must_use]
    pub fn failed_calls(self) -> (u64, u64) {
        (self.failed, self.failed.saturating_add(self.acknowledged))
    }
}

impl Verdict {
    /// The verdict on two accounts: the worse one's kind, with the numbers of both where they have the same.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Lost(a), Self::Lost(b)) => Self::Lost(a + b),
            (Self::Extra(a), Self::Extra(b)) => Self::Extra(a + b),
            (Self::Skipped(a), Self::Skipped(b)) => Self::Skipped(a + b),
            (it @ Self::Lost(_), _) | (_, it @ Self::Lost(_)) => it,
            (it @ Self::Extra(_), _) | (_, it @ Self::Extra(_)) => it,
            (it @ Self::Skipped(_), _) | (_, it @ Self::Skipped(_)) => it,
            (Self::Exact, Self::Exact) => Self::Exact,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counters_account_is_judged() {
        for (acknowledged, counted, failed, verdict) in [
            (10, 10, 0, Verdict::Exact),
            (10, 10, 3, Verdict::Exact),
            (10, 8, 0, Verdict::Lost(2)),
            (10, 11, 1, Verdict::Skipped(1)),
            (10, 13, 1, Verdict::Extra(3)),
        ] {
            assert_eq!(Exactness { acknowledged, counted, failed }.verdict(), verdict);
        }
    }

    #[test]
    fn one_account_does_not_make_up_for_another() {
        for (a, b, both) in [
            (Verdict::Exact, Verdict::Exact, Verdict::Exact),
            (Verdict::Lost(2), Verdict::Extra(2), Verdict::Lost(2)),
            (Verdict::Skipped(1), Verdict::Skipped(2), Verdict::Skipped(3)),
            (Verdict::Exact, Verdict::Extra(1), Verdict::Extra(1)),
        ] {
            assert_eq!((a.and(b), b.and(a)), (both, both));
        }
    }
}
