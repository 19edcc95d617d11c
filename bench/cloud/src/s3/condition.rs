//! Conditional requests: what `If-Match` and its kin demand of an object, and the answer when it does not hold.
//!
//! Reads follow RFC 9110 §13.2.2, writes S3's own rules:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use http::HeaderMap;
use http::header::{ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH, LAST_MODIFIED};
use s3s::dto::{ETag, ETagCondition, Timestamp, TimestampFormat};
use s3s::{S3Error, S3Result, s3_error};

use super::error::{detailed, invalid_argument, no_such_key, not_implemented};
use super::objects::Object;

/// What a write demands of the object that it replaces or deletes.
#[derive(Clone, Debug, Default)]
pub(super) struct WriteCondition {
    /// `If-Match`: it is there, with this tag.
    pub(super) if_match: Option<ETagCondition>,
    /// `If-None-Match: *`: it is not there.
    pub(super) if_absent: bool,
}

impl WriteCondition {
    /// The condition of a `PutObject` or `CompleteMultipartUpload`. S3 knows no `If-None-Match` but `*` there.
    pub(super) fn of_put(if_match: Option<ETagCondition>, if_none_match: Option<&ETagCondition>) -> S3Result<Self> {
        match if_none_match {
            Some(ETagCondition::ETag(_)) => Err(not_implemented("If-None-Match")),
            Some(ETagCondition::Any) => Ok(Self { if_match, if_absent: true }),
            None => Ok(Self { if_match, if_absent: false }),
        }
    }

    /// The condition of a copy's destination, which `s3s` does not read.
    pub(super) fn of_copy(headers: &HeaderMap) -> S3Result<Self> {
        Self::of_put(condition(headers, &IF_MATCH)?, condition(headers, &IF_NONE_MATCH)?.as_ref())
    }

    /// Whether it demands anything.
    pub(super) fn is_some(&self) -> bool {
        self.if_match.is_some() || self.if_absent
    }

    /// Checks the condition against what is there now: 404 where the object to match is missing, else 412.
    pub(super) fn check(&self, key: &str, current: Option<&Object>) -> S3Result<()> {
        match (&self.if_match, current) {
            (Some(_), None) => return Err(no_such_key(key)),
            (Some(condition), Some(object)) if !matches(condition, &object.etag) => {
                return Err(precondition_failed("If-Match"));
            }
            _ => {}
        }
        if self.if_absent && current.is_some() { Err(precondition_failed("If-None-Match")) } else { Ok(()) }
    }

    /// The same for a deletion, where `*` on a missing object is 412.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html>
    pub(super) fn check_delete(&self, key: &str, current: Option<&Object>) -> S3Result<()> {
        match (&self.if_match, current) {
            (Some(ETagCondition::Any), None) => Err(precondition_failed("If-Match")),
            _ => self.check(key, current),
        }
    }
}

fn condition(headers: &HeaderMap, name: &HeaderName) -> S3Result<Option<ETagCondition>> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    match ETagCondition::parse_http_header(value.as_bytes()) {
        Ok(condition) => Ok(Some(condition)),
        Err(_) => Err(invalid_argument(
            "The header's value is not valid",
            name.as_str(),
            &String::from_utf8_lossy(value.as_bytes()),
        )),
    }
}

/// What a read demands of the object.
#[derive(Debug)]
pub(super) struct ReadCondition {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_unmodified_since: Option<Timestamp>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
}

/// The four conditions of a read's input.
macro_rules! read_condition {
    ($input:expr) => {
        $crate::s3::condition::ReadCondition {
            if_match: $input.if_match.clone(),
            if_unmodified_since: $input.if_unmodified_since.clone(),
            if_none_match: $input.if_none_match.clone(),
            if_modified_since: $input.if_modified_since.clone(),
        }
    };
}

/// The four conditions on a copy's source.
macro_rules! source_condition {
    ($input:expr) => {
        $crate::s3::condition::ReadCondition {
            if_match: $input.copy_source_if_match.clone(),
            if_unmodified_since: $input.copy_source_if_unmodified_since.clone(),
            if_none_match: $input.copy_source_if_none_match.clone(),
            if_modified_since: $input.copy_source_if_modified_since.clone(),
        }
    };
}

pub(super) use {read_condition, source_condition};

impl ReadCondition {
    /// Checks the condition: 412 or 304 where it does not hold. A tag's condition overrides its date's.
    pub(super) fn check(&self, object: &Object) -> S3Result<()> {
        let modified = Timestamp::from(object.last_modified);
        match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) if !matches(condition, &object.etag) => return Err(precondition_failed("If-Match")),
            (None, Some(date)) if modified > *date => return Err(precondition_failed("If-Unmodified-Since")),
            _ => {}
        }
        match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) if matches_weakly(condition, &object.etag) => Err(not_modified(object)),
            (None, Some(date)) if modified <= *date => Err(not_modified(object)),
            _ => Ok(()),
        }
    }

    /// Checks the condition on a copy's source, where S3 answers 412 to all that does not hold.
    pub(super) fn check_copy(&self, source: &Object) -> S3Result<()> {
        self.check(source).map_err(|_| precondition_failed("x-amz-copy-source-If-*"))
    }
}

fn precondition_failed(condition: &str) -> S3Error {
    let error = s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold");
    detailed(error, &[("Condition", condition)])
}

/// 304, with what RFC 9110 §15.4.5 wants beside it.
fn not_modified(object: &Object) -> S3Error {
    let mut error = s3_error!(NotModified);
    let mut headers = HeaderMap::new();
    if let Ok(tag) = ETag::Strong(object.etag.clone()).to_http_header() {
        headers.insert(ETAG, tag);
    }
    let mut date = Vec::new();
    if Timestamp::from(object.last_modified).format(TimestampFormat::HttpDate, &mut date).is_ok()
        && let Ok(date) = http::HeaderValue::from_bytes(&date)
    {
        headers.insert(LAST_MODIFIED, date);
    }
    error.set_headers(headers);
    error
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(ETag::Strong(wanted)) => wanted == etag,
        ETagCondition::ETag(ETag::Weak(_)) => false,
    }
}

/// As RFC 9110 §13.1.2 compares: a tag that is marked weak matches, too.
fn matches_weakly(condition: &ETagCondition, etag: &str) -> bool {
    condition.as_etag().is_none_or(|wanted| wanted.value() == etag)
}
