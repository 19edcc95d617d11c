//! What is wrong with a request's body. `s3s` reads the XML of most operations by itself, and takes whatever is wrong with
//! it for a fault of the service.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http::{Request, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use s3s::{S3Error, s3_error};
use sha2::{Digest, Sha256};

use super::error::{custom, incomplete_body};
use crate::endpoint::RequestBody;

/// A body that is being read.
pub(super) struct Watched {
    broken: AtomicBool,
    /// Whether it comes in chunks of `aws-chunked`, which have sums of their own.
    chunked: bool,
    /// What its headers state that its SHA-256 is, and what that is of what was read so far. Nothing of what a client
    /// stores: that is read by the operation, which sees what is wrong with it.
    hashed: Option<(String, Mutex<Sha256>)>,
}

impl Watched {
    /// Watches a request's body, for when it was answered as a fault of the service.
    pub(super) fn new(request: Request<RequestBody>) -> (Request<s3s::Body>, Arc<Self>) {
        let stated = request.headers().get("x-amz-content-sha256").and_then(|value| value.to_str().ok());
        let stated = stated.unwrap_or_default().to_ascii_lowercase();
        let hex = stated.len() == 64 && stated.bytes().all(|byte| byte.is_ascii_hexdigit());
        let watched = Arc::new(Self {
            broken: AtomicBool::new(false),
            chunked: stated.starts_with("streaming-"),
            hashed: (hex && !stores(&request)).then(|| (stated, Mutex::new(Sha256::new()))),
        });
        let of_body = Arc::clone(&watched);
        let request = request.map(|body| s3s::Body::http_body(Observed { body, watched: of_body }));
        (request, watched)
    }

    /// What was wrong with it; nothing where it is not the body that the service failed for.
    pub(super) fn fault(&self) -> Option<S3Error> {
        if self.broken.load(Ordering::Relaxed) {
            return Some(incomplete_body());
        }
        if self.chunked {
            return Some(s3_error!(
                InvalidRequest,
                "The body is not in the aws-chunked form that its headers announce."
            ));
        }
        let (stated, hash) = self.hashed.as_ref()?;
        let computed = hash.lock().unwrap_or_else(PoisonError::into_inner).clone().finalize();
        let computed: String = computed.iter().map(|byte| format!("{byte:02x}")).collect();
        (computed != *stated).then(sha256_mismatch)
    }
}

/// A body that is watched. It has the length that it had.
struct Observed {
    body: RequestBody,
    watched: Arc<Watched>,
}

impl Body for Observed {
    type Data = <RequestBody as Body>::Data;
    type Error = <RequestBody as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some((_, hash)), Some(data)) = (&self.watched.hashed, frame.data_ref()) {
                    hash.lock().unwrap_or_else(PoisonError::into_inner).update(data);
                }
            }
            Poll::Ready(Some(Err(_))) => self.watched.broken.store(true, Ordering::Relaxed),
            Poll::Ready(None) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Whether the body is an object's, or a part's.
fn stores(request: &Request<RequestBody>) -> bool {
    let of_a_key = request.uri().path().trim_matches('/').contains('/');
    of_a_key && request.uri().query().is_none_or(|query| query.contains("partNumber="))
}

/// The body is not what its headers state.
pub(super) fn sha256_mismatch() -> S3Error {
    custom(
        "XAmzContentSHA256Mismatch",
        StatusCode::BAD_REQUEST,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
}
