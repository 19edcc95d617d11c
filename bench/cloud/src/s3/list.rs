//! The three listings of a bucket's objects, as requests have them; [`super::listing`] knows what is on a page.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

use s3s::S3Result;
use s3s::dto::*;

use super::error::invalid_argument;
use super::listing::{self, MAX_KEYS, Page, Query};
use super::objects::{Object as Stored, Objects};
use super::{checksum, owner};

/// Answers `ListObjects`.
pub(super) fn objects(objects: &Objects, input: ListObjectsInput) -> S3Result<ListObjectsOutput> {
    let max_keys = listing::page_size("max-keys", input.max_keys, MAX_KEYS)?;
    let query = Query {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        after: input.marker.as_deref().unwrap_or_default(),
        max_keys,
    };
    let page = objects.look(&input.bucket, |objects| listing::list(objects, query))?;
    let encode = listing::encoder(input.encoding_type.as_ref())?;
    Ok(ListObjectsOutput {
        is_truncated: Some(page.next.is_some()),
        // Without a delimiter the next marker is the last key, which the caller has.
        next_marker: page.next.as_deref().filter(|_| !query.delimiter.is_empty()).map(encode),
        contents: Some(contents(&page, encode, true)),
        common_prefixes: Some(common_prefixes(&page, encode)),
        max_keys: i32::try_from(max_keys).ok(),
        prefix: Some(encode(query.prefix)),
        delimiter: listing::delimiter(input.delimiter.as_deref()).map(encode),
        marker: Some(encode(query.after)),
        encoding_type: input.encoding_type,
        name: Some(input.bucket),
        ..Default::default()
    })
}

/// Answers `ListObjectsV2`.
pub(super) fn objects_v2(objects: &Objects, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    let max_keys = listing::page_size("max-keys", input.max_keys, MAX_KEYS)?;
    let continued = input.continuation_token.as_deref().map(listing::after).transpose()?;
    let query = Query {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        after: continued.as_deref().or(input.start_after.as_deref()).unwrap_or_default(),
        max_keys,
    };
    let page = objects.look(&input.bucket, |objects| listing::list(objects, query))?;
    let encode = listing::encoder(input.encoding_type.as_ref())?;
    Ok(ListObjectsV2Output {
        is_truncated: Some(page.next.is_some()),
        next_continuation_token: page.next.as_deref().map(listing::token),
        key_count: i32::try_from(page.objects.len() + page.common_prefixes.len()).ok(),
        contents: Some(contents(&page, encode, input.fetch_owner == Some(true))),
        common_prefixes: Some(common_prefixes(&page, encode)),
        max_keys: i32::try_from(max_keys).ok(),
        prefix: Some(encode(query.prefix)),
        delimiter: listing::delimiter(input.delimiter.as_deref()).map(encode),
        start_after: input.start_after.as_deref().map(encode),
        continuation_token: input.continuation_token,
        encoding_type: input.encoding_type,
        name: Some(input.bucket),
        ..Default::default()
    })
}

/// Answers `ListObjectVersions`, of an unversioned bucket: each object is its own latest version, `null`.
pub(super) fn versions(objects: &Objects, input: ListObjectVersionsInput) -> S3Result<ListObjectVersionsOutput> {
    if let Some(marker) = input.version_id_marker.as_deref().filter(|_| input.key_marker.is_none()) {
        let message = "A version-id marker cannot be specified without a key marker.";
        return Err(invalid_argument(message, "version-id-marker", marker));
    }
    let max_keys = listing::page_size("max-keys", input.max_keys, MAX_KEYS)?;
    let query = Query {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        after: input.key_marker.as_deref().unwrap_or_default(),
        max_keys,
    };
    let page = objects.look(&input.bucket, |objects| listing::list(objects, query))?;
    let encode = listing::encoder(input.encoding_type.as_ref())?;
    let version = |(key, object): &(String, Stored)| ObjectVersion {
        key: Some(encode(key)),
        version_id: Some("null".to_owned()),
        is_latest: Some(true),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(object.last_modified.into()),
        size: Some(object.content.size()),
        storage_class: Some(ObjectVersionStorageClass::from(class(object))),
        owner: Some(owner()),
        ..Default::default()
    };
    Ok(ListObjectVersionsOutput {
        is_truncated: Some(page.next.is_some()),
        next_key_marker: page.next.as_deref().map(encode),
        next_version_id_marker: page.next.as_ref().map(|_| "null".to_owned()),
        versions: Some(page.objects.iter().map(version).collect()),
        common_prefixes: Some(common_prefixes(&page, encode)),
        max_keys: i32::try_from(max_keys).ok(),
        prefix: Some(encode(query.prefix)),
        delimiter: listing::delimiter(input.delimiter.as_deref()).map(encode),
        key_marker: Some(encode(query.after)),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        encoding_type: input.encoding_type,
        name: Some(input.bucket),
        ..Default::default()
    })
}

/// The class that a listing shows.
fn class(object: &Stored) -> String {
    object.description.storage_class.as_ref().map_or(StorageClass::STANDARD, StorageClass::as_str).to_owned()
}

fn contents(page: &Page, encode: fn(&str) -> String, owned: bool) -> Vec<Object> {
    let entry = |(key, object): &(String, Stored)| Object {
        key: Some(encode(key)),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(object.last_modified.into()),
        size: Some(object.content.size()),
        storage_class: Some(ObjectStorageClass::from(class(object))),
        checksum_algorithm: checksum::algorithm(&object.checksum)
            .map(|algorithm| vec![ChecksumAlgorithm::from_static(algorithm.name())]),
        checksum_type: object.checksum.checksum_type.clone(),
        owner: owned.then(owner),
        ..Default::default()
    };
    page.objects.iter().map(entry).collect()
}

fn common_prefixes(page: &Page, encode: fn(&str) -> String) -> Vec<CommonPrefix> {
    page.common_prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(encode(prefix)) }).collect()
}
