//! What an invocation comes to. Fronts and the public API each report it in their own form.

use bytes::Bytes;
use serde::Serialize;
use uuid::Uuid;

/// The largest synchronous request and the largest answer, in bytes: 6 MB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const PAYLOAD_BYTES: usize = 6 * 1024 * 1024;

/// What the Runtime API lets a function answer: 100 bytes more than the quota, as in AWS's own
/// `interop.MaxPayloadSize` of aws-lambda-runtime-interface-emulator.
pub const RESPONSE_BYTES: usize = PAYLOAD_BYTES + 100;

/// An invocation's end, seen by its caller.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The function answered with these bytes.
    Success(Bytes),
    /// The function, or the environment it ran in, failed.
    FunctionError(FunctionError),
    /// No environment may be added and none is free: it was not run.
    Throttled(Throttle),
    /// The payload is larger than [`PAYLOAD_BYTES`]: it was not run.
    PayloadTooLarge {
        /// Its size in bytes.
        bytes: usize,
    },
    /// Lambda itself could not run it, e.g. because it is shutting down; the reason in words.
    ServiceError(String),
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// The function's own reserved concurrency.
    Reserved,
    /// The account's concurrency, which functions without a reservation share.
    Account,
}

/// Who reported a function error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorSource {
    /// The function's runtime, by the Runtime API: the handler failed and the environment lives on.
    Handled,
    /// Lambda: the environment exited, ran out of time or memory, or did not start.
    Unhandled,
}

/// A failed invocation, in AWS's form.
#[derive(Clone, Debug)]
pub struct FunctionError {
    /// Who reported it.
    pub source: ErrorSource,
    /// AWS's `errorType`, e.g. `Runtime.ExitError`.
    pub error_type: String,
    /// AWS's `errorMessage`.
    pub message: String,
    /// The body that an SDK's `Invoke` gets: JSON with both, or whatever the runtime reported.
    pub payload: Bytes,
}

/// AWS's body of an error.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody<'a> {
    error_type: &'a str,
    error_message: &'a str,
}

impl FunctionError {
    /// An error that Lambda reports itself, about the invocation `request`.
    pub(super) fn unhandled(error_type: &str, request: Uuid, what: &str) -> Self {
        Self::plain(error_type, format!("RequestId: {request} Error: {what}"))
    }

    pub(super) fn plain(error_type: &str, message: String) -> Self {
        let payload = error_body(error_type, &message);
        Self { source: ErrorSource::Unhandled, error_type: error_type.to_owned(), message, payload }
    }

    /// What a runtime reported: its body goes to the caller as it is, its words are read for the log.
    pub(super) fn reported(error_type: Option<&str>, payload: Bytes) -> Self {
        #[derive(Default, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Words {
            error_type: Option<String>,
            error_message: Option<String>,
        }
        let words: Words = serde_json::from_slice(&payload).unwrap_or_default();
        let error_type = words.error_type.or(error_type.map(str::to_owned)).unwrap_or_else(|| "Runtime.Unknown".into());
        let message = words.error_message.unwrap_or_default();
        let payload = if payload.is_empty() { error_body(&error_type, &message) } else { payload };
        Self { source: ErrorSource::Handled, error_type, message, payload }
    }
}

/// `{"errorType": …, "errorMessage": …}`.
pub(super) fn error_body(error_type: &str, error_message: &str) -> Bytes {
    serde_json::to_vec(&ErrorBody { error_type, error_message }).expect("two strings are always JSON").into()
}
