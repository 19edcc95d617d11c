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
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::body::{LINGER, bad_request, drain, last};
use crate::timed::{Deadline, Timed};

/// The longest head of a request, in bytes; a longer one is a 431. The limit of a balancer is the same:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>.
const LONGEST_HEAD: usize = 64 << 10;

/// How much is read on after a refusal: as much as a body may have.
const LINGER_BYTES: u64 = 1 << 20;

/// Serves one connection to its end, or once `draining` changes to the end of its request in flight. While `crowded`
/// each answer is a connection's last. `hyper` itself: `axum::serve` in its place costs 1 to 2 µs of CPU a request, 15 %
/// of what it needs in all.
pub(crate) async fn serve<S: Store>(
    mut stream: TcpStream,
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
        let (crowded, deadline) = (&crowded, &deadline);
        async move {
            Ok::<_, Infallible>(match answered.await {
                Ok(response) => {
                    deadline.answer();
                    if crowded() { last(response) } else { response }
                }
                Err(refusal) => {
                    deadline.refuse();
                    refusal
                }
            })
        }
    });
    {
        let connection = http1::Builder::new()
            // Who has sent all of its request may close its side, and is still answered.
            .half_close(true)
            // As the parser of the Python server has it.
            .allow_multiple_spaces_in_request_line_delimiters(true)
            .max_header_size(LONGEST_HEAD)
            .max_buf_size(2 * LONGEST_HEAD)
            .serve_connection(TokioIo::new(Timed::new(&mut stream, deadline.clone())), service);
        let mut connection = pin!(connection);
        // A connection's errors are its client's: it has left, or does not speak HTTP.
        let drains = tokio::select! {
            _ = connection.as_mut() => false,
            () = deadline.passed(&crowded) => return,
            _ = draining.changed() => true,
        };
        if drains {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                _ = connection => {}
                () = deadline.passed(&crowded) => return,
            }
        }
    }
    if deadline.is_refused() {
        linger(stream).await;
    }
}

/// Reads on, bounded, after a refusal.
async fn linger(mut stream: TcpStream) {
    _ = stream.shutdown().await;
    let rest = &mut stream.take(LINGER_BYTES);
    _ = timeout(LINGER, tokio::io::copy(rest, &mut tokio::io::sink())).await;
}

/// Reads a body to its end before its sender is answered, with a number or without. The error is a refusal, the
/// connection's last answer.
fn answer<S: Store>(
    router: &Router<S>,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Body>, Response<Body>>> + Send + use<S> {
    let whole = request.body().is_end_stream();
    // A CONNECT names no path.
    let ascii = request.uri().path_and_query().is_some_and(|path| path.as_str().is_ascii());
    let router = router.clone();
    async move {
        if whole && ascii {
            let Ok(response) = router.answer(request).await;
            return Ok(response);
        }
        let (parts, body) = request.into_parts();
        drain(body).await?;
        if !ascii {
            return Err(bad_request());
        }
        let Ok(response) = router.answer(Request::from_parts(parts, Body::empty())).await;
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use counter::{Memory, Update, router};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;
    use tokio::time::Instant;

    use super::*;

    /// A client of a connection, the connection's task, and what keeps it from draining.
    async fn served() -> (TcpStream, JoinHandle<()>, watch::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        // The paused clock does not wait for an acknowledgement.
        client.set_nodelay(true).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (drain, draining) = watch::channel(());
        let task = tokio::spawn(serve(stream, router(Memory::new(0, Update::Atomic)), draining, || false));
        (client, task, drain)
    }

    /// What comes until the connection ends, and the seconds that it takes.
    async fn end_of(client: &mut TcpStream) -> (String, u64) {
        let (mut answer, began) = (Vec::new(), Instant::now());
        // Orderly or by a reset.
        _ = client.read_to_end(&mut answer).await;
        (String::from_utf8(answer).unwrap(), began.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_sends_no_request_is_closed() {
        for (sent, answered, seconds) in [
            ("", "", 75..81),
            ("GET / HTTP/1.1\r\nX", "", 15..21),
            ("GET /hits HTTP/1.1\r\nhost: x\r\n\r\n", "1", 75..81),
            ("GET /hits HTTP/1.1\r\nhost: x\r\n\r\nGET", "1", 75..81),
        ] {
            let (mut client, task, _drain) = served().await;
            client.write_all(sent.as_bytes()).await.unwrap();
            let (answer, took) = end_of(&mut client).await;
            assert!(answer.ends_with(answered) && seconds.contains(&took), "{sent:?}: {answer:?} after {took} s");
            task.await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_comes_a_byte_now_and_then_is_not_waited_for() {
        let (mut client, task, _drain) = served().await;
        let began = Instant::now();
        for byte in std::iter::repeat(b'x') {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            if client.write_all(&[byte]).await.is_err() || task.is_finished() {
                break;
            }
        }
        assert!((15..22).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_arrive_uses_no_number_up() {
        let (mut client, _task, _drain) = served().await;
        client.write_all(b"POST /hits HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx").await.unwrap();
        let (answer, took) = end_of(&mut client).await;
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("connection: close"), "{answer}");
        assert!((30..36).contains(&took), "{took} s");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_was_waited_for_may_take_its_time() {
        let (mut client, _task, _drain) = served().await;
        let head = b"POST /hits HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 25\r\n\r\n";
        client.write_all(head).await.unwrap();
        for _ in 0..25 {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            client.write_all(b"x").await.unwrap();
        }
        let (answer, _) = end_of(&mut client).await;
        assert!(
            answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK") && answer.ends_with('1'),
            "{answer}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_leaves_its_answers_unread_is_not_waited_for() {
        let (mut client, mut task, _drain) = served().await;
        let began = Instant::now();
        // More answers than both sockets' buffers hold.
        let requests = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(10_000);
        tokio::select! {
            _ = client.write_all(&requests) => task.await.unwrap(),
            ended = &mut task => ended.unwrap(),
        }
        assert!((60..82).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    }
}
