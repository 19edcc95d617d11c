//! Copying an object within this S3.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>

use http::HeaderMap;
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, MetadataDirective, TaggingDirective,
};
use s3s::{S3Result, s3_error};

use super::checksum::{self, Algorithm, Digest, with_checksum};
use super::condition::{WriteCondition, source_condition};
use super::description::{Description, description_of, encryption};
use super::error::{invalid_argument, not_implemented};
use super::objects::{self, Object, Objects};
use super::read;

/// The object that a copy is made of.
pub(super) fn source(objects: &Objects, source: &CopySource) -> S3Result<Object> {
    let CopySource::Bucket { bucket, key, version_id } = source else {
        return Err(not_implemented("a copy source that is an ARN"));
    };
    let source = objects.get(bucket, key)?;
    read::check_version(version_id.as_deref())?;
    read::check_restored(&source)?;
    Ok(source)
}

/// Copies the content, and the description too unless the caller replaces it.
pub(super) fn copy(objects: &Objects, input: &CopyObjectInput, headers: &HeaderMap) -> S3Result<CopyObjectOutput> {
    let metadata =
        directive(input.metadata_directive.as_ref().map(MetadataDirective::as_str), "x-amz-metadata-directive")?;
    let tagging = directive(input.tagging_directive.as_ref().map(TaggingDirective::as_str), "x-amz-tagging-directive")?;
    let stated = description_of!(input);
    let condition = WriteCondition::of_copy(headers)?;
    let write = objects.begin_write(&input.bucket, &input.key, condition)?;
    let source = source(objects, &input.copy_source)?;
    source_condition!(input).check_copy(&source)?;
    let itself = matches!(&input.copy_source, CopySource::Bucket { bucket, key, .. }
        if **bucket == *input.bucket && **key == *input.key);
    let changed = metadata
        || input.storage_class.is_some()
        || input.website_redirect_location.is_some()
        || input.server_side_encryption.is_some();
    if itself && !changed {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
        ));
    }
    let tags = if tagging { stated.tags.clone() } else { source.description.tags.clone() };
    // A class and a redirect are the copy's own, whatever becomes of the rest.
    let own = (stated.storage_class.clone(), stated.website_redirect.clone());
    let description = if metadata { stated } else { source.description.clone() };
    let description = Description { tags, storage_class: own.0, website_redirect: own.1, ..description };
    let wanted = input.checksum_algorithm.as_ref().map(|name| Algorithm::named(name.as_str())).transpose()?;
    let algorithm = wanted.or_else(|| checksum::algorithm(&source.checksum)).unwrap_or(Algorithm::Crc64Nvme);
    let copied = Object {
        etag: Digest::of(&source.content).etag(),
        last_modified: objects::now(),
        checksum: algorithm.full(&source.content),
        description,
        parts: Vec::new(),
        content: source.content,
    };
    let result = CopyObjectResult {
        e_tag: Some(ETag::Strong(copied.etag.clone())),
        last_modified: Some(copied.last_modified.into()),
        checksum_type: copied.checksum.checksum_type.clone(),
        ..Default::default()
    };
    let result = with_checksum!(result, &copied.checksum);
    write.commit(copied)?;
    Ok(CopyObjectOutput {
        copy_object_result: Some(result),
        server_side_encryption: encryption(),
        ..Default::default()
    })
}

/// Whether a directive says to replace.
fn directive(value: Option<&str>, name: &str) -> S3Result<bool> {
    match value {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(other) => Err(invalid_argument("Unknown directive.", name, other)),
    }
}
