//! Copying an object within this S3.

use s3s::dto::{CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, MetadataDirective};
use s3s::{S3Result, s3_error};

use super::condition::{ReadCondition, WriteCondition};
use super::objects::{self, Object, ObjectHeaders, Objects};

/// Copies body and checksums, and the headers too unless the caller replaces them.
pub(super) fn copy(objects: &Objects, input: CopyObjectInput) -> S3Result<CopyObjectOutput> {
    let CopySource::Bucket { bucket, key, version_id: None } = &input.copy_source else {
        return Err(s3_error!(NotImplemented, "Only an object's current version can be copied"));
    };
    let source = objects.get(bucket, key)?;
    ReadCondition {
        if_match: input.copy_source_if_match,
        if_unmodified_since: input.copy_source_if_unmodified_since,
        if_none_match: input.copy_source_if_none_match,
        if_modified_since: input.copy_source_if_modified_since,
    }
    .check_copy(&source)?;
    let replaced = input.metadata_directive.is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
    let headers = if replaced {
        ObjectHeaders {
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            content_type: input.content_type,
            metadata: input.metadata,
        }
    } else {
        source.headers
    };
    let copied = Object { last_modified: objects::now(), headers, ..source };
    let result = CopyObjectResult {
        e_tag: Some(ETag::Strong(copied.etag.clone())),
        last_modified: Some(copied.last_modified.into()),
        ..Default::default()
    };
    objects.begin_write(&input.bucket, &input.key, WriteCondition::default())?.commit(copied)?;
    Ok(CopyObjectOutput { copy_object_result: Some(result), ..Default::default() })
}
