//! Lambda's `REPORT` lines, as CloudWatch has them.

use std::time::Duration;

/// The most lines that are read of one deployment: those of a full run with 50 connections, and some.
pub(super) const LINES_MAX: u32 = 30_000;

/// What Lambda reported of one invocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Report {
    /// Inside of the function.
    pub(super) duration: Duration,
    /// What is paid for.
    pub(super) billed: Duration,
    /// How long the environment took to initialise, if this was its first invocation.
    pub(super) init: Option<Duration>,
    /// The environment's peak so far.
    pub(super) max_memory_used_mb: u64,
}

impl Report {
    /// Reads a line; nothing if it is another one.
    pub(super) fn read(line: &str) -> Option<Self> {
        let fields = line.trim().strip_prefix("REPORT ")?;
        let field = |name: &str| {
            let found = fields.split('\t').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix(": "))?;
            found.split(' ').next()
        };
        let time = |name: &str| Duration::try_from_secs_f64(field(name)?.parse::<f64>().ok()? / 1e3).ok();
        Some(Self {
            duration: time("Duration")?,
            billed: time("Billed Duration")?,
            init: time("Init Duration"),
            max_memory_used_mb: field("Max Memory Used")?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use cloud::lambda::{Report as Local, Status};

    use super::*;

    #[test]
    fn the_local_clouds_own_lines_are_read() {
        let micros = Duration::from_micros;
        let local = |init_duration| Local {
            request_id: "00000000-0000-0000-0000-000000000000".parse().expect("an id"),
            duration: micros(1_230),
            billed_duration: micros(5_000),
            memory_mib: 128,
            max_memory_used_mib: 21,
            init_duration,
            status: Status::Success,
        };
        let read = |init| Report { duration: micros(1_230), billed: micros(5_000), init, max_memory_used_mb: 21 };
        for init in [None, Some(micros(3_700))] {
            assert_eq!(Report::read(&local(init).to_string()), Some(read(init)));
        }
    }

    #[test]
    fn awss_lines_are_read_and_others_are_not() {
        let line = "REPORT RequestId: 8f5\tDuration: 2.11 ms\tBilled Duration: 51 ms\tMemory Size: 128 MB\t\
                    Max Memory Used: 25 MB\tInit Duration: 48.20 ms\t\nXRAY TraceId: 1-5\tSegmentId: 0f\n";
        let report = Report::read(line).expect("a report");
        assert_eq!((report.init, report.max_memory_used_mb), (Some(Duration::from_micros(48_200)), 25));
        for other in ["", "END RequestId: 8f5", "REPORT RequestId: 8f5", "REPORT RequestId: 8f5\tDuration: -1 ms"] {
            assert_eq!(Report::read(other), None, "{other}");
        }
    }
}
