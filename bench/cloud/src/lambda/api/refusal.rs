//! Errors of the Lambda API, in AWS's form.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use uuid::Uuid;

use super::{JSON, empty};
use crate::lambda::outcome::Throttle;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An error of the API.
/// <https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html>, and the errors of each action.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error_type: &'static str,
    kind: &'static str,
    reason: Option<&'static str>,
    message: String,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    #[serde(rename = "Reason", skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(rename = "Type")]
    kind: &'a str,
    #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
    upper: Option<&'a str>,
    #[serde(rename = "message", skip_serializing_if = "Option::is_none")]
    lower: Option<&'a str>,
}

impl Refusal {
    fn user(status: StatusCode, error_type: &'static str, message: impl Into<String>) -> Self {
        Self { status, error_type, kind: "User", reason: None, message: message.into() }
    }

    /// No action has this method and path; or AWS has one, and this cloud has not.
    pub(super) fn unknown_operation(method: &http::Method, path: &str) -> Self {
        let message = format!("{method} {path} is not an action that this local cloud has; see docs/local-cloud.md");
        Self::user(StatusCode::NOT_FOUND, "UnknownOperationException", message)
    }

    /// The request comes on behalf of another origin's page.
    pub(super) fn forbidden() -> Self {
        let message = "only programs on this machine are answered: Host and Origin are another's";
        Self::user(StatusCode::FORBIDDEN, "AccessDeniedException", message)
    }

    pub(super) fn function_not_found(arn: &str) -> Self {
        Self::user(StatusCode::NOT_FOUND, "ResourceNotFoundException", format!("Function not found: {arn}"))
    }

    /// In AWS's words: <https://github.com/alexcasalboni/aws-lambda-power-tuning/issues/18>.
    pub(super) fn other_region(theirs: &str, here: &str) -> Self {
        let message = format!("Functions from '{theirs}' are not reachable in this region ('{here}')");
        Self::user(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
    }

    pub(super) fn other_account(resource: &str) -> Self {
        let message = format!("This account is not authorized to use the resource {resource}, which is another's");
        Self::user(StatusCode::FORBIDDEN, "AccessDeniedException", message)
    }

    pub(super) fn exists(name: &str) -> Self {
        Self::user(StatusCode::CONFLICT, "ResourceConflictException", format!("Function already exist: {name}"))
    }

    pub(super) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::user(StatusCode::BAD_REQUEST, "InvalidParameterValueException", message)
    }

    /// A value that does not fit its member's constraint.
    pub(super) fn validation(value: impl std::fmt::Display, member: &str, constraint: &str) -> Self {
        let message = format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
        );
        Self::user(StatusCode::BAD_REQUEST, "ValidationException", message)
    }

    /// Something that AWS has and this cloud has not.
    pub(super) fn not_here(member: &str) -> Self {
        let message = format!("{member} is not supported by this local cloud; leave it out, see docs/local-cloud.md");
        Self::invalid_parameter(message)
    }

    pub(super) fn invalid_content(message: impl Into<String>) -> Self {
        Self::user(StatusCode::BAD_REQUEST, "InvalidRequestContentException", message)
    }

    pub(super) fn precondition() -> Self {
        let message = "The Revision Id provided does not match the latest Revision Id. \
                       Call the GetFunction/GetAlias API to retrieve the latest Revision Id";
        Self::user(StatusCode::PRECONDITION_FAILED, "PreconditionFailedException", message)
    }

    pub(super) fn too_large(limit: usize, operation: &str) -> Self {
        let message = format!("Request must be smaller than {limit} bytes for the {operation} operation");
        Self::user(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", message)
    }

    pub(super) fn throttled(throttle: Throttle) -> Self {
        let reason = match throttle {
            Throttle::Reserved => "ReservedFunctionConcurrentInvocationLimitExceeded",
            Throttle::Account => "ConcurrentInvocationLimitExceeded",
        };
        let refusal = Self::user(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate Exceeded.");
        Self { reason: Some(reason), ..refusal }
    }

    pub(super) fn service(message: impl Into<String>) -> Self {
        let refusal = Self::user(StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", message);
        Self { kind: "Service", ..refusal }
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        // Throttling, alone, spells `message` in lower case.
        let message = Some(&*self.message);
        let (upper, lower) = if self.reason.is_some() { (None, message) } else { (message, None) };
        let body = ErrorBody { reason: self.reason, kind: self.kind, upper, lower };
        let body = serde_json::to_vec(&body).expect("strings are always JSON");
        let mut response = empty(self.status, Uuid::new_v4());
        *response.body_mut() = Full::from(body);
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        response.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(self.error_type));
        response
    }
}
