//! The operations of S3 that are served. What is not here, multipart uploads among it, is answered
//! `501 NotImplemented` by `s3s`.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use s3s::dto::*;
use s3s::{Body, S3, S3Error, S3Request, S3Response, S3Result, TrailingHeaders, s3_error};

use super::checksum::{self, Digest};
use super::condition::{ReadCondition, WriteCondition};
use super::listing::{self, Page, Query};
use super::objects::{self, Object, ObjectHeaders, Objects};
use super::{MAX_OBJECT_BYTES, copy};
use crate::credentials;

/// S3 over [`Objects`].
pub(super) struct Service {
    objects: Arc<Objects>,
}

impl Service {
    pub(super) fn new(objects: Arc<Objects>) -> Self {
        Self { objects }
    }
}

#[async_trait::async_trait]
impl S3 for Service {
    async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
        let bucket = request.input.bucket;
        self.objects.create_bucket(&bucket)?;
        Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{bucket}")) }))
    }

    async fn delete_bucket(&self, request: S3Request<DeleteBucketInput>) -> S3Result<S3Response<DeleteBucketOutput>> {
        self.objects.delete_bucket(&request.input.bucket)?;
        Ok(S3Response::new(DeleteBucketOutput::default()))
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.objects.head_bucket(&request.input.bucket)?;
        let bucket_region = Some(credentials::region().to_owned());
        Ok(S3Response::new(HeadBucketOutput { bucket_region, ..Default::default() }))
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.objects.head_bucket(&request.input.bucket)?;
        let location_constraint = Some(BucketLocationConstraint::from_static(credentials::region()));
        Ok(S3Response::new(GetBucketLocationOutput { location_constraint }))
    }

    async fn list_buckets(&self, request: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        let prefix = request.input.prefix.unwrap_or_default();
        let buckets = self.objects.buckets().into_iter().filter(|(name, _)| name.starts_with(&prefix));
        let buckets = buckets.map(|(name, created)| Bucket {
            name: Some(name),
            creation_date: Some(created.into()),
            ..Default::default()
        });
        Ok(S3Response::new(ListBucketsOutput { buckets: Some(buckets.collect()), ..Default::default() }))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let trailers = request.trailing_headers;
        let input = request.input;
        if input.content_length.is_some_and(|length| length > MAX_OBJECT_BYTES as i64) {
            return Err(too_large());
        }
        let condition = WriteCondition::of_put(input.if_match, input.if_none_match.as_ref())?;
        let write = self.objects.begin_write(&input.bucket, &input.key, condition)?;
        let body = read(input.body).await?;
        let digest = Digest::of(&body);
        digest.verify(input.content_md5.as_deref())?;
        let mut claimed = Checksum {
            checksum_crc32: input.checksum_crc32,
            checksum_crc32c: input.checksum_crc32c,
            checksum_crc64nvme: input.checksum_crc64nvme,
            checksum_sha1: input.checksum_sha1,
            checksum_sha256: input.checksum_sha256,
            checksum_type: None,
        };
        if let Some(trailers) = trailers.as_ref().and_then(TrailingHeaders::take) {
            checksum::add_trailers(&mut claimed, &trailers);
        }
        let checksum = checksum::verify(&claimed, &body)?;
        let etag = digest.etag();
        write.commit(Object {
            body,
            etag: etag.clone(),
            last_modified: objects::now(),
            headers: ObjectHeaders {
                cache_control: input.cache_control,
                content_disposition: input.content_disposition,
                content_encoding: input.content_encoding,
                content_language: input.content_language,
                content_type: input.content_type,
                metadata: input.metadata,
            },
            checksum: checksum.clone(),
        })?;
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(ETag::Strong(etag)),
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            checksum_type: checksum.checksum_type,
            ..Default::default()
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let object = self.objects.get(&input.bucket, &input.key)?;
        ReadCondition {
            if_match: input.if_match,
            if_unmodified_since: input.if_unmodified_since,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
        }
        .check(&object)?;
        let (body, content_range) = slice(&object, input.range)?;
        // A checksum is of the whole object.
        let wanted = input.checksum_mode.is_some() && content_range.is_none();
        let checksum = if wanted { object.checksum } else { Checksum::default() };
        Ok(S3Response::new(GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(length(&body)),
            body: Some(Body::from(body).into()),
            content_range,
            cache_control: object.headers.cache_control,
            content_disposition: object.headers.content_disposition,
            content_encoding: object.headers.content_encoding,
            content_language: object.headers.content_language,
            content_type: object.headers.content_type.or_else(default_content_type),
            metadata: object.headers.metadata,
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(object.last_modified.into()),
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            checksum_type: checksum.checksum_type,
            ..Default::default()
        }))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        let object = self.objects.get(&input.bucket, &input.key)?;
        ReadCondition {
            if_match: input.if_match,
            if_unmodified_since: input.if_unmodified_since,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
        }
        .check(&object)?;
        let (body, content_range) = slice(&object, input.range)?;
        let wanted = input.checksum_mode.is_some() && content_range.is_none();
        let checksum = if wanted { object.checksum } else { Checksum::default() };
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(length(&body)),
            content_range,
            cache_control: object.headers.cache_control,
            content_disposition: object.headers.content_disposition,
            content_encoding: object.headers.content_encoding,
            content_language: object.headers.content_language,
            content_type: object.headers.content_type.or_else(default_content_type),
            metadata: object.headers.metadata,
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(object.last_modified.into()),
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            checksum_type: checksum.checksum_type,
            ..Default::default()
        }))
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        copy::copy(&self.objects, request.input).map(S3Response::new)
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = request.input;
        let condition = WriteCondition { if_match: input.if_match, if_absent: false };
        self.objects.delete(&input.bucket, &input.key, &condition)?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let input = request.input;
        self.objects.head_bucket(&input.bucket)?;
        let quiet = input.delete.quiet.unwrap_or(false);
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        for object in input.delete.objects {
            let condition = WriteCondition { if_match: object.e_tag.map(ETagCondition::ETag), if_absent: false };
            match self.objects.delete(&input.bucket, &object.key, &condition) {
                Ok(()) => deleted.push(DeletedObject { key: Some(object.key), ..Default::default() }),
                Err(error) => errors.push(Error {
                    key: Some(object.key),
                    code: Some(error.code().as_str().to_owned()),
                    message: error.message().map(str::to_owned),
                    ..Default::default()
                }),
            }
        }
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: (!quiet).then_some(deleted),
            errors: Some(errors),
            ..Default::default()
        }))
    }

    async fn list_objects(&self, request: S3Request<ListObjectsInput>) -> S3Result<S3Response<ListObjectsOutput>> {
        let input = request.input;
        let max_keys = listing::max_keys(input.max_keys)?;
        let query = Query {
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: input.delimiter.as_deref().unwrap_or_default(),
            after: input.marker.as_deref().unwrap_or_default(),
            max_keys: max_keys.unsigned_abs() as usize,
        };
        let page = self.objects.look(&input.bucket, |objects| listing::list(objects, query))?;
        let encode = encoder(input.encoding_type.as_ref());
        Ok(S3Response::new(ListObjectsOutput {
            is_truncated: Some(page.next.is_some()),
            // Without a delimiter the next marker is the last key, which the caller has.
            next_marker: page.next.as_deref().filter(|_| input.delimiter.is_some()).map(encode),
            contents: Some(contents(&page, encode)),
            common_prefixes: Some(common_prefixes(&page, encode)),
            max_keys: Some(max_keys),
            prefix: input.prefix.as_deref().map(encode),
            delimiter: input.delimiter.as_deref().map(encode),
            marker: input.marker.as_deref().map(encode),
            encoding_type: input.encoding_type,
            name: Some(input.bucket),
            ..Default::default()
        }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        let max_keys = listing::max_keys(input.max_keys)?;
        let continued = input.continuation_token.as_deref().map(listing::after).transpose()?;
        let query = Query {
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: input.delimiter.as_deref().unwrap_or_default(),
            after: continued.as_deref().or(input.start_after.as_deref()).unwrap_or_default(),
            max_keys: max_keys.unsigned_abs() as usize,
        };
        let page = self.objects.look(&input.bucket, |objects| listing::list(objects, query))?;
        let encode = encoder(input.encoding_type.as_ref());
        Ok(S3Response::new(ListObjectsV2Output {
            is_truncated: Some(page.next.is_some()),
            next_continuation_token: page.next.as_deref().map(listing::token),
            key_count: i32::try_from(page.objects.len() + page.common_prefixes.len()).ok(),
            contents: Some(contents(&page, encode)),
            common_prefixes: Some(common_prefixes(&page, encode)),
            max_keys: Some(max_keys),
            prefix: input.prefix.as_deref().map(encode),
            delimiter: input.delimiter.as_deref().map(encode),
            start_after: input.start_after.as_deref().map(encode),
            continuation_token: input.continuation_token,
            encoding_type: input.encoding_type,
            name: Some(input.bucket),
            ..Default::default()
        }))
    }
}

/// Reads a body, no further than the largest object.
async fn read(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let Some(body) = body else { return Ok(Bytes::new()) };
    match Limited::new(Body::from(body), MAX_OBJECT_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => Err(S3Error::with_source(s3s::S3ErrorCode::IncompleteBody, error)),
    }
}

fn too_large() -> S3Error {
    s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size of {MAX_OBJECT_BYTES} bytes")
}

/// The bytes that a range asks for, and the `Content-Range` that names them.
fn slice(object: &Object, range: Option<Range>) -> S3Result<(Bytes, Option<String>)> {
    let Some(range) = range else { return Ok((object.body.clone(), None)) };
    let total = object.body.len();
    let bytes = range.check(total as u64)?;
    let content_range = format!("bytes {}-{}/{total}", bytes.start, bytes.end.saturating_sub(1));
    // Both are at most the body's length, which is a usize.
    Ok((object.body.slice(bytes.start as usize..bytes.end as usize), Some(content_range)))
}

/// A body's length as the protocol has it.
fn length(body: &Bytes) -> i64 {
    // At most MAX_OBJECT_BYTES.
    body.len() as i64
}

/// What S3 says of an object whose writer named no type.
fn default_content_type() -> Option<String> {
    Some("binary/octet-stream".to_owned())
}

fn encoder(encoding: Option<&EncodingType>) -> fn(&str) -> String {
    match encoding {
        Some(encoding) if encoding.as_str() == EncodingType::URL => listing::url_encode,
        _ => str::to_owned,
    }
}

fn contents(page: &Page, encode: fn(&str) -> String) -> Vec<s3s::dto::Object> {
    let entry = |(key, object): &(String, Object)| s3s::dto::Object {
        key: Some(encode(key)),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(object.last_modified.into()),
        size: Some(length(&object.body)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        ..Default::default()
    };
    page.objects.iter().map(entry).collect()
}

fn common_prefixes(page: &Page, encode: fn(&str) -> String) -> Vec<CommonPrefix> {
    page.common_prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(encode(prefix)) }).collect()
}
