//! Writing an object or a part: its body is read, bounded, and verified before anything of it is kept.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use s3s::dto::*;
use s3s::{Body, S3Error, S3Request, S3Result, TrailingHeaders, s3_error};

use super::body::sha256_mismatch;
use super::checksum::{self, Digest, checksum_of, with_checksum};
use super::condition::WriteCondition;
use super::content::Content;
use super::description::{description_of, encryption};
use super::error::{detailed, incomplete_body};
use super::objects::{self, Object, Objects};
use super::{MAX_OBJECT_BYTES, multipart};

/// Answers `PutObject`.
pub(super) async fn put(objects: &Objects, request: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
    let trailers = request.trailing_headers;
    let mut input = request.input;
    check_length(input.content_length)?;
    let description = description_of!(input);
    let condition = WriteCondition::of_put(input.if_match.clone(), input.if_none_match.as_ref())?;
    let write = objects.begin_write(&input.bucket, &input.key, condition)?;
    let content = read(input.body.take()).await?;
    let digest = Digest::of(&content);
    digest.verify(input.content_md5.as_deref())?;
    let announced = input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str);
    let checksum = checksum::verify(&claimed(checksum_of!(input), trailers.as_ref()), announced, &content)?;
    let output = PutObjectOutput {
        e_tag: Some(ETag::Strong(digest.etag())),
        checksum_type: checksum.checksum_type.clone(),
        server_side_encryption: encryption(),
        ..Default::default()
    };
    let output = with_checksum!(output, &checksum);
    write.commit(Object {
        content,
        etag: digest.etag(),
        last_modified: objects::now(),
        description,
        checksum,
        parts: Vec::new(),
    })?;
    Ok(output)
}

/// Answers `UploadPart`.
pub(super) async fn put_part(objects: &Objects, request: S3Request<UploadPartInput>) -> S3Result<UploadPartOutput> {
    let trailers = request.trailing_headers;
    let mut input = request.input;
    check_length(input.content_length)?;
    multipart::check_part(objects, &input)?;
    let content = read(input.body.take()).await?;
    let announced = input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str);
    let verified = checksum::verify(&claimed(checksum_of!(input), trailers.as_ref()), announced, &content)?;
    multipart::keep_part(objects, &input, content, verified)
}

/// What headers and, once the body has been read, trailers claim.
fn claimed(mut claimed: Checksum, trailers: Option<&TrailingHeaders>) -> Checksum {
    if let Some(trailers) = trailers.and_then(TrailingHeaders::take) {
        checksum::add_trailers(&mut claimed, &trailers);
    }
    claimed
}

fn check_length(length: Option<i64>) -> S3Result<()> {
    if length.is_some_and(|length| length > MAX_OBJECT_BYTES as i64) { Err(too_large()) } else { Ok(()) }
}

/// Reads a body, no further than the largest object.
async fn read(body: Option<StreamingBlob>) -> S3Result<Content> {
    let Some(body) = body else { return Ok(Bytes::new().into()) };
    match Limited::new(Body::from(body), MAX_OBJECT_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => Err(unread(error)),
    }
}

/// Why a body could not be read, in S3's terms. `s3s` keeps the types of its errors to itself, but for their text.
fn unread(error: Box<dyn std::error::Error + Send + Sync>) -> S3Error {
    let text = std::iter::successors(Some(&*error as &dyn std::error::Error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ");
    let mut failed = if text.contains("Sha256Mismatch") {
        sha256_mismatch()
    } else if text.contains("SignatureMismatch") {
        s3_error!(SignatureDoesNotMatch, "The signature of a chunk does not match its content.")
    } else if text.contains("sent nothing") {
        s3_error!(
            RequestTimeout,
            "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."
        )
    } else if ["FormatError", "TooLarge", "TooMany"].iter().any(|kind| text.contains(kind)) {
        s3_error!(InvalidRequest, "The body is not in the aws-chunked form that its headers announce.")
    } else {
        incomplete_body()
    };
    failed.set_source(error);
    failed
}

fn too_large() -> S3Error {
    let error = s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size");
    detailed(error, &[("MaxSizeAllowed", &MAX_OBJECT_BYTES.to_string())])
}
