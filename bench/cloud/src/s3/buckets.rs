//! Buckets: creating, listing, tags, and what a new bucket of AWS's answers about itself.
//!
//! Nothing of a bucket can be configured here but its tags: the operations that would are refused as not implemented,
//! those that read answer as for a bucket on which nobody has configured anything.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use http::StatusCode;
use s3s::dto::*;
use s3s::{S3Error, S3Result, s3_error};

use super::error::{custom, detailed, invalid_argument, not_implemented};
use super::listing;
use super::objects::Objects;
use super::owner;
use crate::credentials;

/// The most buckets of one page.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
const MAX_BUCKETS: i32 = 10_000;

pub(super) fn create(objects: &Objects, input: &CreateBucketInput) -> S3Result<CreateBucketOutput> {
    let place = input.create_bucket_configuration.as_ref().and_then(|wanted| wanted.location_constraint.as_ref());
    if let Some(place) = place.filter(|place| place.as_str() != credentials::region()) {
        return Err(s3_error!(
            IllegalLocationConstraintException,
            "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
            place.as_str()
        ));
    }
    if input.object_lock_enabled_for_bucket == Some(true) {
        return Err(not_implemented("x-amz-bucket-object-lock-enabled"));
    }
    let ownership = input.object_ownership.as_ref().map(ObjectOwnership::as_str);
    if ownership.is_some_and(|ownership| ownership != ObjectOwnership::BUCKET_OWNER_ENFORCED) {
        return Err(not_implemented("x-amz-object-ownership"));
    }
    let public = input.acl.as_ref().is_some_and(|acl| acl.as_str() != BucketCannedACL::PRIVATE);
    let granted = [
        &input.grant_read,
        &input.grant_write,
        &input.grant_full_control,
        &input.grant_read_acp,
        &input.grant_write_acp,
    ];
    if public || granted.iter().any(|grant| grant.is_some()) {
        let message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
        return Err(custom("InvalidBucketAclWithObjectOwnership", StatusCode::BAD_REQUEST, message));
    }
    objects.create_bucket(&input.bucket)?;
    Ok(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) })
}

pub(super) fn list(objects: &Objects, input: ListBucketsInput) -> S3Result<ListBucketsOutput> {
    let most = input.max_buckets.unwrap_or(MAX_BUCKETS);
    if !(1..=MAX_BUCKETS).contains(&most) {
        let message = "Argument max-buckets must be an integer between 1 and 10000";
        return Err(invalid_argument(message, "max-buckets", &most.to_string()));
    }
    let most = usize::try_from(most).unwrap_or_default();
    let after =
        input.continuation_token.as_deref().filter(|token| !token.is_empty()).map(listing::after).transpose()?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let elsewhere = input.bucket_region.as_ref().is_some_and(|region| region != credentials::region());
    let mut rest = objects
        .buckets()
        .into_iter()
        .filter(|(name, _)| !elsewhere && name.starts_with(&prefix) && after.as_ref().is_none_or(|after| name > after));
    let page: Vec<Bucket> = rest
        .by_ref()
        .take(most)
        .map(|(name, created)| Bucket {
            name: Some(name),
            creation_date: Some(created.into()),
            bucket_region: Some(credentials::region().to_owned()),
        })
        .collect();
    let last = page.last().and_then(|bucket| bucket.name.as_deref());
    Ok(ListBucketsOutput {
        continuation_token: rest.next().and(last).map(|last| BASE64_URL_SAFE_NO_PAD.encode(last)),
        buckets: Some(page),
        owner: Some(owner()),
        prefix: input.prefix,
    })
}

/// The one grant that there is, of a bucket and of an object.
pub(super) fn grants() -> Vec<Grant> {
    let grantee = Grantee {
        display_name: None,
        email_address: None,
        id: owner().id,
        type_: Type::from_static(Type::CANONICAL_USER),
        uri: None,
    };
    vec![Grant { grantee: Some(grantee), permission: Some(Permission::from_static(Permission::FULL_CONTROL)) }]
}

/// The answer to reading a configuration that nobody has made.
pub(super) fn missing(code: &'static str, message: &str, bucket: &str) -> S3Error {
    detailed(custom(code, StatusCode::NOT_FOUND, message), &[("BucketName", bucket)])
}

/// How a new bucket encrypts.
pub(super) fn encryption() -> ServerSideEncryptionConfiguration {
    let algorithm = ServerSideEncryption::from_static(ServerSideEncryption::AES256);
    let default = ServerSideEncryptionByDefault { kms_master_key_id: None, sse_algorithm: algorithm };
    let rule = ServerSideEncryptionRule {
        apply_server_side_encryption_by_default: Some(default),
        bucket_key_enabled: Some(false),
    };
    ServerSideEncryptionConfiguration { rules: vec![rule] }
}
