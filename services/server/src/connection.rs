//! One connection's life: hyper's HTTP/1 within bounds of size and time. Must not know routes or stores.

use std::convert::Infallible;
use std::pin::pin;

use axum::body::Body;
use axum::http::{Request, Response};
use counter::{Router, Store};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::body::{bad_request, drain, last};
use crate::timed::{Deadline, Timed};

/// The longest head of a request, in bytes; a longer one is a 431. The limit of a balancer is the same:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>.
const LONGEST_HEAD: usize = 64 << 10;

/// Serves one connection to its end, or once `draining` changes to the end of its request in flight. While `crowded`
/// each answer is a connection's last. `hyper` itself: `axum::serve` in its place costs 1 to 2 µs of CPU a request, 15 %
/// of what it needs in all.
pub(crate) async fn serve<S: Store>(
    stream: TcpStream,
    router: Router<S>,
    mut draining: watch::Receiver<()>,
    crowded: impl Fn() -> bool,
) {
    // Answers are single small writes: nothing for Nagle's algorithm to gather.
    _ = stream.set_nodelay(true);
    let deadline = Deadline::new();
    let service = service_fn(|request| {
        deadline.call();
        let answered = answer(&router, request);
        let crowded = &crowded;
        async move {
            let response = answered.await?;
            Ok::<_, Infallible>(if crowded() { last(response) } else { response })
        }
    });
    let connection = http1::Builder::new()
        // Who has sent all of its request may close its side, and is still answered.
        .half_close(true)
        // As the parser of the Python server has it.
        .allow_multiple_spaces_in_request_line_delimiters(true)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(Timed::new(stream, deadline.clone())), service);
    let mut connection = pin!(connection);
    // A connection's errors are its client's: it has left, or does not speak HTTP.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = deadline.passed(&crowded) => return,
        _ = draining.changed() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = connection => {}
        () = deadline.passed(&crowded) => {}
    }
}

/// Reads a body to its end before a number is used up for its sender.
fn answer<S: Store>(
    router: &Router<S>,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + Send + use<S> {
    let whole = request.body().is_end_stream();
    // A CONNECT names no path.
    let ascii = request.uri().path_and_query().is_some_and(|path| path.as_str().is_ascii());
    let router = router.clone();
    async move {
        if !ascii {
            return Ok(bad_request());
        }
        if whole {
            return router.answer(request).await;
        }
        let (parts, body) = request.into_parts();
        match drain(body).await {
            Ok(()) => router.answer(Request::from_parts(parts, Body::empty())).await,
            Err(refusal) => Ok(refusal),
        }
    }
}
