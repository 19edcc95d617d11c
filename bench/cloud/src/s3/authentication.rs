//! Who may call: the one identity of [`crate::credentials`].

use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};

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
