//! One call through the balancer to a server: headers in, headers out, and what is answered when it fails.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{EXPECT, HOST};
use http::uri::PathAndQuery;
use http::{Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::{Either, Full};

use super::headers;
use super::page::page;
use super::target_group::{Failure, TargetBody, TargetGroup};
use crate::endpoint::RequestBody;

/// A target's body as it comes, or a page of the balancer's own.
type Body = Either<TargetBody, Full<Bytes>>;

/// Answers one call.
pub(super) async fn answer(
    targets: Arc<TargetGroup>,
    request: Request<RequestBody>,
    client: IpAddr,
    port: u16,
) -> Result<Response<Body>, Infallible> {
    let answered = match forwardable(request, client, port) {
        Ok(request) => targets.send(request).await.map_err(|failure| {
            tracing::debug!(%failure, "the balancer answers for the target");
            status(&failure)
        }),
        Err(refused) => Err(refused),
    };
    Ok(match answered {
        Ok(mut response) => {
            headers::remove_hop_by_hop(response.headers_mut());
            response.map(Either::Left)
        }
        Err(status) => page(status).map(Either::Right),
    })
}

/// The request as the target gets it, or the status that refuses it.
fn forwardable(
    mut request: Request<RequestBody>,
    client: IpAddr,
    port: u16,
) -> Result<Request<RequestBody>, StatusCode> {
    if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    if !request.headers().contains_key(HOST) && request.version() >= Version::HTTP_11 {
        return Err(StatusCode::BAD_REQUEST);
    }
    if request.uri().authority().is_some() {
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    }
    *request.version_mut() = Version::HTTP_11;
    let headers = request.headers_mut();
    headers::remove_hop_by_hop(headers);
    // Answered on this side, once the target reads the body.
    headers.remove(EXPECT);
    headers::add_forwarded(headers, client, port);
    Ok(request)
}

/// What AWS answers for a target that failed so.
fn status(failure: &Failure) -> StatusCode {
    match failure {
        Failure::RequestBody(_) => StatusCode::BAD_REQUEST,
        Failure::NoTarget => StatusCode::SERVICE_UNAVAILABLE,
        Failure::Connect(_) | Failure::Broken(_) => StatusCode::BAD_GATEWAY,
        Failure::ConnectTimeout | Failure::Idle => StatusCode::GATEWAY_TIMEOUT,
    }
}
