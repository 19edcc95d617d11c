//! Who may call: the one identity of [`crate::credentials`].

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};

use super::ACCOUNT;
use crate::credentials;

/// Knows the secret of the one access key.
pub(super) struct FixedCredentials;

#[async_trait::async_trait]
impl S3Auth for FixedCredentials {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == credentials::ACCESS_KEY_ID {
            return Ok(credentials::SECRET_ACCESS_KEY.into());
        }
        Err(s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records."))
    }
}

/// Every signed request may do everything, in buckets that are whose it believes.
pub(super) struct Owned;

#[async_trait::async_trait]
impl S3Access for Owned {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let signed = context.credentials().is_some();
        let expected = ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"];
        let mine = expected
            .iter()
            .all(|name| context.headers().get(*name).is_none_or(|account| account.as_bytes() == ACCOUNT.as_bytes()));
        if signed && mine { Ok(()) } else { Err(s3_error!(AccessDenied, "Access Denied")) }
    }
}
