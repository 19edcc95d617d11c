//! The Application Load Balancer before a server: what passes, what changes, what it answers by itself.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use cloud::front::Front;
use cloud::front::Target;
use cloud::front::alb::{self, AlbConfig};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::lambda_support::{refuses, soon};

const IDLE: Duration = Duration::from_millis(300);

async fn alb_before(target: &Target) -> Front {
    alb::serve(AlbConfig { idle_timeout: IDLE }, target.clone()).await.unwrap()
}

/// A server that answers with the request as it saw it, and the number of connections it took.
async fn mirror() -> (Target, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::default();
    target.set(Some(listener.local_addr().unwrap()));
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(reflect)));
        }
    });
    (target, connections)
}

async fn reflect(request: Request<Incoming>) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    if request.uri().path() == "/chunked" {
        return Ok(Response::new(Parts(["one,", "two"].into()).boxed()));
    }
    let mut seen = format!("{} {}\n", request.method(), request.uri());
    let mut headers: Vec<String> =
        request.headers().iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap())).collect();
    headers.sort();
    seen.extend(headers);
    seen.push_str(str::from_utf8(&request.into_body().collect().await.unwrap().to_bytes()).unwrap());
    let response = Response::builder().header("keep-alive", "timeout=5").header("x-kept", "yes");
    Ok(response.body(Full::from(seen).boxed()).unwrap())
}

/// A body of unknown length, in parts.
struct Parts(VecDeque<&'static str>);

impl Body for Parts {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|part| Ok(Frame::data(Bytes::from(part)))))
    }
}

/// A target that reads a request's beginning, says `answer`, and closes or waits.
async fn scripted(answer: &'static str, then: Then) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::default();
    target.set(Some(listener.local_addr().unwrap()));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                stream.write_all(answer.as_bytes()).await.unwrap();
                match then {
                    Then::Close => {}
                    Then::Wait => tokio::time::sleep(Duration::from_secs(60)).await,
                }
            });
        }
    });
    target
}

#[derive(Clone, Copy)]
enum Then {
    Close,
    Wait,
}

/// Says `request` over one connection and gives all that comes back until the balancer closes it.
async fn say(alb: &Front, request: &str) -> String {
    let mut stream = TcpStream::connect(alb.url().trim_start_matches("http://")).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut all)).await.expect("closed in time");
    String::from_utf8(all).unwrap()
}

async fn get(alb: &Front, path: &str) -> String {
    say(alb, &format!("GET {path} HTTP/1.1\r\nhost: app.example\r\nconnection: close\r\n\r\n")).await
}

fn status(response: &str) -> u16 {
    response.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{response:?}"))
}

#[tokio::test]
async fn a_call_passes_with_forwarded_headers_and_without_those_of_the_connection() {
    let (target, _) = mirror().await;
    let alb = alb_before(&target).await;
    let port = alb.url().rsplit(':').next().unwrap().to_owned();
    let answer = say(
        &alb,
        "POST /hits?a=%20b HTTP/1.1\r\nhost: app.example\r\nconnection: close, x-mine\r\nx-mine: 1\r\n\
         keep-alive: 1\r\nte: trailers\r\nupgrade: h2c\r\nproxy-authorization: x\r\nx-forwarded-for: 192.0.2.1\r\n\
         x-forwarded-proto: https\r\ncontent-length: 5\r\n\r\nhello",
    )
    .await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(status(head), 200);
    assert!(head.contains("x-kept: yes") && !head.contains("keep-alive"), "{head}");
    let trace = body.lines().find(|line| line.starts_with("x-amzn-trace-id: ")).unwrap().to_owned();
    let root = trace.strip_prefix("x-amzn-trace-id: Root=1-").unwrap();
    assert_eq!(root.split('-').map(str::len).collect::<Vec<_>>(), [8, 24]);
    assert_eq!(
        body,
        format!(
            "POST /hits?a=%20b\ncontent-length: 5\nhost: app.example\n{trace}\n\
             x-forwarded-for: 192.0.2.1, 127.0.0.1\nx-forwarded-port: {port}\nx-forwarded-proto: http\nhello"
        )
    );
}

#[tokio::test]
async fn a_trace_is_continued_with_this_hop() {
    let (target, _) = mirror().await;
    let alb = alb_before(&target).await;
    let request =
        "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-amzn-trace-id: Self=1-a-b;Root=1-c-d;X=y\r\n\r\n";
    let answer = say(&alb, request).await;
    let trace = answer.lines().find(|line| line.starts_with("x-amzn-trace-id: Self=1-")).unwrap();
    assert!(trace.ends_with(";Root=1-c-d;X=y") && !trace.contains("1-a-b"), "{trace}");
}

