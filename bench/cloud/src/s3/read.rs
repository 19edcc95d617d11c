//! Reading an object: conditions, ranges and parts; `GET` and `HEAD` alike.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>

use http::{HeaderName, HeaderValue, StatusCode};
use s3s::dto::*;
use s3s::{S3Error, S3Response, S3Result, s3_error};

use super::checksum::{self, with_checksum};
use super::condition::{ReadCondition, read_condition};
use super::content::Content;
use super::description::{Description, encryption, with_description};
use super::error::{custom, detailed, invalid_argument};
use super::listing;
use super::objects::{Object, Objects};

/// What a read is of.
struct Selection {
    content: Content,
    /// `Content-Range`, where it is not the whole object by itself.
    range: Option<String>,
    /// What is known of the selected bytes.
    checksum: Checksum,
}

/// Answers `GetObject`.
pub(super) fn get(objects: &Objects, input: &GetObjectInput) -> S3Result<S3Response<GetObjectOutput>> {
    check_version(input.version_id.as_deref())?;
    let object = objects.get(&input.bucket, &input.key)?;
    check_restored(&object)?;
    let selection = select(&object, &read_condition!(input), input.range, input.part_number)?;
    let checksum = if input.checksum_mode.is_some() { selection.checksum } else { Checksum::default() };
    let output = GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: Some(selection.content.size()),
        content_range: selection.range,
        body: Some(selection.content.into_blob()),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(object.last_modified.into()),
        parts_count: input.part_number.and_then(|_| parts_count(&object)),
        tag_count: tag_count(&object),
        server_side_encryption: encryption(),
        checksum_type: checksum.checksum_type.clone(),
        ..Default::default()
    };
    Ok(S3Response::new(with_checksum!(with_description!(output, shown(object.description)), checksum)))
}

/// Answers `HeadObject`.
pub(super) fn head(objects: &Objects, input: HeadObjectInput) -> S3Result<S3Response<HeadObjectOutput>> {
    check_version(input.version_id.as_deref())?;
    let object = objects.get(&input.bucket, &input.key)?;
    let selection = select(&object, &read_condition!(input), input.range, input.part_number)?;
    let checksum = if input.checksum_mode.is_some() { selection.checksum } else { Checksum::default() };
    let output = HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: Some(selection.content.size()),
        content_range: selection.range,
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(object.last_modified.into()),
        parts_count: input.part_number.and_then(|_| parts_count(&object)),
        server_side_encryption: encryption(),
        checksum_type: checksum.checksum_type.clone(),
        ..Default::default()
    };
    let tags = tag_count(&object);
    let stated = shown(object.description);
    let description = Description {
        cache_control: input.response_cache_control.or(stated.cache_control),
        content_disposition: input.response_content_disposition.or(stated.content_disposition),
        content_encoding: input.response_content_encoding.or(stated.content_encoding),
        content_language: input.response_content_language.or(stated.content_language),
        content_type: input.response_content_type.or(stated.content_type),
        expires: input.response_expires.or(stated.expires),
        ..stated
    };
    let mut answer = S3Response::new(with_checksum!(with_description!(output, description), checksum));
    // `s3s` has no field for it.
    answer.headers.extend(tags.map(|count| (HeaderName::from_static("x-amz-tagging-count"), HeaderValue::from(count))));
    Ok(answer)
}

/// Shown where there are any.
fn tag_count(object: &Object) -> Option<i32> {
    i32::try_from(object.description.tags.len()).ok().filter(|count| *count > 0)
}

