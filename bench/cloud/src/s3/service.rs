//! The operations of S3 that are served: each checks what its headers demand and hands over to the file that knows it.
//! What is not here is answered `501 NotImplemented` by `s3s`.

use std::sync::Arc;

use http::Method;
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result};

use super::buckets::{self, grants, missing};
use super::description::{check_headers, no_acls};
use super::objects::Objects;
use super::{copy, delete, form, list, multipart, owner, read, tagging, write};
use crate::credentials;

/// S3 over [`Objects`].
pub(super) struct Service {
    objects: Arc<Objects>,
}

impl Service {
    pub(super) fn new(objects: Arc<Objects>) -> Self {
        Self { objects }
    }

    /// An answer about a bucket that is there.
    fn of_bucket<T>(&self, bucket: &str, answer: T) -> S3Result<S3Response<T>> {
        self.objects.head_bucket(bucket)?;
        Ok(S3Response::new(answer))
    }

    /// The answer to reading what nobody has configured, of a bucket that is there.
    fn unconfigured<T>(&self, bucket: &str, code: &'static str, message: &str) -> S3Result<S3Response<T>> {
        self.objects.head_bucket(bucket)?;
        Err(missing(code, message, bucket))
    }
}

type Answer<T> = S3Result<S3Response<T>>;

#[async_trait::async_trait]
impl S3 for Service {
    async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> Answer<CreateBucketOutput> {
        buckets::create(&self.objects, &request.input).map(S3Response::new)
    }

    async fn delete_bucket(&self, request: S3Request<DeleteBucketInput>) -> Answer<DeleteBucketOutput> {
        self.objects.delete_bucket(&request.input.bucket)?;
        Ok(S3Response::new(DeleteBucketOutput::default()))
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        let bucket_region = Some(credentials::region().to_owned());
        self.of_bucket(&request.input.bucket, HeadBucketOutput { bucket_region, ..Default::default() })
    }

    async fn list_buckets(&self, request: S3Request<ListBucketsInput>) -> Answer<ListBucketsOutput> {
        buckets::list(&self.objects, request.input).map(S3Response::new)
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        check_headers(&request.headers)?;
        if request.method == Method::POST {
            form::check(&request.input)?;
            return write::put(&self.objects, request).await.map(form::answer);
        }
        write::put(&self.objects, request).await.map(S3Response::new)
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        check_headers(&request.headers)?;
        read::get(&self.objects, &request.input)
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        check_headers(&request.headers)?;
        read::head(&self.objects, request.input)
    }

