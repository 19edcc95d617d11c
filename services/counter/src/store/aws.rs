//! The SDK's configuration, built by hand from the environment: no file, no metadata service
//! and no TLS on the way to the first call unless they are really needed. Must not know tables
//! or buckets.

mod http;
mod tls;
mod unsent;

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;

use crate::ConfigError;

pub(crate) use unsent::Unsent;

/// A service with an endpoint of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// DynamoDB.
    DynamoDb,
    /// S3.
    S3,
}

impl Service {
    fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::S3 => "s3",
        }
    }

    fn endpoint_variable(self) -> &'static str {
        match self {
            Self::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
            Self::S3 => "AWS_ENDPOINT_URL_S3",
        }
    }
}

/// The configuration for `service` from environment variables alone, as Lambda sets them: the
/// credentials, `AWS_REGION` or `AWS_DEFAULT_REGION`, and the endpoint if it is not AWS's own.
///
/// # Errors
///
/// When the credentials or the region are not set.
pub fn from_environment(service: Service, variable: impl Fn(&str) -> Option<String>) -> Result<SdkConfig, ConfigError> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let needed = |name| set(name).ok_or(ConfigError::Missing(name, service.name()));
    let credentials = Credentials::new(
        needed("AWS_ACCESS_KEY_ID")?,
        needed("AWS_SECRET_ACCESS_KEY")?,
        set("AWS_SESSION_TOKEN"),
        None,
        "environment",
    );
    let region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"));
    let region = region.ok_or(ConfigError::Missing("AWS_REGION", service.name()))?;
    let credentials = SharedCredentialsProvider::new(credentials);
    // These credentials never expire, so a cache would be locks and clocks for nothing.
    let cache = IdentityCache::no_cache();
    Ok(config(Region::new(region), credentials, cache, endpoint(service, set)))
}

/// The same, and where the environment has no credentials, the SDK's chain: the role of the
/// task, pod or instance. For servers.
///
/// # Errors
///
/// When no region is set and the instance has none.
pub async fn from_environment_or_host(
    service: Service,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<SdkConfig, ConfigError> {
    match from_environment(service, &variable) {
        Err(ConfigError::Missing("AWS_ACCESS_KEY_ID", _)) => {}
        configured => return configured,
    }
    let chain = aws_config::defaults(BehaviorVersion::latest()).http_client(http::client(true));
    let host = chain.load().await;
    let missing = |name| ConfigError::Missing(name, service.name());
    let region = host.region().cloned().ok_or(missing("AWS_REGION"))?;
    let credentials = host.credentials_provider().ok_or(missing("AWS_ACCESS_KEY_ID"))?;
    // A role's credentials expire, so here the cache earns its keep.
    let cache = IdentityCache::lazy().build();
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    Ok(config(region, credentials, cache, endpoint(service, set)))
}

fn endpoint(service: Service, set: impl Fn(&str) -> Option<String>) -> Option<String> {
    set(service.endpoint_variable()).or_else(|| set("AWS_ENDPOINT_URL"))
}

/// What every call needs, and nothing that it does not.
fn config(
    region: Region,
    credentials: SharedCredentialsProvider,
    cache: SharedIdentityCache,
    endpoint: Option<String>,
) -> SdkConfig {
    // No trust store to load where there is no TLS.
    let encrypted = !endpoint.as_ref().is_some_and(|url| url.starts_with("http://"));
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(credentials)
        .identity_cache(cache)
        .http_client(http::client(encrypted))
        // A call inside a region rarely takes 200 ms (`bench/model/aws.toml`): 3 s are a lost cause. Three attempts fit
        // the whole, and the whole fits the 15 s that the router gives a caller.
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(Duration::from_secs(3))
                .operation_timeout(Duration::from_secs(10))
                .build(),
        )
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        // It watches the throughput of long bodies; a count is twenty bytes at most.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_endpoint_url(endpoint);
    config.build()
}
