//! The operations of a multipart upload.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>; what is checked at the end is in
//! [`super::uploads`].

use s3s::dto::*;
use s3s::{S3Result, s3_error};
use uuid::Uuid;

use super::checksum::{self, Algorithm, Digest, checksum_of, with_checksum};
use super::condition::{WriteCondition, source_condition};
use super::content::Content;
use super::description::{description_of, encryption};
use super::error::{invalid_argument, not_implemented};
use super::listing::{self, Query};
use super::objects::{self, Objects};
use super::uploads::{Completed, Part as Uploaded, Upload, check_number};
use super::{MAX_OBJECT_BYTES, copy, owner};

/// The most parts and uploads of one page.
const MAX_PAGE: i32 = 1000;

/// The most bytes of an object that is put together. S3 takes 50 TB; objects here are held in memory.
const MAX_UPLOAD_BYTES: usize = 16 * MAX_OBJECT_BYTES;

pub(super) fn create(objects: &Objects, input: CreateMultipartUploadInput) -> S3Result<CreateMultipartUploadOutput> {
    let description = description_of!(input);
    let algorithm = input.checksum_algorithm.as_ref().map(|name| Algorithm::named(name.as_str())).transpose()?;
    let composite = is_composite(algorithm, input.checksum_type.as_ref())?;
    // In the order of time, so that listings are.
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    let id = format!("{since:032x}{}", Uuid::new_v4().simple());
    let upload = Upload {
        initiated: objects::now(),
        description,
        algorithm,
        composite,
        parts: std::collections::BTreeMap::new(),
    };
    objects.uploads(&input.bucket, |uploads| {
        uploads.insert(&input.key, &id, upload);
        Ok(())
    })?;
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_type: algorithm.map(|_| checksum_type(composite)),
        checksum_algorithm: input.checksum_algorithm,
        server_side_encryption: encryption(),
        ..Default::default()
    })
}

/// Which algorithm allows which type, and the default of each.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
fn is_composite(algorithm: Option<Algorithm>, wanted: Option<&ChecksumType>) -> S3Result<bool> {
    let wanted = wanted.map(|wanted| wanted.as_str() == ChecksumType::COMPOSITE);
    match (algorithm, wanted) {
        (None, Some(_)) => Err(s3_error!(
            InvalidRequest,
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
        )),
        (Some(Algorithm::Crc64Nvme), Some(true)) => Err(s3_error!(
            InvalidRequest,
            "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm."
        )),
        (Some(algorithm @ (Algorithm::Sha1 | Algorithm::Sha256)), Some(false)) => Err(s3_error!(
            InvalidRequest,
            "The FULL_OBJECT checksum type cannot be used with the {} checksum algorithm.",
            algorithm.name().to_lowercase()
        )),
        (None | Some(Algorithm::Crc64Nvme), _) => Ok(false),
        (Some(_), wanted) => Ok(wanted.unwrap_or(true)),
    }
}

fn checksum_type(composite: bool) -> ChecksumType {
    ChecksumType::from_static(if composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT })
}

/// Checks the upload and its checksum's algorithm before a body is read.
pub(super) fn check_part(objects: &Objects, input: &UploadPartInput) -> S3Result<()> {
    check_number(input.part_number)?;
    objects.uploads(&input.bucket, |uploads| {
        let expected = uploads.get(&input.key, &input.upload_id)?.algorithm;
        let claimed = checksum::algorithm(&checksum_of!(input));
        let announced = input.checksum_algorithm.as_ref().map(|name| Algorithm::named(name.as_str())).transpose()?;
        match (expected, claimed.or(announced)) {
            (Some(expected), Some(actual)) if expected != actual => Err(s3_error!(
                InvalidRequest,
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                expected.name().to_lowercase(),
                actual.name().to_lowercase()
            )),
            _ => Ok(()),
        }
    })
}