    async fn get_object_attributes(
        &self,
        request: S3Request<GetObjectAttributesInput>,
    ) -> Answer<GetObjectAttributesOutput> {
        read::attributes(&self.objects, &request.input).map(S3Response::new)
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> Answer<CopyObjectOutput> {
        check_headers(&request.headers)?;
        copy::copy(&self.objects, &request.input, &request.headers).map(S3Response::new)
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> {
        delete::one(&self.objects, request.input).map(S3Response::new)
    }

    async fn delete_objects(&self, request: S3Request<DeleteObjectsInput>) -> Answer<DeleteObjectsOutput> {
        delete::many(&self.objects, request.input, &request.headers).map(S3Response::new)
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        check_headers(&request.headers)?;
        multipart::create(&self.objects, request.input).map(S3Response::new)
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        check_headers(&request.headers)?;
        write::put_part(&self.objects, request).await.map(S3Response::new)
    }

    async fn upload_part_copy(&self, request: S3Request<UploadPartCopyInput>) -> Answer<UploadPartCopyOutput> {
        check_headers(&request.headers)?;
        multipart::copy_part(&self.objects, &request.input).map(S3Response::new)
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        multipart::complete(&self.objects, &request.input).map(S3Response::new)
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        multipart::abort(&self.objects, &request.input).map(S3Response::new)
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> Answer<ListPartsOutput> {
        multipart::list_parts(&self.objects, request.input).map(S3Response::new)
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> Answer<ListMultipartUploadsOutput> {
        multipart::list_uploads(&self.objects, request.input).map(S3Response::new)
    }

    async fn list_objects(&self, request: S3Request<ListObjectsInput>) -> Answer<ListObjectsOutput> {
        list::objects(&self.objects, request.input).map(S3Response::new)
    }

    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> {
        list::objects_v2(&self.objects, request.input).map(S3Response::new)
    }

    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> Answer<ListObjectVersionsOutput> {
        list::versions(&self.objects, request.input).map(S3Response::new)
    }

    async fn get_object_tagging(&self, request: S3Request<GetObjectTaggingInput>) -> Answer<GetObjectTaggingOutput> {
        read::check_version(request.input.version_id.as_deref())?;
        let tag_set = self.objects.get(&request.input.bucket, &request.input.key)?.description.tags;
        Ok(S3Response::new(GetObjectTaggingOutput { tag_set, version_id: None }))
    }

    async fn put_object_tagging(&self, request: S3Request<PutObjectTaggingInput>) -> Answer<PutObjectTaggingOutput> {
        let input = request.input;
        read::check_version(input.version_id.as_deref())?;
        tagging::check(&input.tagging.tag_set, tagging::OF_AN_OBJECT)?;
        self.objects.tag(&input.bucket, &input.key, input.tagging.tag_set)?;
        Ok(S3Response::new(PutObjectTaggingOutput::default()))
    }

    async fn delete_object_tagging(
        &self,
        request: S3Request<DeleteObjectTaggingInput>,
    ) -> Answer<DeleteObjectTaggingOutput> {
        read::check_version(request.input.version_id.as_deref())?;
        self.objects.tag(&request.input.bucket, &request.input.key, Vec::new())?;
        Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
    }

    async fn get_bucket_tagging(&self, request: S3Request<GetBucketTaggingInput>) -> Answer<GetBucketTaggingOutput> {
        let tag_set = self.objects.bucket_tags(&request.input.bucket)?;
        if tag_set.is_empty() {
            return self.unconfigured(&request.input.bucket, "NoSuchTagSet", "The TagSet does not exist");
        }
        Ok(S3Response::new(GetBucketTaggingOutput { tag_set }))
    }

    async fn put_bucket_tagging(&self, request: S3Request<PutBucketTaggingInput>) -> Answer<PutBucketTaggingOutput> {
        let input = request.input;
        tagging::check(&input.tagging.tag_set, tagging::OF_A_BUCKET)?;
        self.objects.tag_bucket(&input.bucket, input.tagging.tag_set)?;
        Ok(S3Response::new(PutBucketTaggingOutput::default()))
    }

    async fn delete_bucket_tagging(
        &self,
        request: S3Request<DeleteBucketTaggingInput>,
    ) -> Answer<DeleteBucketTaggingOutput> {
        self.objects.tag_bucket(&request.input.bucket, Vec::new())?;
        Ok(S3Response::new(DeleteBucketTaggingOutput::default()))
    }

    async fn get_bucket_acl(&self, request: S3Request<GetBucketAclInput>) -> Answer<GetBucketAclOutput> {
        let answer = GetBucketAclOutput { grants: Some(grants()), owner: Some(owner()) };
        self.of_bucket(&request.input.bucket, answer)
    }

    async fn put_bucket_acl(&self, request: S3Request<PutBucketAclInput>) -> Answer<PutBucketAclOutput> {
        self.objects.head_bucket(&request.input.bucket)?;
        Err(no_acls())
    }

    async fn get_object_acl(&self, request: S3Request<GetObjectAclInput>) -> Answer<GetObjectAclOutput> {
        read::check_version(request.input.version_id.as_deref())?;
        self.objects.get(&request.input.bucket, &request.input.key)?;
        let answer = GetObjectAclOutput { grants: Some(grants()), owner: Some(owner()), request_charged: None };
        Ok(S3Response::new(answer))
    }

    async fn put_object_acl(&self, request: S3Request<PutObjectAclInput>) -> Answer<PutObjectAclOutput> {
        self.objects.get(&request.input.bucket, &request.input.key)?;
        Err(no_acls())
    }

    async fn get_bucket_location(&self, request: S3Request<GetBucketLocationInput>) -> Answer<GetBucketLocationOutput> {
        let location_constraint = Some(BucketLocationConstraint::from_static(credentials::region()));
        self.of_bucket(&request.input.bucket, GetBucketLocationOutput { location_constraint })
    }

    async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> Answer<GetBucketVersioningOutput> {
        self.of_bucket(&request.input.bucket, GetBucketVersioningOutput::default())
    }

    async fn get_bucket_logging(&self, request: S3Request<GetBucketLoggingInput>) -> Answer<GetBucketLoggingOutput> {
        self.of_bucket(&request.input.bucket, GetBucketLoggingOutput::default())
    }

    async fn get_bucket_notification_configuration(
        &self,
        request: S3Request<GetBucketNotificationConfigurationInput>,
    ) -> Answer<GetBucketNotificationConfigurationOutput> {
        self.of_bucket(&request.input.bucket, GetBucketNotificationConfigurationOutput::default())
    }

    async fn get_bucket_accelerate_configuration(
        &self,
        request: S3Request<GetBucketAccelerateConfigurationInput>,
    ) -> Answer<GetBucketAccelerateConfigurationOutput> {
        self.of_bucket(&request.input.bucket, GetBucketAccelerateConfigurationOutput::default())
    }

    async fn get_bucket_request_payment(
        &self,
        request: S3Request<GetBucketRequestPaymentInput>,
    ) -> Answer<GetBucketRequestPaymentOutput> {
        let payer = Some(Payer::from_static(Payer::BUCKET_OWNER));
        self.of_bucket(&request.input.bucket, GetBucketRequestPaymentOutput { payer })
    }

    async fn get_bucket_encryption(
        &self,
        request: S3Request<GetBucketEncryptionInput>,
    ) -> Answer<GetBucketEncryptionOutput> {
        let server_side_encryption_configuration = Some(buckets::encryption());
        self.of_bucket(&request.input.bucket, GetBucketEncryptionOutput { server_side_encryption_configuration })
    }

    async fn get_bucket_ownership_controls(
        &self,
        request: S3Request<GetBucketOwnershipControlsInput>,
    ) -> Answer<GetBucketOwnershipControlsOutput> {
        let object_ownership = ObjectOwnership::from_static(ObjectOwnership::BUCKET_OWNER_ENFORCED);
        let ownership_controls = Some(OwnershipControls { rules: vec![OwnershipControlsRule { object_ownership }] });
        self.of_bucket(&request.input.bucket, GetBucketOwnershipControlsOutput { ownership_controls })
    }

    async fn get_public_access_block(
        &self,
        request: S3Request<GetPublicAccessBlockInput>,
    ) -> Answer<GetPublicAccessBlockOutput> {
        let all = PublicAccessBlockConfiguration {
            block_public_acls: Some(true),
            block_public_policy: Some(true),
            ignore_public_acls: Some(true),
            restrict_public_buckets: Some(true),
        };
        let answer = GetPublicAccessBlockOutput { public_access_block_configuration: Some(all) };
        self.of_bucket(&request.input.bucket, answer)
    }

    async fn get_bucket_policy(&self, request: S3Request<GetBucketPolicyInput>) -> Answer<GetBucketPolicyOutput> {
        self.unconfigured(&request.input.bucket, "NoSuchBucketPolicy", "The bucket policy does not exist")
    }

    async fn get_bucket_policy_status(
        &self,
        request: S3Request<GetBucketPolicyStatusInput>,
    ) -> Answer<GetBucketPolicyStatusOutput> {
        self.unconfigured(&request.input.bucket, "NoSuchBucketPolicy", "The bucket policy does not exist")
    }

    async fn get_bucket_cors(&self, request: S3Request<GetBucketCorsInput>) -> Answer<GetBucketCorsOutput> {
        let message = "The CORS configuration does not exist";
        self.unconfigured(&request.input.bucket, "NoSuchCORSConfiguration", message)
    }

    async fn get_bucket_lifecycle_configuration(
        &self,
        request: S3Request<GetBucketLifecycleConfigurationInput>,
    ) -> Answer<GetBucketLifecycleConfigurationOutput> {
        let message = "The lifecycle configuration does not exist";
        self.unconfigured(&request.input.bucket, "NoSuchLifecycleConfiguration", message)
    }

    async fn get_bucket_website(&self, request: S3Request<GetBucketWebsiteInput>) -> Answer<GetBucketWebsiteOutput> {
        let message = "The specified bucket does not have a website configuration";
        self.unconfigured(&request.input.bucket, "NoSuchWebsiteConfiguration", message)
    }

    async fn get_bucket_replication(
        &self,
        request: S3Request<GetBucketReplicationInput>,
    ) -> Answer<GetBucketReplicationOutput> {
        let message = "The replication configuration was not found";
        self.unconfigured(&request.input.bucket, "ReplicationConfigurationNotFoundError", message)
    }

    async fn get_object_lock_configuration(
        &self,
        request: S3Request<GetObjectLockConfigurationInput>,
    ) -> Answer<GetObjectLockConfigurationOutput> {
        let message = "Object Lock configuration does not exist for this bucket";
        self.unconfigured(&request.input.bucket, "ObjectLockConfigurationNotFoundError", message)
    }
}
