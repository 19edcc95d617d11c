//! Whether forced cold starts were cold: each by Lambda's own REPORT line of just that call. Lines of other calls prove
//! nothing about it, and a line that has not come yet proves nothing at all.

use std::fmt;
use std::time::{Duration, SystemTime};

use anyhow::ensure;

use super::report::Report;

/// By how much AWS may round down the time of a change: it writes whole seconds.
const CHANGE_RESOLUTION: Duration = Duration::from_secs(1);

/// A forced cold start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Forced {
    /// How long the first call took.
    pub(super) duration: Duration,
    /// When the function was changed before it, by AWS's clock.
    pub(super) changed: SystemTime,
}

/// How forced cold starts were verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// How many were cold, by their own lines.
    cold: u32,
    /// How many were warm: they are no samples.
    warm: u32,
    /// How many have no line, or lines of other calls beside theirs.
    pub(super) unverified: u32,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cold, warm, unverified } = self;
        let calls = cold + warm + unverified;
        write!(f, "{cold} of {calls} verified one by one by Lambda's REPORT lines")?;
        if *warm > 0 {
            write!(f, ", {warm} were warm and are left out")?;
        }
        if *unverified > 0 {
            write!(f, ", {unverified} not verified: no line of the call, or other calls beside it")?;
        }
        Ok(())
    }
}

/// The samples that count, and how they were verified.
///
/// Changes and calls follow one another, so that a line is of the call after the last change before it.
///
/// # Errors
/// When every one of them was warm.
pub(super) fn verified(forced: &[Forced], reports: &[Report]) -> anyhow::Result<(Vec<Duration>, Verdict)> {
    let lines = by_call(forced, reports);
    let (mut samples, mut verdict) = (Vec::new(), Verdict::default());
    for (forced, lines) in forced.iter().zip(&lines) {
        let inits = lines.iter().filter(|report| report.init.is_some()).count();
        match (inits, lines.len()) {
            // Somebody else's call came between, and either may have been the cold one.
            (inits, lines) if lines == 0 || (inits > 0 && inits < lines) => verdict.unverified += 1,
            (0, _) => {
                verdict.warm += 1;
                continue;
            }
            _ => verdict.cold += 1,
        }
        samples.push(forced.duration);
    }
    ensure!(!samples.is_empty() || forced.is_empty(), "of {} forced cold starts Lambda reported none", forced.len());
    Ok((samples, verdict))
}

/// The lines of each call.
fn by_call<'a>(forced: &[Forced], reports: &'a [Report]) -> Vec<Vec<&'a Report>> {
    let mut reports: Vec<_> = reports.iter().collect();
    reports.sort_by_key(|report| report.at);
    let mut lines = vec![Vec::new(); forced.len()];
    for report in reports {
        let Some(last) = forced.iter().rposition(|forced| forced.changed <= report.at) else { continue };
        // The change before may be of the same second, and the call before it have no line yet.
        let rounded = report.at < forced[last].changed + CHANGE_RESOLUTION;
        let call = if rounded && last > 0 && lines[last - 1].is_empty() { last - 1 } else { last };
        lines[call].push(report);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLD: bool = true;
    const WARM: bool = false;

    fn at(ms: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
    }

    /// Three calls, after changes at 10, 20 and 30 s, and lines by when and how.
    fn check(lines: &[(u64, bool)]) -> anyhow::Result<(Vec<u64>, String)> {
        let report = |&(ms, cold): &(u64, bool)| Report {
            at: at(ms),
            request_id: ms.to_string(),
            duration: Duration::from_millis(2),
            billed: Duration::from_millis(3),
            init: cold.then_some(Duration::from_millis(50)),
            max_memory_used_mb: 20,
        };
        let reports: Vec<_> = lines.iter().map(report).collect();
        let forced = [1, 2, 3].map(|call| Forced { duration: Duration::from_secs(call), changed: at(call * 10_000) });
        let (samples, verdict) = verified(&forced, &reports)?;
        Ok((samples.iter().map(Duration::as_secs).collect(), verdict.to_string()))
    }

    #[test]
    fn the_line_of_each_call_verifies_it_or_leaves_it_out() {
        let (samples, words) = check(&[(31_500, COLD), (12_000, COLD), (22_000, COLD)]).expect("all were cold");
        assert_eq!((samples, words.as_str()), (vec![1, 2, 3], "3 of 3 verified one by one by Lambda's REPORT lines"));
        let (samples, words) = check(&[(12_000, COLD), (22_000, WARM), (32_000, COLD)]).expect("two were cold");
        assert_eq!(samples, [1, 3]);
        assert!(words.contains("1 were warm and are left out"), "{words}");
        assert!(check(&[(12_000, WARM), (22_000, WARM), (32_000, WARM)]).is_err());
    }

    #[test]
    fn a_line_in_the_second_of_the_next_change_is_of_the_call_before_it() {
        let (samples, words) = check(&[(12_000, COLD), (30_200, WARM), (32_000, COLD)]).expect("two were cold");
        assert_eq!(samples, [1, 3], "{words}");
    }

    #[test]
    fn as_many_cold_lines_as_calls_prove_nothing_where_they_are_of_other_calls() {
        // All three after the last change: at 120fe7e their number was the proof.
        let (samples, words) = check(&[(32_000, WARM), (33_000, COLD), (34_000, COLD)]).expect("they are not refuted");
        assert!(
            samples == [1, 2, 3] && words.starts_with("0 of 3 verified") && words.contains("3 not verified"),
            "{words}"
        );
    }

    #[test]
    fn missing_lines_and_those_before_the_first_change_verify_nothing() {
        let (samples, words) = check(&[(5_000, WARM), (22_000, COLD)]).expect("they are not refuted");
        assert!(samples == [1, 2, 3] && words.contains("1 of 3 verified") && words.contains("2 not"), "{words}");
    }
}