/// Keeps a part whose body has been read and whose checksum `claimed` has been verified.
pub(super) fn keep_part(
    objects: &Objects,
    input: &UploadPartInput,
    content: Content,
    verified: Checksum,
) -> S3Result<UploadPartOutput> {
    let digest = Digest::of(&content);
    digest.verify(input.content_md5.as_deref())?;
    let checksum =
        store(objects, (&input.bucket, &input.key, &input.upload_id), input.part_number, content, digest, verified)?;
    Ok(with_checksum!(
        UploadPartOutput {
            e_tag: Some(ETag::Strong(digest.etag())),
            server_side_encryption: encryption(),
            ..Default::default()
        },
        checksum
    ))
}

fn store(
    objects: &Objects,
    (bucket, key, id): (&str, &str, &str),
    number: i32,
    content: Content,
    digest: Digest,
    verified: Checksum,
) -> S3Result<Checksum> {
    let algorithm = objects.uploads(bucket, |uploads| Ok(uploads.get(key, id)?.algorithm))?;
    // The upload's own algorithm, even if this part came without.
    let checksum = match algorithm {
        Some(algorithm) if algorithm.of(&verified).is_none() => algorithm.full(&content),
        _ => verified,
    };
    let part = Uploaded { content, digest, checksum: checksum.clone(), last_modified: objects::now() };
    objects.uploads(bucket, |uploads| {
        let upload = uploads.get(key, id)?;
        let others: usize =
            upload.parts.iter().filter(|(other, _)| **other != number).map(|(_, part)| part.content.length()).sum();
        if others + part.content.length() > MAX_UPLOAD_BYTES {
            return Err(s3_error!(
                EntityTooLarge,
                "Your proposed upload exceeds the maximum allowed size of {MAX_UPLOAD_BYTES} bytes"
            ));
        }
        upload.parts.insert(number, part);
        Ok(())
    })?;
    Ok(checksum)
}

pub(super) fn copy_part(objects: &Objects, input: &UploadPartCopyInput) -> S3Result<UploadPartCopyOutput> {
    check_number(input.part_number)?;
    objects.uploads(&input.bucket, |uploads| uploads.get(&input.key, &input.upload_id).map(|_| ()))?;
    let source = copy::source(objects, &input.copy_source)?;
    source_condition!(input).check_copy(&source)?;
    let content = match input.copy_source_range.as_deref() {
        None => source.content,
        Some(range) => copied_range(&source.content, range)?,
    };
    if content.length() > MAX_OBJECT_BYTES {
        let message = "The specified copy source is larger than the maximum allowable size for a copy source";
        return Err(s3_error!(InvalidRequest, "{message}: {MAX_OBJECT_BYTES}"));
    }
    let digest = Digest::of(&content);
    let checksum = store(
        objects,
        (&input.bucket, &input.key, &input.upload_id),
        input.part_number,
        content,
        digest,
        Checksum::default(),
    )?;
    let result = CopyPartResult {
        e_tag: Some(ETag::Strong(digest.etag())),
        last_modified: Some(objects::now().into()),
        ..Default::default()
    };
    Ok(UploadPartCopyOutput {
        copy_part_result: Some(with_checksum!(result, checksum)),
        server_side_encryption: encryption(),
        ..Default::default()
    })
}

/// The bytes of `bytes=first-last`, the one form that a part's copy takes.
fn copied_range(content: &Content, range: &str) -> S3Result<Content> {
    let parsed = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let parsed = parsed.and_then(|(first, last)| Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?)));
    let Some((first, last)) = parsed.filter(|(first, last)| first <= last) else {
        let message = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy";
        return Err(invalid_argument(message, "x-amz-copy-source-range", range));
    };
    if last >= content.length() {
        let message = format!("Range specified is not valid for source object of size: {}", content.length());
        return Err(invalid_argument(&message, "x-amz-copy-source-range", range));
    }
    Ok(content.slice(first..last + 1))
}

