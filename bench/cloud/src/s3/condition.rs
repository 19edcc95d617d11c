//! Conditional requests: what `If-Match` and its kin ask of an object, and what S3 answers when it is not so.
//!
//! Reads follow RFC 9110 §13.2.2, writes S3's own rules:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3Result, s3_error};

use super::objects::Object;

/// What a write asks of the object that is there.
#[derive(Clone, Debug, Default)]
pub(super) struct WriteCondition {
    /// `If-Match`: it is there, with this tag.
    pub(super) if_match: Option<ETagCondition>,
    /// `If-None-Match: *`: it is not there.
    pub(super) if_absent: bool,
}

impl WriteCondition {
    /// The condition of a `PutObject`. S3 knows no `If-None-Match` but `*` there.
    pub(super) fn of_put(if_match: Option<ETagCondition>, if_none_match: Option<&ETagCondition>) -> S3Result<Self> {
        match if_none_match {
            Some(ETagCondition::ETag(_)) => {
                Err(s3_error!(NotImplemented, "A header you provided implies functionality that is not implemented"))
            }
            Some(ETagCondition::Any) => Ok(Self { if_match, if_absent: true }),
            None => Ok(Self { if_match, if_absent: false }),
        }
    }

    /// Whether it asks for anything.
    pub(super) fn is_some(&self) -> bool {
        self.if_match.is_some() || self.if_absent
    }

    /// Checks the condition against what is there now: 404 where the object to match is missing, else 412.
    pub(super) fn check(&self, current: Option<&Object>) -> S3Result<()> {
        match (&self.if_match, current) {
            (Some(_), None) => return Err(no_such_key()),
            (Some(condition), Some(object)) if !matches(condition, &object.etag) => return Err(precondition_failed()),
            _ => {}
        }
        if self.if_absent && current.is_some() { Err(precondition_failed()) } else { Ok(()) }
    }
}

/// What a read asks of the object.
#[derive(Debug)]
pub(super) struct ReadCondition {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_unmodified_since: Option<Timestamp>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
}

impl ReadCondition {
    /// Checks the condition: 412 or 304 where it does not hold. A tag's condition overrides its date's.
    pub(super) fn check(&self, object: &Object) -> S3Result<()> {
        let modified = Timestamp::from(object.last_modified);
        match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) if !matches(condition, &object.etag) => return Err(precondition_failed()),
            (None, Some(date)) if modified > *date => return Err(precondition_failed()),
            _ => {}
        }
        match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) if matches(condition, &object.etag) => Err(s3_error!(NotModified)),
            (None, Some(date)) if modified <= *date => Err(s3_error!(NotModified)),
            _ => Ok(()),
        }
    }

    /// Checks the condition for a copy's source, where S3 answers 412 to all that does not hold.
    pub(super) fn check_copy(&self, source: &Object) -> S3Result<()> {
        self.check(source).map_err(|_| precondition_failed())
    }
}

/// The key is not there.
pub(super) fn no_such_key() -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist.")
}

fn precondition_failed() -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(ETag::Strong(wanted)) => wanted == etag,
        ETagCondition::ETag(ETag::Weak(_)) => false,
    }
}
