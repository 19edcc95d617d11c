//! S3: buckets in memory behind the real protocol, with conditional writes that are atomic.
//!
//! Parsing, signatures and XML are `s3s`'s; what S3 means is here. Gone with the cloud.

mod authentication;
mod checksum;
mod condition;
mod copy;
mod listing;
mod objects;
mod service;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::endpoint::{Endpoint, Http};
use objects::Objects;

/// The largest object that is taken, in bytes. S3 takes 5 GB in one request; objects here are held in memory.
pub const MAX_OBJECT_BYTES: usize = 64 * 1024 * 1024;

/// An S3 endpoint on loopback, path style. Requests are signed (SigV4) with [`crate::credentials`].
#[derive(Debug)]
pub struct S3 {
    objects: Arc<Objects>,
    endpoint: Endpoint,
}

/// Why S3 could not do what the cloud asked.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    /// The endpoint did not bind.
    #[error("cannot listen for S3 on loopback")]
    Listen(#[source] std::io::Error),
    /// A bucket of that name is there already.
    #[error("the S3 bucket `{0}` exists already")]
    BucketExists(String),
}

impl S3 {
    /// Starts an S3 without buckets on a free port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> Result<Self, S3Error> {
        let objects = Arc::new(Objects::default());
        let mut builder = S3ServiceBuilder::new(service::Service::new(Arc::clone(&objects)));
        builder.set_auth(authentication::FixedCredentials);
        let service = builder.build();
        let endpoint = Endpoint::start(move |stream, _peer, stop| {
            let service = service.clone();
            let answer = service_fn(move |request| answer(service.clone(), request));
            Http { half_close: true, ..Http::DOOR }.serve(stream, answer, stop)
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

    /// Removes a bucket with all that is in it, if it is there.
    pub fn remove_bucket(&self, bucket: &str) {
        self.objects.remove_bucket(bucket);
    }

    /// Stops the endpoint once running requests are answered (bounded).
    pub async fn shutdown(self) {
        self.endpoint.shutdown().await;
    }
}

async fn answer(service: S3Service, request: Request<Incoming>) -> Result<Response<s3s::Body>, Infallible> {
    Ok(service.call(request.map(s3s::Body::from)).await.unwrap_or_else(|error| {
        tracing::error!(?error, "S3 could not answer");
        let mut failed = Response::new(s3s::Body::empty());
        *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        failed
    }))
}
