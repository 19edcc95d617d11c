//! The SDK's HTTP client: hyper-util's pooled client for HTTP/1, and a bound on each answer's body. The SDK's own client
//! is the same pool with HTTP/2 and proxies, a megabyte more in a function. Must not retry or bound a call, which the SDK
//! does, nor know AWS.

use std::error::Error as _;
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use http::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{self, Connect, capture_connection};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;

use super::tls;

/// Connecting inside a region takes 2 ms (`connect` in `bench/model/aws.toml`): after 1 s it is a lost cause.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// A count has 20 bytes, an error of S3 or a session of STS some thousand.
const LONGEST_BODY: usize = 1 << 20;

/// A client for plain HTTP, and with `encrypted` for TLS too: loading the trust store takes
/// milliseconds, and now is the init phase and not the first call.
pub(super) fn client(encrypted: bool) -> SharedHttpClient {
    let mut tcp = connect::HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let connector = match encrypted {
        false => SharedHttpConnector::new(Pool(pool(tcp))),
        true => {
            tcp.enforce_http(false);
            SharedHttpConnector::new(Pool(pool(HttpsConnector::from((tcp, tls::config())))))
        }
    };
    http_client_fn(move |_settings, _components| connector.clone())
}

fn pool<C: Connect + Clone>(connector: C) -> Client<C, SdkBody> {
    Client::builder(TokioExecutor::new()).build(connector)
}

#[derive(Debug)]
struct Pool<C>(Client<C, SdkBody>);

impl<C: Connect + Clone + std::fmt::Debug + Send + Sync + 'static> HttpConnector for Pool<C> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move { call(&client, request).await })
    }
}

async fn call<C>(client: &Client<C, SdkBody>, request: HttpRequest) -> Result<HttpResponse, ConnectorError>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let mut request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let connection = capture_connection(&mut request);
    let (parts, body) = client.request(request).await.map_err(failed)?.into_parts();
    // Who fails may be one host of many: the next call had better reach another.
    if parts.status.is_server_error()
        && let Some(connection) = connection.connection_metadata().as_ref()
    {
        connection.poison();
    }
    let body = Limited::new(body, LONGEST_BODY).collect().await.map_err(unread)?;
    let response = Response::from_parts(parts, SdkBody::from(body.to_bytes()));
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}

/// What the SDK makes of the client's errors, so that its retries know which are worth another try.
fn failed(error: Error) -> ConnectorError {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<hyper::Error>());
    if cause.is_some_and(hyper::Error::is_user) {
        ConnectorError::user(error.into())
    } else if cause.is_some_and(hyper::Error::is_incomplete_message) {
        ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
    } else {
        ConnectorError::io(error.into())
    }
}

fn unread(error: BoxError) -> ConnectorError {
    match error.downcast::<LengthLimitError>() {
        Ok(too_long) => ConnectorError::other(too_long, None),
        Err(error) => ConnectorError::io(error),
    }
}
