//! What is assumed where nothing was measured. Each figure is an assumption, with what it is drawn from; a run
//! (`lab cost --run`) replaces them.

use ways::{Language, Update, Way};

use super::store;
use super::usage::is_server;

/// How much of a capacity a month's mean may take: half, so that a peak of twice the mean still fits.
pub const UTILISATION_TARGET: f64 = 0.5;

/// Share of calls that meet a cold start: AWS says "under 1 %" of production invocations (AWS Compute blog,
/// "Operating Lambda: Performance optimization – Part 1").
pub(super) const COLD_SHARE: f64 = 0.01;

/// S3's part of a count, in milliseconds: one GET and one PUT of a few bytes. The original study's Python function took
/// 120 ms, of which its bare server's 13 are network and client, and Python's own part is twice its `call_ms`.
/// (Published medians agree: GET 20 to 27, PUT 40 to 70.)
pub(super) const S3_GET_AND_PUT_MS: f64 = 69.0;

/// DynamoDB's part of a count, in milliseconds, one call: medians of 3 to 4 were published.
pub(super) const DYNAMODB_CALL_MS: f64 = 4.5;

/// Valkey's part of a count, in milliseconds, one call: below 1 as AWS has it, as the model's hop (`bench/model/aws.toml`).
pub(super) const VALKEY_CALL_MS: f64 = 0.9;

/// PostgreSQL's part of a count, in milliseconds: a read and a write, as the model's hops (`bench/model/aws.toml`).
pub(super) const POSTGRES_READ_MS: f64 = 0.8;
pub(super) const POSTGRES_WRITE_MS: f64 = 2.2;

/// How long a commit on gp3 takes, in milliseconds, as the model's (`bench/model/aws.toml`, `ebs_commit`): a row's next writer waits
/// for it.
pub(super) const POSTGRES_COMMIT_MS: f64 = 1.5;

/// The same of Aurora, as the model's hops (`bench/model/aws.toml`): a commit is a write's time beyond a read's.
pub(super) const AURORA_READ_MS: f64 = 1.0;
pub(super) const AURORA_WRITE_MS: f64 = 4.0;
pub(super) const AURORA_COMMIT_MS: f64 = AURORA_WRITE_MS - AURORA_READ_MS;

/// What is assumed of a language.
pub(super) struct OfLanguage {
    /// A function's own time for each call to its store, in milliseconds at 128 MB: half of what the original study's
    /// table leaves of two calls when its bare server's 13 ms and DynamoDB's time are taken off (Python 60, C++ 23,
    /// Rust 26). Its JavaScript, 105 ms, opens a connection for each call; with connections kept open there is no
    /// figure: taken for Python's.
    pub(super) call_ms: f64,
    /// A function's init phase, in milliseconds: orders of magnitude from published measurements of hello-world
    /// functions (lambda-perf by maxday) with an SDK's loading added.
    pub(super) init_ms: f64,
    /// Calls that a server answers per second of one whole vCPU: an order of magnitude, on the low side (bare hyper
    /// needs 8 to 10 µs for a call, FastAPI under uvicorn about a millisecond).
    pub(super) calls_per_vcpu_second: f64,
    /// What its image takes in ECR, in MB of compressed layers: an executable's is about its zip; an interpreter's has Nix's
    /// build of it and the libraries below it, of which that is the order of magnitude.
    image_mb: f64,
}

/// The one table from a language to what is assumed of it.
pub(super) fn of_language(language: Language) -> OfLanguage {
    let (call_ms, init_ms, calls_per_vcpu_second, image_mb) = match language {
        Language::Rust => (2.0, 50.0, 10_000.0, 4.0),
        Language::Cpp => (0.5, 30.0, 1_000.0, 4.0),
        // The study had none: calls as Rust's; lambda-perf has 50 ms for a start of one without an SDK.
        Language::Go => (2.0, 70.0, 8_000.0, 10.0),
        // The study had none: calls are taken for three of Python's, as is their processor time; lambda-perf has 225 ms for a start
        // of one without an SDK, whose loading takes 600 ms of a processor.
        Language::Java => (57.0, 800.0, 1_000.0, 150.0),
        Language::Python => (19.0, 350.0, 1_000.0, 60.0),
        Language::JavaScript => (19.0, 300.0, 1_000.0, 80.0),
        // Nothing of it runs, and nothing is charged by its time.
        Language::Vtl => (0.0, 0.0, 0.0, 0.0),
    };
    OfLanguage { call_ms, init_ms, calls_per_vcpu_second, image_mb }
}

/// MB of a GB, as they are counted above.
const MB_PER_GB: f64 = 1000.0;

/// What a way's image takes in ECR, in GB: the one that runs. Those before it, which are kept for a way back, are not counted.
pub(super) fn image_gb(way: Way) -> f64 {
    of_language(way.language).image_mb / MB_PER_GB
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
    store_ms + calls * of_language(way.language).call_ms * slowness(way)
}
