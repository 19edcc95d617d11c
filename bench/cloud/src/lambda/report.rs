//! What Lambda logs about an invocation: `START`, `END` and `REPORT`.

use std::{fmt, time::Duration};

use uuid::Uuid;

/// How an invocation ended, in the words of a `REPORT` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The runtime answered, be it with an error of the handler.
    Success,
    /// The environment failed, with AWS's error type.
    Error(String),
    /// It was ended for taking too long.
    Timeout,
}

/// One `REPORT`. <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html>
#[derive(Clone, Debug)]
pub struct Report {
    /// The invocation.
    pub request_id: Uuid,
    /// From the hand-over to the environment to its answer.
    pub duration: Duration,
    /// What is paid for: duration and initialisation together, rounded up to whole milliseconds. (Since
    /// August 2025 AWS bills the initialisation of every kind of function.)
    pub billed_duration: Duration,
    /// The function's memory size.
    pub memory_mib: u32,
    /// The environment's peak so far, in MiB rounded up. It is read when the report is requested, not at
    /// the end of the invocation: a call must not pay for a look into `/proc`.
    pub max_memory_used_mib: u64,
    /// How long the environment took to initialise, if this was its first invocation.
    pub init_duration: Option<Duration>,
    /// How it ended.
    pub status: Status,
}

/// Rounded up to whole milliseconds, as AWS bills since December 2020.
pub(super) fn billed(duration: Duration, init: Option<Duration>) -> Duration {
    let whole = (duration + init.unwrap_or_default()).as_nanos().div_ceil(1_000_000);
    Duration::from_millis(u64::try_from(whole).unwrap_or(u64::MAX))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
            self.request_id,
            self.duration.as_secs_f64() * 1e3,
            self.billed_duration.as_millis(),
            self.memory_mib,
            self.max_memory_used_mib,
        )?;
        if let Some(init) = self.init_duration {
            write!(f, "Init Duration: {:.2} ms\t", init.as_secs_f64() * 1e3)?;
        }
        match &self.status {
            Status::Success => Ok(()),
            Status::Error(kind) => write!(f, "Status: error\tError Type: {kind}"),
            Status::Timeout => f.write_str("Status: timeout"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_invocation_pays_for_its_initialisation_in_whole_milliseconds() {
        let ms = Duration::from_micros;
        assert_eq!(billed(ms(1_001), None), ms(2_000));
        assert_eq!(billed(ms(1_000), None), ms(1_000));
        assert_eq!(billed(ms(1_200), Some(ms(3_700))), ms(5_000));
    }

    #[test]
    fn a_report_reads_as_in_cloudwatch() {
        let mut report = Report {
            request_id: Uuid::nil(),
            duration: Duration::from_micros(1_234),
            billed_duration: Duration::from_millis(9),
            memory_mib: 128,
            max_memory_used_mib: 12,
            init_duration: Some(Duration::from_micros(7_000)),
            status: Status::Success,
        };
        assert_eq!(
            report.to_string(),
            "REPORT RequestId: 00000000-0000-0000-0000-000000000000\tDuration: 1.23 ms\tBilled Duration: 9 ms\t\
             Memory Size: 128 MB\tMax Memory Used: 12 MB\tInit Duration: 7.00 ms\t"
        );
        report.status = Status::Timeout;
        assert!(report.to_string().ends_with("Status: timeout"));
    }
}
