//! Lambda: requests, billed duration, init phases, and the log lines that it writes on its own.

use ways::Way;

use super::ComputeCost;
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{SECONDS_PER_MONTH, Scope, Usage};
use crate::{PriceError, PriceKey};

/// MiB of what Lambda's price list calls a GB.
const MIB_PER_GB: f64 = 1024.0;

/// What Lambda logs about one call: its START, END and REPORT lines, about 265 characters, and the 26 bytes that
/// CloudWatch counts on top of each of the three.
const LOG_BYTES_PER_CALL: f64 = 265.0 + 3.0 * 26.0;

/// CloudWatch's GB.
const BYTES_PER_GB: f64 = 1024.0 * 1024.0 * 1024.0;

pub(super) struct Lambda;

impl ComputeCost for Lambda {
    /// A function costs nothing while nobody calls, unless its environments are provisioned.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage, _instances: u32) -> Result<(), PriceError> {
        let calls = usage.calls_per_month;
        let memory_gb = usage.memory_mib as f64 / MIB_PER_GB;
        let duration_gb_s = calls * billed_ms(usage) / 1000.0 * memory_gb;
        bill.by_call(Part::Compute, "requests", calls, PriceKey::LambdaRequest(way.arch))?;
        if usage.provisioned > 0 {
            let provisioned_gb_s = f64::from(usage.provisioned) * memory_gb * SECONDS_PER_MONTH;
            let (idle, busy) =
                (PriceKey::LambdaProvisionedGbSecond(way.arch), PriceKey::LambdaProvisionedDurationGbSecond(way.arch));
            bill.monthly(Part::Compute, "provisioned concurrency", provisioned_gb_s, idle)?;
            bill.by_call(Part::Compute, "duration", duration_gb_s, busy)?;
        } else {
            bill.by_call(Part::Compute, "duration", duration_gb_s, PriceKey::LambdaGbSecond(way.arch))?;
        }
        if usage.scope == Scope::Bill {
            let init_gb_s = calls * usage.cold_share * usage.init_ms / 1000.0 * memory_gb;
            let logs_gb = calls * LOG_BYTES_PER_CALL / BYTES_PER_GB;
            bill.by_call(Part::Compute, "init phases", init_gb_s, PriceKey::LambdaInitGbSecond(way.arch))?;
            bill.by_call(Part::Compute, "log lines", logs_gb, PriceKey::LogsIngestGb)?;
        }
        Ok(())
    }
}

/// AWS rounds each call up to a whole millisecond; the original study's table does not.
fn billed_ms(usage: &Usage) -> f64 {
    match usage.scope {
        Scope::Bill => usage.duration_ms.ceil().max(1.0),
        Scope::Counted | Scope::Published => usage.duration_ms,
    }
}
