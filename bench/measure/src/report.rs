//! Lambda's `REPORT` lines, as CloudWatch has them.

use std::time::{Duration, SystemTime};

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was logged, by AWS's clock.
    pub at: SystemTime,
    /// What it reads.
    pub message: String,
}

/// The most lines that are read of one deployment: those of a full run with 50 connections, and some.
pub(super) const LINES_MAX: u32 = 30_000;

/// What Lambda reported of one invocation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Report {
    /// When it was logged, by AWS's clock.
    pub(super) at: SystemTime,
    /// The invocation.
    pub(super) request_id: String,
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
    pub(super) fn read(line: &LogLine) -> Option<Self> {
        let fields = line.message.trim().strip_prefix("REPORT ")?;
        let field = |name: &str| {
            let found = fields.split('\t').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix(": "))?;
            found.split(' ').next()
        };
        let time = |name: &str| Duration::try_from_secs_f64(field(name)?.parse::<f64>().ok()? / 1e3).ok();
        Some(Self {
            at: line.at,
            request_id: field("RequestId")?.to_owned(),
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

    fn read(line: &str) -> Option<Report> {
        Report::read(&LogLine { at: SystemTime::UNIX_EPOCH, message: line.to_owned() })
    }

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
        for init in [None, Some(micros(3_700))] {
            let wanted = Report {
                at: SystemTime::UNIX_EPOCH,
                request_id: "00000000-0000-0000-0000-000000000000".to_owned(),
                duration: micros(1_230),
                billed: micros(5_000),
                init,
                max_memory_used_mb: 21,
            };
            assert_eq!(read(&local(init).to_string()), Some(wanted));
        }
    }

    #[test]
    fn awss_lines_are_read_and_others_are_not() {
        let line = "REPORT RequestId: 8f5\tDuration: 2.11 ms\tBilled Duration: 51 ms\tMemory Size: 128 MB\t\
                    Max Memory Used: 25 MB\tInit Duration: 48.20 ms\t\nXRAY TraceId: 1-5\tSegmentId: 0f\n";
        let report = read(line).expect("a report");
        assert_eq!(report.request_id, "8f5");
        assert_eq!((report.init, report.max_memory_used_mb), (Some(Duration::from_micros(48_200)), 25));
        for other in ["", "END RequestId: 8f5", "REPORT RequestId: 8f5", "REPORT RequestId: 8f5\tDuration: -1 ms"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
