//! What is assumed where nothing was measured. Each figure is an assumption, with what it is drawn from; a run
//! (`lab cost --run`) replaces them. What is assumed of a store is in its own file, of a language in
//! `ways.toml`.

use ways::{Axis, Update, Way};

use super::store;
use super::usage::is_server;

/// How much of a capacity a month's mean may take: half, so that a peak of twice the mean still fits.
pub const UTILISATION_TARGET: f64 = 0.5;

/// Share of calls that meet a cold start: AWS says "under 1 %" of production invocations (AWS Compute blog,
/// "Operating Lambda: Performance optimization – Part 1").
pub(super) const COLD_SHARE: f64 = 0.01;

/// MB of a GB, as `ways.toml` counts them.
const MB_PER_GB: f64 = 1000.0;

/// What a way's image takes in ECR, in GB: the one that runs. Those before it, which are kept for a way back, are not counted.
pub(super) fn image_gb(way: Way) -> f64 {
    way.language.facts().assumed.image_mb / MB_PER_GB
}

/// The memory at which a function's own time is assumed, in MiB.
const ASSUMED_AT_MIB: f64 = 128.0;

/// How much longer a function's own time is than assumed: the processor comes with the memory, and one call uses one vCPU
/// at most.
fn slowness(way: Way) -> f64 {
    if is_server(way) {
        return 1.0;
    }
    let size = way.resources();
    ASSUMED_AT_MIB / size.memory_mib as f64 * size.vcpu.max(1.0)
}

/// A call's duration in the function, in milliseconds; 0 where nothing runs.
pub(super) fn duration_ms(way: Way, update: Update) -> f64 {
    if !way.has_process() {
        return 0.0;
    }
    let (store_ms, calls) = store::part(way.store).call_ms(update);
    store_ms + calls * way.language.facts().assumed.call_ms * slowness(way)
}
