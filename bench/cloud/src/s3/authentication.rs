//! Who may call: the one identity of [`crate::credentials`].

use http::header::{AUTHORIZATION, DATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::{Timestamp, TimestampFormat};
use s3s::{S3Result, s3_error};

use time::OffsetDateTime;
use time::macros::format_description;

use super::ACCOUNT;
use super::error::custom;
use crate::credentials;

const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");

/// Knows the secret of the one access key.
pub(super) struct FixedCredentials;

#[async_trait::async_trait]
impl S3Auth for FixedCredentials {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == credentials::ACCESS_KEY_ID {
            return Ok(credentials::SECRET_ACCESS_KEY.into());
        }
        Err(s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records."))
    }
}

/// The longest that a presigned URL is valid: seven days.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
const MAX_EXPIRES_S: i64 = 604_800;

/// Refuses signatures of version 2, in a header or a presigned URL: a region that began after January 2014, as
/// London did, has never taken them, and `s3s` does.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingAWSSDK.html#UsingAWSSDK-sig2-deprecation>
pub(super) fn check_version(headers: &HeaderMap, query: &str) -> S3Result<()> {
    let in_header = headers.get(AUTHORIZATION).is_some_and(|it| it.as_bytes().starts_with(b"AWS "));
    if in_header || query.split('&').any(|pair| pair.starts_with("AWSAccessKeyId=")) {
        let message = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
        return Err(s3_error!(InvalidRequest, "{message}"));
    }
    Ok(())
}

/// Gives a request its time that states it in `Date` alone, as S3 takes it; `s3s` reads the other header.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonRequestHeaders.html>
pub(super) fn state_time(headers: &mut HeaderMap) {
    if headers.contains_key(AMZ_DATE) || !headers.contains_key(AUTHORIZATION) {
        return;
    }
    let date = headers.get(DATE).and_then(|date| Timestamp::parse(TimestampFormat::HttpDate, date.to_str().ok()?).ok());
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let time = date.and_then(|date| OffsetDateTime::from(date).format(format).ok());
    if let Some(time) = time.and_then(|time| HeaderValue::try_from(time).ok()) {
        headers.insert(AMZ_DATE, time);
    }
}

/// Refuses what is no hash of a body, in S3's words; `s3s` calls it a wrong signature.
pub(super) fn check_content_hash(headers: &HeaderMap) -> S3Result<()> {
    let Some(value) = headers.get("x-amz-content-sha256").filter(|_| headers.contains_key(AUTHORIZATION)) else {
        return Ok(());
    };
    let value = value.as_bytes();
    let hash = value.len() == 64 && value.iter().all(u8::is_ascii_hexdigit);
    if hash || value == b"UNSIGNED-PAYLOAD" || STREAMS.iter().any(|stream| stream.as_bytes() == value) {
        return Ok(());
    }
    Err(s3_error!(
        InvalidArgument,
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, {}, or a valid sha256 value.",
        STREAMS.join(", ")
    ))
}

/// What the header says of a body in chunks.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>
const STREAMS: [&str; 5] = [
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
];

/// Refuses a presigned URL whose time can't be, in S3's words; `s3s` takes some and has its own words for others.
pub(super) fn check_presigned(query: &str) -> S3Result<()> {
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    if !has("X-Amz-Algorithm") {
        return Ok(());
    }
    let refused = |message: &str| Err(custom("AuthorizationQueryParametersError", StatusCode::BAD_REQUEST, message));
    if !["X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires"]
        .into_iter()
        .all(has)
    {
        return refused(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        );
    }
    let value = |name: &str| {
        query.split('&').filter_map(|pair| pair.split_once('=')).find_map(|(it, value)| (it == name).then_some(value))
    };
    if value("X-Amz-Algorithm") != Some("AWS4-HMAC-SHA256") {
        return refused("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
    }
    // No signature of ours has another length or letters: what `s3s` calls a missing field.
    if value("X-Amz-Signature").is_none_or(|it| it.len() != 64 || !it.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return Err(s3_error!(SignatureDoesNotMatch));
    }
    let expires = value("X-Amz-Expires").unwrap_or_default();
    match expires.parse::<i64>() {
        Err(_) => refused("X-Amz-Expires should be a number"),
        Ok(seconds) if seconds < 0 => refused("X-Amz-Expires must be non-negative"),
        Ok(seconds) if seconds > MAX_EXPIRES_S => refused(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
        ),
        Ok(_) => Ok(()),
    }
}

/// Every signed request may do everything, in buckets that are whose it believes.
pub(super) struct Owned;

#[async_trait::async_trait]
impl S3Access for Owned {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        check_owner(context.credentials().is_some(), context.headers())
    }
}

/// Refuses whoever has not signed, and whoever believes in another owner.
pub(super) fn check_owner(signed: bool, headers: &HeaderMap) -> S3Result<()> {
    let expected = ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"];
    let mine =
        expected.iter().all(|name| headers.get(*name).is_none_or(|account| account.as_bytes() == ACCOUNT.as_bytes()));
    if signed && mine { Ok(()) } else { Err(s3_error!(AccessDenied, "Access Denied")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_hash_of_a_body_is_refused_as_such() {
        let code = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static("AWS4-HMAC-SHA256"));
            headers.insert("x-amz-content-sha256", HeaderValue::from_static(value));
            check_content_hash(&headers).err().map(|error| error.code().as_str().to_owned())
        };
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for right in [hash, "UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"] {
            assert_eq!(code(right), None, "{right}");
        }
        for wrong in ["", "abc", &hash[1..], "STREAMING-FOO", "unsigned-payload"] {
            assert_eq!(code(wrong).as_deref(), Some("InvalidArgument"), "{wrong}");
        }
    }

    #[test]
    fn a_signed_request_may_state_its_time_in_date() {
        let time = |lines: &[(&'static str, &'static str)]| {
            let lines =
                lines.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            let mut headers: HeaderMap = lines.collect();
            state_time(&mut headers);
            headers.get(AMZ_DATE).map(|time| time.to_str().unwrap().to_owned())
        };
        let (signed, date) = (("authorization", "AWS4-HMAC-SHA256"), ("date", "Sat, 28 Nov 2026 12:45:26 GMT"));
        assert_eq!(time(&[signed, date]).as_deref(), Some("20261128T124526Z"));
        assert_eq!(time(&[signed, date, ("x-amz-date", "20261128T000000Z")]).as_deref(), Some("20261128T000000Z"));
        assert_eq!([time(&[date]), time(&[signed]), time(&[signed, ("date", "soon")])], [None, None, None]);
    }
}