#[tokio::test]
async fn a_chunked_body_passes_each_way() {
    let (target, _) = mirror().await;
    let alb = alb_before(&target).await;
    let answer = say(
        &alb,
        "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )
    .await;
    assert!(answer.ends_with("hello"), "{answer}");
    let answer = get(&alb, "/chunked").await;
    assert!(answer.contains("transfer-encoding: chunked"), "{answer}");
    assert!(answer.ends_with("4\r\none,\r\n3\r\ntwo\r\n0\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn a_head_has_the_length_and_no_body() {
    let (target, _) = mirror().await;
    let alb = alb_before(&target).await;
    let answer = say(&alb, "HEAD / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert_eq!(status(&answer), 200);
    assert!(answer.ends_with("\r\n\r\n") && answer.contains("content-length: "), "{answer}");
}

#[tokio::test]
async fn calls_one_after_another_share_a_connection_to_the_target() {
    let (target, connections) = mirror().await;
    let alb = alb_before(&target).await;
    for _ in 0..10 {
        assert_eq!(status(&get(&alb, "/").await), 200);
        assert_eq!(status(&get(&alb, "/chunked").await), 200);
        assert_eq!(status(&say(&alb, "HEAD / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await), 200);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_target_that_moves_is_found() {
    let (target, _) = mirror().await;
    let alb = alb_before(&target).await;
    assert_eq!(status(&get(&alb, "/").await), 200);
    let (moved, connections) = mirror().await;
    target.set(None);
    assert_eq!(status(&get(&alb, "/").await), 503);
    target.set(moved.address());
    assert_eq!(status(&get(&alb, "/").await), 200);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_connection_that_the_target_closed_meanwhile_is_not_used() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::default();
    target.set(Some(listener.local_addr().unwrap()));
    let alb = alb_before(&target).await;
    let answer_and_close = async || {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        stream.shutdown().await.unwrap();
        // The balancer has noticed when it has closed its side.
        assert_eq!(stream.read(&mut [0; 16]).await.unwrap(), 0);
    };
    for _ in 0..5 {
        let (answer, ()) = soon(async { tokio::join!(get(&alb, "/"), answer_and_close()) }).await;
        assert_eq!(status(&answer), 200);
    }
}

#[tokio::test]
async fn a_target_that_fails_is_answered_for() {
    let refusing = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Target::default();
        target.set(Some(listener.local_addr().unwrap()));
        target
    };
    for (target, expected, title) in [
        (Target::default(), 503, "503 Service Temporarily Unavailable"),
        (refusing, 502, "502 Bad Gateway"),
        (scripted("", Then::Close).await, 502, "502 Bad Gateway"),
        (scripted("SSH-2.0-OpenSSH\r\n", Then::Close).await, 502, "502 Bad Gateway"),
        (scripted("", Then::Wait).await, 504, "504 Gateway Time-out"),
    ] {
        let alb = alb_before(&target).await;
        let answer = get(&alb, "/").await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(status(head), expected);
        assert!(head.contains("server: awselb/2.0") && head.contains("content-type: text/html"), "{head}");
        assert_eq!(
            body,
            format!(
                "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
                 </body>\r\n</html>\r\n"
            )
        );
    }
}

#[tokio::test]
async fn a_body_that_stalls_or_breaks_ends_the_connection() {
    for head in ["content-length: 10\r\n\r\n", "transfer-encoding: chunked\r\n\r\n4\r\n"] {
        for then in [Then::Close, Then::Wait] {
            let answer = format!("HTTP/1.1 200 OK\r\n{head}half\r\n").leak();
            let alb = alb_before(&scripted(answer, then).await).await;
            let answer = get(&alb, "/").await;
            assert_eq!(status(&answer), 200);
            assert!(answer.contains("half") && !answer.ends_with("0\r\n\r\n"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_request_that_ends_within_its_body_is_a_bad_one() {
    let (target, _) = mirror().await;
    let alb = alb_before(&target).await;
    for body in ["content-length: 10\r\n\r\nhalf", "transfer-encoding: chunked\r\n\r\na\r\nhalf"] {
        let mut stream = TcpStream::connect(alb.url().trim_start_matches("http://")).await.unwrap();
        stream.write_all(format!("POST / HTTP/1.1\r\nhost: app.example\r\n{body}").as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_string(&mut answer));
        read.await.expect("answered and closed").unwrap();
        assert_eq!(status(&answer), 400, "{body}");
    }
}

#[tokio::test]
async fn what_no_balancer_passes_is_refused() {
    let (target, connections) = mirror().await;
    let alb = alb_before(&target).await;
    for (request, expected) in [
        ("TRACE / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", 405),
        ("GET / HTTP/1.1\r\nconnection: close\r\n\r\n", 400),
        ("no http\r\n\r\n", 400),
    ] {
        assert_eq!(status(&say(&alb, request).await), expected, "{request}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_idle_caller_is_disconnected() {
    let (target, _) = mirror().await;
    let alb = alb_before(&target).await;
    assert_eq!(say(&alb, "").await, "");
}

#[tokio::test]
async fn a_stop_answers_what_is_under_way() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::default();
    target.set(Some(listener.local_addr().unwrap()));
    let alb = alb::serve(AlbConfig::default(), target).await.unwrap();
    let url = alb.url();
    let mut caller = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    caller.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let (mut asked, _) = listener.accept().await.unwrap();
    let stopped = tokio::spawn(alb.shutdown());
    refuses(&url).await;
    assert!(asked.read(&mut [0; 4096]).await.unwrap() > 0);
    asked.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
    let mut all = Vec::new();
    caller.read_to_end(&mut all).await.unwrap();
    assert!(all.ends_with(b"ok"));
    stopped.await.unwrap();
}