/// Answers `GetObjectAttributes`.
pub(super) fn attributes(objects: &Objects, input: &GetObjectAttributesInput) -> S3Result<GetObjectAttributesOutput> {
    check_version(input.version_id.as_deref())?;
    let max = listing::page_size("max-parts", input.max_parts, 1000)?;
    let after = input.part_number_marker.unwrap_or(0);
    let object = objects.get(&input.bucket, &input.key)?;
    let mut output =
        GetObjectAttributesOutput { last_modified: Some(object.last_modified.into()), ..Default::default() };
    for attribute in input.object_attributes.iter().flat_map(|list| list.as_str().split(',')).map(str::trim) {
        match attribute {
            ObjectAttributes::ETAG => output.e_tag = Some(ETag::Strong(object.etag.clone())),
            ObjectAttributes::CHECKSUM => output.checksum = Some(object.checksum.clone()),
            ObjectAttributes::OBJECT_SIZE => output.object_size = Some(object.content.size()),
            ObjectAttributes::STORAGE_CLASS => {
                let class = object.description.storage_class.clone();
                output.storage_class = Some(class.unwrap_or_else(|| StorageClass::from_static(StorageClass::STANDARD)));
            }
            ObjectAttributes::OBJECT_PARTS => output.object_parts = parts(&object, after, max),
            other => {
                return Err(invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", other));
            }
        }
    }
    Ok(output)
}

fn parts(object: &Object, after: i32, max: usize) -> Option<GetObjectAttributesParts> {
    let total = parts_count(object)?;
    let entry = |(number, part): (i32, &super::objects::ObjectPart)| {
        let entry =
            ObjectPart { part_number: Some(number), size: i64::try_from(part.length).ok(), ..Default::default() };
        with_checksum!(entry, &part.checksum)
    };
    // Without a checksum of each part, S3 names their number only.
    let composite = object.checksum.checksum_type.as_ref().is_some_and(|kind| kind.as_str() == ChecksumType::COMPOSITE);
    let later: Vec<_> = (1..).zip(&object.parts).filter(|(number, _)| *number > after).collect();
    let truncated = later.len() > max;
    let shown: Vec<ObjectPart> = later.into_iter().take(max).map(entry).collect();
    Some(GetObjectAttributesParts {
        total_parts_count: Some(total),
        is_truncated: composite.then_some(truncated),
        max_parts: composite.then(|| i32::try_from(max).ok()).flatten(),
        part_number_marker: composite.then_some(after),
        next_part_number_marker: composite.then(|| shown.last().and_then(|part| part.part_number)).flatten(),
        parts: composite.then_some(shown),
    })
}

fn select(object: &Object, condition: &ReadCondition, range: Option<Range>, part: Option<i32>) -> S3Result<Selection> {
    if range.is_some() && part.is_some() {
        return Err(s3_error!(InvalidRequest, "Cannot specify both Range header and partNumber query parameter"));
    }
    condition.check(object)?;
    let total = object.content.length();
    let whole = || object.checksum.clone();
    let (bytes, checksum) = match (range, part) {
        (None, None) => return Ok(Selection { content: object.content.clone(), range: None, checksum: whole() }),
        (Some(range), _) => (satisfied(&range, total)?, Checksum::default()),
        (None, Some(number)) => match part_bytes(object, number)? {
            // Nothing can be a range of nothing.
            bytes if total == 0 => {
                return Ok(Selection { content: object.content.slice(bytes), range: None, checksum: whole() });
            }
            bytes => (bytes, part_checksum(object, number)),
        },
    };
    let content_range = format!("bytes {}-{}/{total}", bytes.start, bytes.end.saturating_sub(1));
    // A range that is all of a single part is checked as the whole.
    let checksum = if bytes == (0..total) && object.parts.is_empty() { whole() } else { checksum };
    Ok(Selection { content: object.content.slice(bytes), range: Some(content_range), checksum })
}

fn satisfied(range: &Range, total: usize) -> S3Result<std::ops::Range<usize>> {
    let found = range.check(total as u64).ok().filter(|found| found.start < found.end);
    let found = found.and_then(|found| Some(usize::try_from(found.start).ok()?..usize::try_from(found.end).ok()?));
    found.ok_or_else(|| {
        let error = s3_error!(InvalidRange, "The requested range is not satisfiable");
        detailed(error, &[("RangeRequested", &range.to_header_string()), ("ActualObjectSize", &total.to_string())])
    })
}

fn part_bytes(object: &Object, number: i32) -> S3Result<std::ops::Range<usize>> {
    super::uploads::check_number(number)?;
    let place = usize::try_from(number - 1).unwrap_or(usize::MAX);
    let parts = object.parts.iter().map(|part| part.length);
    let start: usize = parts.clone().take(place).sum();
    let length = if object.parts.is_empty() {
        (number == 1).then_some(object.content.length())
    } else {
        parts.clone().nth(place)
    };
    length.map(|length| start..start + length).ok_or_else(|| {
        let message = "The requested partnumber is not satisfiable";
        let error = custom("InvalidPartNumber", StatusCode::RANGE_NOT_SATISFIABLE, message);
        let count = parts_count(object).unwrap_or(1).to_string();
        detailed(error, &[("PartNumberRequested", &number.to_string()), ("ActualPartCount", &count)])
    })
}

/// The checksum of a part, in the algorithm of its object's.
fn part_checksum(object: &Object, number: i32) -> Checksum {
    let mut known = Checksum::default();
    let part = usize::try_from(number - 1).ok().and_then(|place| object.parts.get(place));
    if let (Some(part), Some(algorithm)) = (part, checksum::algorithm(&object.checksum))
        && let Some(value) = algorithm.of(&part.checksum)
    {
        *algorithm.of_mut(&mut known) = Some(value.clone());
        known.checksum_type = object.checksum.checksum_type.clone();
    }
    known
}

/// The number of parts; none if the object was put whole.
fn parts_count(object: &Object) -> Option<i32> {
    i32::try_from(object.parts.len()).ok().filter(|count| *count > 0)
}

/// The description as a reader sees it.
fn shown(description: Description) -> Description {
    let content_type = description.content_type.or_else(|| Some("binary/octet-stream".to_owned()));
    Description { content_type, ..description }
}

/// Refuses a version but the one that an object of an unversioned bucket has.
pub(super) fn check_version(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("null") => Ok(()),
        Some(version) if version.len() == 32 => {
            Err(detailed(s3_error!(NoSuchVersion, "The specified version does not exist."), &[("VersionId", version)]))
        }
        Some(version) => Err(invalid_argument("Invalid version id specified", "versionId", version)),
    }
}

/// Refuses to read what must be restored first.
pub(super) fn check_restored(object: &Object) -> S3Result<(), S3Error> {
    if !object.description.is_archived() {
        return Ok(());
    }
    let class = object.description.storage_class.as_ref().map_or("", StorageClass::as_str).to_owned();
    let error = s3_error!(InvalidObjectState, "The operation is not valid for the object's storage class");
    Err(detailed(error, &[("StorageClass", &class)]))
}
