//! A process's share of the processor: a quota per period in a control group (cgroup v1 or v2) of its own.
//!
//! The process is put there before its first instruction, so its children are inside too. It must not know what
//! the share is for. Where no group can be made the process runs all the same, and [`CpuApplied`] shows why it is
//! not limited: nobody may take its figures for a prediction.

mod cgroup;
mod mount;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub(super) use self::cgroup::Cgroup;

/// The kernel takes no smaller quota (`min_cfs_quota_period` of `kernel/sched/fair.c`).
const LEAST_QUOTA: Duration = Duration::from_millis(1);

/// CPU time that a process and its children may use in each period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CpuShare {
    /// In whole processors: 0.25 is a quarter of one.
    pub vcpus: f64,
    /// What the share is held over. Whoever has used it up waits for the next period.
    pub period: Duration,
}

/// How a share is held: a prediction must be able to show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CpuApplied {
    /// None was set.
    Unlimited,
    /// By a control group.
    Cgroup(Hierarchy),
    /// Not at all: the process runs at full speed.
    NotApplied(CpuUnavailable),
}

/// The two kinds of control groups that Linux has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hierarchy {
    /// `cpu.cfs_quota_us`.
    V1,
    /// `cpu.max`.
    V2,
}

/// Why no share can be held.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CpuUnavailable {
    /// The system has nothing of the kind.
    #[error("{0} has no CPU quotas; run the lab on Linux")]
    System(&'static str),
    /// No hierarchy has the controller.
    #[error("no cgroup hierarchy with a CPU controller is mounted; mount cgroup2 on /sys/fs/cgroup")]
    NoController,
    /// No group can be made.
    #[error("cannot make a cgroup with a CPU quota in {}: {reason}; {remedy}", parent.display())]
    Create {
        /// Where it was to be made.
        parent: PathBuf,
        /// What the system reported.
        reason: String,
        /// What helps here.
        remedy: &'static str,
    },
    /// The quota is refused.
    #[error("the cgroup {} takes no CPU quota: {reason}", group.display())]
    Quota {
        /// The group.
        group: PathBuf,
        /// What the system reported.
        reason: String,
    },
    /// The process is not in the group.
    #[error("the process could not be moved into the cgroup {}; {remedy}", group.display())]
    Join {
        /// The group.
        group: PathBuf,
        /// What helps here.
        remedy: &'static str,
    },
}

impl Hierarchy {
    /// How a user who may not make groups here gets them.
    ///
    /// With v2, systemd's manager of a user owns the groups below it and hands the CPU controller on to them
    /// (`Delegate=` of `user@.service`, with `cpu` since systemd 252), but a login's own group lies beside it and is root's:
    /// a scope is made in the manager's. <https://systemd.io/CGROUP_DELEGATION>
    fn remedy(self, systemd: bool) -> &'static str {
        match self {
            Self::V2 if systemd => "start it by `systemd-run --user --scope`, or as root",
            _ => "run the lab as root",
        }
    }

    /// The same, on this machine.
    pub(in crate::process) fn remedy_here(self) -> &'static str {
        // As `sd_booted(3)` has it.
        self.remedy(std::path::Path::new("/run/systemd/system").is_dir())
    }
}

impl CpuShare {
    /// Quota and period in whole microseconds, as the kernel takes them. A quota that would be smaller than the
    /// kernel's smallest gets a longer period instead.
    fn microseconds(self) -> (u64, u64) {
        let period = self.period.max(LEAST_QUOTA.div_f64(self.vcpus));
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        (micros(period.mul_f64(self.vcpus)).max(micros(LEAST_QUOTA)), micros(period))
    }
}

/// Whether shares can be held here; tried out, not guessed.
///
/// # Errors
/// Why not.
pub fn cpu_support() -> Result<Hierarchy, CpuUnavailable> {
    let group = Cgroup::create(CpuShare { vcpus: 1.0, period: Duration::from_millis(100) })?;
    let hierarchy = group.hierarchy();
    group.remove();
    Ok(hierarchy)
}

impl fmt::Display for Hierarchy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "cgroup v1",
            Self::V2 => "cgroup v2",
        })
    }
}

impl fmt::Display for CpuApplied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("CPU share: none set"),
            Self::Cgroup(hierarchy) => write!(f, "CPU share: held by {hierarchy}"),
            Self::NotApplied(reason) => write!(f, "CPU share: NOT APPLIED, {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_whose_systemd_can_make_groups_is_shown_how() {
        let reported = |hierarchy: Hierarchy, systemd| {
            let (parent, reason) = ("/sys/fs/cgroup".into(), "Permission denied".to_owned());
            CpuUnavailable::Create { parent, reason, remedy: hierarchy.remedy(systemd) }.to_string()
        };
        assert!(
            reported(Hierarchy::V2, true).ends_with("denied; start it by `systemd-run --user --scope`, or as root")
        );
        assert!(reported(Hierarchy::V2, false).ends_with("denied; run the lab as root"));
        assert!(reported(Hierarchy::V1, true).ends_with("denied; run the lab as root"));
    }

    #[test]
    fn a_quota_below_the_kernels_smallest_gets_a_longer_period() {
        let quota = |vcpus, period_ms| CpuShare { vcpus, period: Duration::from_millis(period_ms) }.microseconds();
        assert_eq!(quota(1.0, 100), (100_000, 100_000));
        assert_eq!(quota(0.25, 100), (25_000, 100_000));
        assert_eq!(quota(128.0 / 1769.0, 20), (1_447, 20_000));
        assert_eq!(quota(0.04, 20), (1_000, 25_000));
    }
}
