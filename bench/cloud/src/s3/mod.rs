//! S3: buckets in memory behind the real protocol, with conditional writes that are atomic.
//!
//! Parsing, signatures and XML are `s3s`'s; what S3 means is here. Deleted with the cloud.

mod authentication;
mod body;
mod buckets;
mod checksum;
mod class;
mod condition;
mod content;
mod copy;
mod delete;
mod description;
mod error;
mod form;
mod host;
mod list;
mod listing;
mod multipart;
mod objects;
mod range;
mod read;
mod service;
mod tagging;
mod uploads;
mod write;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::service::service_fn;
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::endpoint::{Endpoint, Guard, Http, RequestBody};
use crate::metered::Meter;
use body::Watched;
use objects::Objects;

/// The largest body of one request, in bytes. S3 takes 5 GB; objects here are held in memory.
pub const MAX_OBJECT_BYTES: usize = 64 * 1024 * 1024;

/// The account that everything belongs to: AWS's own in its examples.
const ACCOUNT: &str = "123456789012";

/// The canonical user of that account, made up.
const OWNER: &str = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";

/// An S3 endpoint on loopback, path style or, under `localhost`, virtual-hosted. Requests are signed (SigV4) with [`crate::credentials`].
#[derive(Debug)]
pub struct S3 {
    objects: Arc<Objects>,
    endpoint: Endpoint,
}

/// Why S3 could not do what the cloud requested.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    /// The endpoint did not bind.
    #[error("cannot listen for S3 on loopback")]
    Listen(#[source] std::io::Error),
    /// A bucket of that name is there already.
    #[error("the S3 bucket `{0}` exists already")]
    BucketExists(String),
    /// There is no such bucket.
    #[error("there is no S3 bucket `{0}`")]
    NoBucket(String),
}

impl S3 {
    /// Starts an S3 without buckets on a free port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> Result<Self, S3Error> {
        Self::start_with(None).await
    }

    /// The same, its requests counted by what they cost.
    pub(crate) async fn start_with(meter: Option<Arc<Meter>>) -> Result<Self, S3Error> {
        let objects = Arc::new(Objects::default());
        let builder = || {
            let mut builder = S3ServiceBuilder::new(service::Service::new(Arc::clone(&objects)));
            builder.set_host(host::Localhost);
            builder.set_validation(host::BucketNames);
            builder
        };
        let mut signed = builder();
        signed.set_auth(authentication::FixedCredentials);
        signed.set_access(authentication::Owned);
        signed.set_route(range::PassedOver { service: builder().build() });
        let service = signed.build();
        let endpoint = Endpoint::start(move |stream, _peer, stop| {
            let service = service.clone();
            let meter = meter.clone();
            let answer = service_fn(move |request| counted(service.clone(), meter.clone(), request));
            let guard = Guard { forbidden, ..Guard::PLAIN };
            Http { guard, half_close: true, ..Http::DOOR }.serve(stream, answer, stop)
        })
        .await
        .map_err(S3Error::Listen)?;
        Ok(Self { objects, endpoint })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.endpoint.address()
    }

    /// The endpoint's URL, as `AWS_ENDPOINT_URL_S3` takes it.
    #[must_use]
    pub fn url(&self) -> String {
        self.endpoint.url()
    }

    /// Creates an empty bucket.
    ///
    /// # Errors
    /// When there is one of that name.
    pub fn create_bucket(&self, bucket: &str) -> Result<(), S3Error> {
        self.objects.create_bucket(bucket).map_err(|_| S3Error::BucketExists(bucket.to_owned()))
    }

    /// Puts an object into a bucket, if there is one of that name. It is not counted.
    pub fn put_object(&self, bucket: &str, key: &str, content: Bytes) -> Result<(), S3Error> {
        self.objects.seed(bucket, key, content).map_err(|_| S3Error::NoBucket(bucket.to_owned()))
    }

    /// Deletes a bucket with all that is in it, if there is one.
    pub fn remove_bucket(&self, bucket: &str) {
        self.objects.remove_bucket(bucket);
    }

    /// Stops the endpoint once running requests are answered (bounded).
    pub async fn shutdown(self) {
        self.endpoint.shutdown().await;
    }
}

/// For requests on behalf of another origin's page.
fn forbidden() -> Response<Full<Bytes>> {
    const BODY: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>Only programs on this machine are answered: Host and Origin are another's.</Message></Error>";
    let mut response = Response::new(Full::from(BODY));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// Answers a request, and counts it where that is what is wanted.
async fn counted(
    service: S3Service,
    meter: Option<Arc<Meter>>,
    request: Request<RequestBody>,
) -> Result<Response<s3s::Body>, Infallible> {
    let Some(meter) = meter else { return answer(service, request).await };
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let named = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let in_host = named.split(':').next().is_some_and(|name| name.ends_with(".localhost"));
    let answered = answer(service, request).await?;
    meter.s3(class::class(&method, uri.path(), uri.query().unwrap_or_default(), in_host, answered.status()));
    Ok(answered)
}

async fn answer(service: S3Service, mut request: Request<RequestBody>) -> Result<Response<s3s::Body>, Infallible> {
    let resource = request.uri().path().to_owned();
    join_repeated(request.headers_mut());
    authentication::state_time(request.headers_mut());
    let query = request.uri().query().unwrap_or_default();
    if let Err(refused) = authentication::check_version(request.headers(), query)
        .and_then(|()| authentication::check_presigned(query))
        .and_then(|()| authentication::check_content_hash(request.headers()))
        .and_then(|()| check_length(request.headers()))
    {
        // A refusal in XML is always made.
        return Ok(error::finish(refused.to_http_response().unwrap_or_default(), &resource));
    }
    let (request, watched) = Watched::new(request);
    let request = match form::checked(request).await {
        Ok(request) => request,
        Err(refused) => return Ok(error::finish(refused.to_http_response().unwrap_or_default(), &resource)),
    };
    let mut answered = service.call(request).await.unwrap_or_else(|error| {
        tracing::error!(?error, "S3 could not answer");
        let mut failed = Response::new(s3s::Body::empty());
        *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        failed
    });
    if answered.status() == StatusCode::INTERNAL_SERVER_ERROR
        && let Some(refused) = watched.fault()
    {
        answered = refused.to_http_response().unwrap_or(answered);
    }
    Ok(error::finish(answered, &resource))
}

/// Refuses a body in chunks of HTTP's, whose length nobody knows. `aws-chunked` says the decoded one.
fn check_length(headers: &HeaderMap) -> s3s::S3Result<()> {
    if headers.contains_key(TRANSFER_ENCODING) && !headers.contains_key("x-amz-decoded-content-length") {
        return Err(error::not_implemented("Transfer-Encoding"));
    }
    Ok(())
}

/// Makes one of the lines of a header that is there several times, as HTTP allows and a signature is made over it: the
/// SDK for Rust sends `content-encoding` twice, which `s3s` refuses.
fn join_repeated(headers: &mut HeaderMap) {
    let names: Vec<HeaderName> =
        headers.keys().filter(|name| headers.get_all(*name).iter().count() > 1).cloned().collect();
    for name in names.into_iter().filter(|name| *name != HOST && *name != AUTHORIZATION) {
        let lines: Vec<&[u8]> = headers.get_all(&name).iter().map(HeaderValue::as_bytes).collect();
        if let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b","[..])) {
            headers.insert(name, joined);
        }
    }
}

/// Whose everything is.
fn owner() -> s3s::dto::Owner {
    s3s::dto::Owner { id: Some(OWNER.to_owned()), ..Default::default() }
}
