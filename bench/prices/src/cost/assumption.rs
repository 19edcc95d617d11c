//! What is assumed where nothing was measured. Each figure is an assumption, with what it is drawn from; a run
//! (`lab cost --run`) replaces them.

use ways::Way;
use ways::{Language, Store};

use super::usage::Update;

/// How much of a capacity a month's mean may take: half, so that a peak of twice the mean still fits.
pub const UTILISATION_TARGET: f64 = 0.5;

/// Share of calls that meet a cold start: AWS says "under 1 %" of production invocations (AWS Compute blog,
/// "Operating Lambda: Performance optimization – Part 1").
pub(super) const COLD_SHARE: f64 = 0.01;

/// S3's part of a count, in milliseconds: one GET and one PUT of a few bytes. The origin's Python function took
/// 120 ms, of which its bare server's 13 are network and client, and Python's own part is twice [`language_ms`].
/// (Published medians agree: GET 20 to 27, PUT 40 to 70.)
const S3_GET_AND_PUT_MS: f64 = 69.0;

/// DynamoDB's part of a count, in milliseconds, one call: medians of 3 to 4 were published.
const DYNAMODB_CALL_MS: f64 = 4.5;

/// A function's own time for each call to its store, in milliseconds at 128 MB: half of what the origin's table
/// leaves of two calls when its bare server's 13 ms and DynamoDB's time are taken off (Python 60, C++ 23, Rust 26).
fn language_ms(language: Language) -> f64 {
    match language {
        Language::Rust => 2.0,
        Language::Cpp => 0.5,
        Language::Python => 19.0,
        // The origin's 105 ms are those of an SDK that opens a connection for each call; with connections kept
        // open there is no figure: taken for Python's.
        Language::JavaScript => 19.0,
    }
}

/// A function's init phase in milliseconds: orders of magnitude from published measurements of hello-world
/// functions (lambda-perf by maxday) with an SDK's loading added.
pub(super) fn init_ms(language: Language) -> f64 {
    match language {
        Language::Rust => 50.0,
        Language::Cpp => 30.0,
        Language::Python => 350.0,
        Language::JavaScript => 300.0,
    }
}

/// Calls that a server answers per second of one whole vCPU: an order of magnitude, on the low side (bare hyper
/// needs 8 to 10 µs for a call, FastAPI under uvicorn about a millisecond).
pub(super) fn calls_per_vcpu_second(language: Language) -> f64 {
    match language {
        Language::Rust => 10_000.0,
        Language::Python | Language::JavaScript | Language::Cpp => 1_000.0,
    }
}

/// A call's duration in the function, in milliseconds.
pub(super) fn duration_ms(way: Way, update: Update) -> f64 {
    let own = language_ms(way.language);
    match (way.store, update) {
        (Store::S3, Update::Atomic | Update::ReadThenWrite) => S3_GET_AND_PUT_MS + 2.0 * own,
        (Store::DynamoDb, Update::Atomic) => DYNAMODB_CALL_MS + own,
        (Store::DynamoDb, Update::ReadThenWrite) => 2.0 * (DYNAMODB_CALL_MS + own),
        (Store::Memory | Store::File, Update::Atomic | Update::ReadThenWrite) => own,
    }
}

/// How long one round of a conditional write takes, in seconds: a GET and a PUT.
pub(super) fn s3_round_s() -> f64 {
    S3_GET_AND_PUT_MS / 1000.0
}
