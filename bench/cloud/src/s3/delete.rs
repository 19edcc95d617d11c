//! Deleting objects, one or up to a thousand at once.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>

use http::HeaderMap;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETagCondition,
    Error, ObjectIdentifier,
};
use s3s::{S3Result, s3_error};

use super::condition::WriteCondition;
use super::error::not_implemented;
use super::objects::Objects;
use super::read::check_version;

/// The most keys of one request, same source.
const MAX_KEYS: usize = 1000;

/// Answers `DeleteObject`.
pub(super) fn one(objects: &Objects, input: DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
    if input.if_match_size.is_some() || input.if_match_last_modified_time.is_some() {
        return Err(not_implemented("x-amz-if-match-size and x-amz-if-match-last-modified-time, of directory buckets"));
    }
    check_version(input.version_id.as_deref())?;
    let condition = WriteCondition { if_match: input.if_match, if_absent: false };
    objects.delete(&input.bucket, &input.key, &condition)?;
    Ok(DeleteObjectOutput { version_id: input.version_id, ..Default::default() })
}

/// Answers `DeleteObjects`.
pub(super) fn many(objects: &Objects, input: DeleteObjectsInput, headers: &HeaderMap) -> S3Result<DeleteObjectsOutput> {
    objects.head_bucket(&input.bucket)?;
    let checked = headers.keys().any(|name| {
        let name = name.as_str();
        name == "content-md5" || name == "x-amz-trailer" || name.starts_with("x-amz-checksum-")
    });
    if !checked {
        return Err(s3_error!(
            InvalidRequest,
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        ));
    }
    if input.delete.objects.is_empty() || input.delete.objects.len() > MAX_KEYS {
        return Err(s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        ));
    }
    let quiet = input.delete.quiet.unwrap_or(false);
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in input.delete.objects {
        match delete(objects, &input.bucket, &object) {
            Ok(()) => deleted.push(DeletedObject {
                key: Some(object.key),
                version_id: object.version_id,
                ..Default::default()
            }),
            Err(error) => errors.push(Error {
                key: Some(object.key),
                version_id: object.version_id,
                code: Some(error.code().as_str().to_owned()),
                message: error.message().map(str::to_owned),
            }),
        }
    }
    Ok(DeleteObjectsOutput { deleted: (!quiet).then_some(deleted), errors: Some(errors), ..Default::default() })
}

fn delete(objects: &Objects, bucket: &str, object: &ObjectIdentifier) -> S3Result<()> {
    if object.size.is_some() || object.last_modified_time.is_some() {
        return Err(not_implemented("Size and LastModifiedTime, of directory buckets"));
    }
    check_version(object.version_id.as_deref())?;
    let condition = WriteCondition { if_match: object.e_tag.clone().map(ETagCondition::ETag), if_absent: false };
    objects.delete(bucket, &object.key, &condition)
}
