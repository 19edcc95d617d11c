//! Lambda: requests, billed duration, init phases, and the log lines that it writes on its own.

use ways::{Arch, Axis, Way};

use super::ComputeCost;
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{SECONDS_PER_MONTH, Scope, Usage};
use crate::key::PriceOfEach;
use crate::{PriceError, PriceKey};

/// MiB of what Lambda's price list calls a GB.
const MIB_PER_GB: f64 = 1024.0;

/// What Lambda logs about one call: its START, END and REPORT lines, about 265 characters, and the 26 bytes that
/// CloudWatch counts on top of each of the three.
const LOG_BYTES_PER_CALL: f64 = 265.0 + 3.0 * 26.0;

/// CloudWatch's GB.
const BYTES_PER_GB: f64 = 1024.0 * 1024.0 * 1024.0;

/// An invocation, and its billed duration.
const REQUEST: PriceOfEach = PriceOfEach("lambda_request_{}");
const GB_SECOND: PriceOfEach = PriceOfEach("lambda_gb_second_{}");

/// The init phase.
const INIT_GB_SECOND: PriceOfEach = PriceOfEach("lambda_init_gb_second_{}");

/// Provisioned concurrency, whether or not it is called, and billed duration there.
const PROVISIONED_GB_SECOND: PriceOfEach = PriceOfEach("lambda_provisioned_gb_second_{}");
const PROVISIONED_DURATION_GB_SECOND: PriceOfEach = PriceOfEach("lambda_provisioned_duration_gb_second_{}");

/// Log data taken in by CloudWatch.
const LOGS_INGEST_GB: PriceKey = PriceKey::new("logs_ingest_gb");

/// The price of a function's billed duration, by the GB-second.
#[must_use]
pub fn function_gb_second(arch: Arch) -> PriceKey {
    GB_SECOND.of(arch.word())
}

pub(super) struct Lambda;

impl ComputeCost for Lambda {
    fn prices(&self) -> Vec<PriceKey> {
        let each = [REQUEST, GB_SECOND, INIT_GB_SECOND, PROVISIONED_GB_SECOND, PROVISIONED_DURATION_GB_SECOND];
        each.into_iter().flat_map(PriceOfEach::arches).chain([LOGS_INGEST_GB]).collect()
    }

    /// A function costs nothing while nobody calls, unless its environments are provisioned.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage, _instances: u32) -> Result<(), PriceError> {
        let (calls, arch) = (usage.calls_per_month, way.arch.word());
        let memory_gb = usage.memory_mib as f64 / MIB_PER_GB;
        let duration_gb_s = calls * billed_ms(usage) / 1000.0 * memory_gb;
        bill.by_call(Part::Compute, "requests", calls, REQUEST.of(arch))?;
        if usage.provisioned > 0 {
            let provisioned_gb_s = f64::from(usage.provisioned) * memory_gb * SECONDS_PER_MONTH;
            let (idle, busy) = (PROVISIONED_GB_SECOND.of(arch), PROVISIONED_DURATION_GB_SECOND.of(arch));
            bill.monthly(Part::Compute, "provisioned concurrency", provisioned_gb_s, idle)?;
            bill.by_call(Part::Compute, "duration", duration_gb_s, busy)?;
        } else {
            bill.by_call(Part::Compute, "duration", duration_gb_s, GB_SECOND.of(arch))?;
        }
        if usage.scope == Scope::Bill {
            let init_gb_s = calls * usage.cold_share * usage.init_ms / 1000.0 * memory_gb;
            let logs_gb = calls * LOG_BYTES_PER_CALL / BYTES_PER_GB;
            bill.by_call(Part::Compute, "init phases", init_gb_s, INIT_GB_SECOND.of(arch))?;
            bill.by_call(Part::Compute, "log lines", logs_gb, LOGS_INGEST_GB)?;
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