pub(super) fn complete(
    objects: &Objects,
    input: &CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUploadOutput> {
    let condition = WriteCondition::of_put(input.if_match.clone(), input.if_none_match.as_ref())?;
    let wanted = input.multipart_upload.as_ref().and_then(|list| list.parts.as_deref()).unwrap_or_default();
    let repeated = || {
        objects.uploads(&input.bucket, |uploads| Ok(uploads.completed(&input.key, &input.upload_id, wanted).cloned()))
    };
    if let Some(before) = repeated()? {
        return Ok(completed(input, &before));
    }
    let write = objects.begin_write(&input.bucket, &input.key, condition)?;
    let upload = objects.uploads(&input.bucket, |uploads| uploads.get(&input.key, &input.upload_id).cloned())?;
    // Hashes the whole object, so not under the lock. A part that is replaced meanwhile is the one before.
    let object = upload.complete(wanted)?;
    if input.mpu_object_size.is_some_and(|size| size != object.content.size()) {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header does not match what was computed."
        ));
    }
    let claimed = checksum_of!(input);
    for algorithm in Algorithm::ALL {
        if let (Some(claimed), Some(found)) = (algorithm.of(&claimed), algorithm.of(&object.checksum))
            && !(claimed == found || found.strip_prefix(claimed.as_str()).is_some_and(|rest| rest.starts_with('-')))
        {
            let name = algorithm.name().to_lowercase();
            return Err(s3_error!(BadDigest, "The {name} you specified did not match the calculated checksum."));
        }
    }
    let done = Completed {
        key: input.key.clone(),
        id: input.upload_id.clone(),
        parts: wanted.to_vec(),
        etag: object.etag.clone(),
        checksum: object.checksum.clone(),
    };
    match write.commit_with(object, |uploads| uploads.complete(done.clone())) {
        Ok(()) => Ok(completed(input, &done)),
        // The same completion was made at the same time.
        Err(error) => repeated()?.map(|before| completed(input, &before)).ok_or(error),
    }
}

fn completed(input: &CompleteMultipartUploadInput, done: &Completed) -> CompleteMultipartUploadOutput {
    let output = CompleteMultipartUploadOutput {
        bucket: Some(input.bucket.clone()),
        key: Some(done.key.clone()),
        location: Some(format!("/{}/{}", input.bucket, listing::url_encode(&done.key))),
        e_tag: Some(ETag::Strong(done.etag.clone())),
        checksum_type: done.checksum.checksum_type.clone(),
        server_side_encryption: encryption(),
        ..Default::default()
    };
    with_checksum!(output, &done.checksum)
}

pub(super) fn abort(objects: &Objects, input: &AbortMultipartUploadInput) -> S3Result<AbortMultipartUploadOutput> {
    if input.if_match_initiated_time.is_some() {
        return Err(not_implemented("x-amz-if-match-initiated-time"));
    }
    objects.uploads(&input.bucket, |uploads| uploads.remove(&input.key, &input.upload_id))?;
    Ok(AbortMultipartUploadOutput::default())
}

pub(super) fn list_parts(objects: &Objects, input: ListPartsInput) -> S3Result<ListPartsOutput> {
    let max = listing::page_size("max-parts", input.max_parts, MAX_PAGE)?;
    let after = input.part_number_marker.unwrap_or(0);
    let upload = objects.uploads(&input.bucket, |uploads| uploads.get(&input.key, &input.upload_id).cloned())?;
    let later: Vec<_> = upload.parts.range(after.saturating_add(1)..).collect();
    let truncated = later.len() > max;
    let parts: Vec<Part> = later
        .into_iter()
        .take(max)
        .map(|(number, part)| {
            let entry = Part {
                part_number: Some(*number),
                e_tag: Some(ETag::Strong(part.digest.etag())),
                size: Some(part.content.size()),
                last_modified: Some(part.last_modified.into()),
                ..Default::default()
            };
            with_checksum!(entry, &part.checksum)
        })
        .collect();
    Ok(ListPartsOutput {
        next_part_number_marker: parts.last().and_then(|part| part.part_number).filter(|_| truncated),
        part_number_marker: Some(after),
        max_parts: i32::try_from(max).ok(),
        is_truncated: Some(truncated),
        parts: Some(parts),
        checksum_algorithm: upload.algorithm.map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name())),
        checksum_type: upload.algorithm.map(|_| checksum_type(upload.composite)),
        storage_class: Some(
            upload.description.storage_class.unwrap_or_else(|| StorageClass::from_static(StorageClass::STANDARD)),
        ),
        initiator: Some(Initiator { id: owner().id, ..Default::default() }),
        owner: Some(owner()),
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        ..Default::default()
    })
}

