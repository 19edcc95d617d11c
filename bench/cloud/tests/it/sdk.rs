//! The official SDKs in their default configuration, but without TLS: nothing here leaves loopback.

use aws_credential_types::Credentials;
use aws_smithy_http_client::Builder;
use cloud::credentials::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, region};

pub(crate) fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "test")
}

pub(crate) fn dynamodb(endpoint: &str) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_dynamodb::config::Region::from_static(region()))
        .credentials_provider(credentials())
        .endpoint_url(endpoint)
        .http_client(Builder::new().build_http())
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

pub(crate) fn s3(endpoint: &str) -> aws_sdk_s3::Client {
    s3_as(endpoint, credentials())
}

pub(crate) fn s3_as(endpoint: &str, credentials: Credentials) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_s3::config::Region::from_static(region()))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .http_client(Builder::new().build_http())
        .build();
    aws_sdk_s3::Client::from_conf(config)
}
