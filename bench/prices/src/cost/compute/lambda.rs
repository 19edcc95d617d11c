//! Lambda: requests, billed duration, init phases, and the log lines that it writes on its own.

use crate::{PriceError, PriceKey};
use ways::Arch;

use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{Scope, Usage};

/// MiB of what Lambda's price list calls a GB.
const MIB_PER_GB: f64 = 1024.0;

/// What Lambda logs about one call: its START, END and REPORT lines, about 265 characters, and the 26 bytes that
/// CloudWatch counts on top of each of the three.
const LOG_BYTES_PER_CALL: f64 = 265.0 + 3.0 * 26.0;

/// CloudWatch's GB.
const BYTES_PER_GB: f64 = 1024.0 * 1024.0 * 1024.0;

/// Adds what calls cost; a function costs nothing while nobody calls.
pub(super) fn items(bill: &mut Bill<'_>, arch: Arch, usage: &Usage) -> Result<(), PriceError> {
    let calls = usage.calls_per_month;
    let memory_gb = usage.memory_mib as f64 / MIB_PER_GB;
    let (request, gb_second, init_gb_second) = prices(arch);
    bill.by_call(Part::Compute, "requests", calls, request)?;
    bill.by_call(Part::Compute, "duration", calls * billed_ms(usage) / 1000.0 * memory_gb, gb_second)?;
    if usage.scope == Scope::Bill {
        let cold = calls * usage.cold_share;
        bill.by_call(Part::Compute, "init phases", cold * usage.init_ms / 1000.0 * memory_gb, init_gb_second)?;
        bill.by_call(Part::Compute, "log lines", calls * LOG_BYTES_PER_CALL / BYTES_PER_GB, PriceKey::LogsIngestGb)?;
    }
    Ok(())
}

/// AWS rounds each call up to a whole millisecond; the origin's table does not.
fn billed_ms(usage: &Usage) -> f64 {
    match usage.scope {
        Scope::Bill => usage.duration_ms.ceil().max(1.0),
        Scope::Counted | Scope::Published => usage.duration_ms,
    }
}

fn prices(arch: Arch) -> (PriceKey, PriceKey, PriceKey) {
    match arch {
        Arch::X86_64 => (PriceKey::LambdaRequestX86, PriceKey::LambdaGbSecondX86, PriceKey::LambdaInitGbSecondX86),
        Arch::Arm64 => (PriceKey::LambdaRequestArm, PriceKey::LambdaGbSecondArm, PriceKey::LambdaInitGbSecondArm),
    }
}