pub(super) fn list_uploads(
    objects: &Objects,
    input: ListMultipartUploadsInput,
) -> S3Result<ListMultipartUploadsOutput> {
    let max = listing::page_size("max-uploads", input.max_uploads, MAX_PAGE)?;
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let delimiter = input.delimiter.as_deref().unwrap_or_default();
    let marker = input.key_marker.as_deref().unwrap_or_default();
    // Without a key's marker, that of the identifier means nothing.
    let id_marker = input.upload_id_marker.as_deref().filter(|_| !marker.is_empty());
    let encode = listing::encoder(input.encoding_type.as_ref())?;
    let mut page = ListMultipartUploadsOutput::default();
    let (mut uploads, mut prefixes): (Vec<MultipartUpload>, Vec<CommonPrefix>) = (Vec::new(), Vec::new());
    let query = Query { prefix, delimiter, after: marker, max_keys: max };
    let mut last: Option<(String, String)> = None;
    let mut truncated = false;
    objects.uploads(&input.bucket, |all| {
        for (key, id, upload) in all.iter().filter(|(key, ..)| key.starts_with(prefix)) {
            let shown = key < marker || (key == marker && id_marker.is_none_or(|marker| id <= marker));
            let common = listing::common_prefix(key, query);
            if shown && !marker.is_empty() || common.is_some_and(|common| marker == common) {
                continue;
            }
            let known = common.is_some_and(|common| {
                prefixes.last().is_some_and(|last| last.prefix.as_deref() == Some(&*encode(common)))
            });
            if known {
                continue;
            }
            if uploads.len() + prefixes.len() == max {
                truncated = true;
                break;
            }
            match common {
                Some(common) => {
                    prefixes.push(CommonPrefix { prefix: Some(encode(common)) });
                    last = Some((common.to_owned(), String::new()));
                }
                None => {
                    uploads.push(entry(encode(key), id, upload));
                    last = Some((key.to_owned(), id.to_owned()));
                }
            }
        }
        Ok(())
    })?;
    if let Some((key, id)) = last.filter(|_| truncated) {
        page.next_key_marker = Some(encode(&key));
        page.next_upload_id_marker = Some(id);
    }
    Ok(ListMultipartUploadsOutput {
        is_truncated: Some(truncated),
        max_uploads: i32::try_from(max).ok(),
        uploads: Some(uploads),
        common_prefixes: Some(prefixes),
        prefix: Some(encode(prefix)),
        delimiter: listing::delimiter(input.delimiter.as_deref()).map(encode),
        key_marker: Some(encode(marker)),
        upload_id_marker: Some(input.upload_id_marker.unwrap_or_default()),
        encoding_type: input.encoding_type,
        bucket: Some(input.bucket),
        ..page
    })
}

fn entry(key: String, id: &str, upload: &Upload) -> MultipartUpload {
    let class = upload.description.storage_class.clone();
    MultipartUpload {
        key: Some(key),
        upload_id: Some(id.to_owned()),
        initiated: Some(upload.initiated.into()),
        initiator: Some(Initiator { id: owner().id, ..Default::default() }),
        owner: Some(owner()),
        storage_class: Some(class.unwrap_or_else(|| StorageClass::from_static(StorageClass::STANDARD))),
        checksum_algorithm: upload.algorithm.map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name())),
        checksum_type: upload.algorithm.map(|_| checksum_type(upload.composite)),
    }
}
