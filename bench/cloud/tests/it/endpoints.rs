//! What every endpoint of the cloud has in common: whom it answers, and that nothing sent to it makes it hang or fail.

use std::time::Duration;

use cloud::dynamodb::DynamoDb;
use cloud::front::alb::{self, function::MultiValue};
use cloud::front::{Front, function_url, http_api};
use cloud::s3::S3;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::lambda_support::Fixture;

/// Sends bytes and reads what comes until the endpoint closes, or `wait` has passed.
async fn send(address: &str, bytes: &[u8], wait: Duration) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // An endpoint may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = timeout(wait, stream.read_to_end(&mut answer)).await;
    answer
}

async fn ask(address: &str, request: &str) -> String {
    String::from_utf8_lossy(&send(address, request.as_bytes(), Duration::from_secs(20)).await).into_owned()
}

struct Endpoints {
    s3: S3,
    dynamodb: DynamoDb,
    lambda: Fixture,
    fronts: [Front; 3],
}

impl Endpoints {
    async fn start() -> Self {
        let lambda = Fixture::new().await;
        let function = || lambda.function.clone();
        let fronts = [
            http_api::serve(function()).await.unwrap(),
            function_url::serve(function()).await.unwrap(),
            alb::function::serve(function(), MultiValue::Off).await.unwrap(),
        ];
        Self { s3: S3::start().await.unwrap(), dynamodb: DynamoDb::start().await.unwrap(), lambda, fronts }
    }

    /// The stores'.
    fn addresses(&self) -> [String; 2] {
        [self.s3.address().to_string(), self.dynamodb.address().to_string()]
    }

    /// Every endpoint's: the stores', Lambda's, that of the Runtime API of an environment, the fronts' of functions.
    async fn all(&self) -> Vec<String> {
        let runtime = self.lambda.body("").await["environment"]["AWS_LAMBDA_RUNTIME_API"].clone();
        let own = [self.lambda.lambda.endpoint().replace("http://", ""), runtime.as_str().unwrap().to_owned()];
        let fronts = self.fronts.iter().map(|front| front.address().to_string());
        self.addresses().into_iter().chain(own).chain(fronts).collect()
    }
}

#[tokio::test]
async fn a_page_of_another_origin_gets_403_in_the_services_form_and_no_permission() {
    let endpoints = Endpoints::start().await;
    let forms = [
        "<Code>AccessDenied</Code>",
        "AccessDeniedException",
        "AccessDeniedException",
        "Forbidden",
        r#"{"message":"Forbidden"}"#,
        r#"{"Message":"Forbidden"}"#,
        "<h1>403 Forbidden</h1>",
    ];
    let addresses = endpoints.all().await;
    assert_eq!(addresses.len(), forms.len());
    for (address, form) in addresses.iter().zip(forms) {
        for foreign in [
            format!("Host: {address}\r\nOrigin: http://evil.example\r\n"),
            format!("Host: {address}\r\nOrigin: null\r\n"),
            "Host: evil.example\r\nUser-Agent: Mozilla/5.0\r\n".to_owned(),
            format!("Host: {address}\r\nSec-Fetch-Site: cross-site\r\n"),
        ] {
            for method in ["OPTIONS", "GET", "POST"] {
                let head = format!(
                    "{method} / HTTP/1.1\r\n{foreign}Access-Control-Request-Method: POST\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                let answer = ask(address, &head).await;
                assert!(answer.starts_with("HTTP/1.1 403"), "{head}{answer}");
                assert!(answer.contains(form), "{answer}");
                assert!(!answer.to_lowercase().contains("access-control-allow"), "{answer}");
            }
        }
        let own = format!("GET / HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: close\r\n\r\n");
        let answer = ask(address, &own).await;
        assert!(!answer.to_lowercase().contains("access-control-allow"), "{answer}");
    }
}

#[tokio::test]
async fn a_refused_request_is_answered_after_its_body_whatever_its_size() {
    let endpoints = Endpoints::start().await;
    for address in endpoints.addresses() {
        for size in [10_000, 1_000_000, 20_000_000] {
            for _ in 0..5 {
                let mut stream = TcpStream::connect(&address).await.unwrap();
                let head = format!("PUT /nowhere/key HTTP/1.1\r\nHost: {address}\r\nContent-Length: {size}\r\n\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(&vec![b'x'; size]).await.expect("the endpoint reads the whole body");
                let mut answer = [0; 12];
                stream.read_exact(&mut answer).await.unwrap();
                let shown = String::from_utf8_lossy(&answer);
                assert!(answer.starts_with(b"HTTP/1.1 4"), "{size} bytes to {address}: {shown}");
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_can_be_read_by_a_client_that_still_sends_what_is_no_request() {
    let endpoints = Endpoints::start().await;
    for address in endpoints.all().await {
        let head = format!("POST / HTTP/1.1\r\nHost: {address}\r\n");
        for (request, status) in [
            ("hello\r\n\r\n".to_owned(), "400"),
            (format!("{head}{}Content-Length: 500000\r\n\r\n", "X: y\r\n".repeat(101)), "431"),
            (format!("{head}Origin: null\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"), "403"),
        ] {
            let mut stream = TcpStream::connect(&address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).await.unwrap();
            let answer = String::from_utf8_lossy(&answer).into_owned();
            assert_eq!(&answer[9..], status, "{address}: {request:?}");
            for _ in 0..5 {
                stream.write_all(&[b'x'; 100_000]).await.expect("what follows is read");
            }
            stream.shutdown().await.unwrap();
            let end = stream.read_to_end(&mut Vec::new()).await;
            assert!(end.is_ok(), "{address}: {request:?}: {end:?}");
        }
    }
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_for_its_body_is_refused_without_it() {
    let endpoints = Endpoints::start().await;
    for address in endpoints.addresses() {
        let head = format!(
            "PUT /nowhere/key HTTP/1.1\r\nHost: {address}\r\nOrigin: null\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n"
        );
        assert!(ask(&address, &head).await.starts_with("HTTP/1.1 403"));
    }
    // Whether a body follows nobody knows, so the connection ends: the next request would be read as one.
    let address = endpoints.s3.address();
    let head = format!("PUT /box/key HTTP/1.1\r\nHost: {address}\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    let answer = ask(&address.to_string(), &head).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("connection: close"), "{answer}");
}

/// The fronts are held to it in `front_table`.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_closed_client_is_answered() {
    let endpoints = Endpoints::start().await;
    let lambda = endpoints.lambda.lambda.endpoint().replace("http://", "");
    for address in endpoints.addresses().into_iter().chain([lambda]) {
        for _ in 0..50 {
            let mut stream = TcpStream::connect(&address).await.unwrap();
            let request = format!("GET /2015-03-31/functions/ HTTP/1.1\r\nHost: {address}\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut answer = Vec::new();
            timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 "), "{address}: {}", String::from_utf8_lossy(&answer));
        }
    }
}

/// Requests that break a rule, each with what may be answered: a status, or nothing but an end.
fn malformed() -> Vec<Vec<u8>> {
    let mut requests: Vec<Vec<u8>> = [
        "\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET /%zz/%00%ff HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /?a=%zz&&=&;==% HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: AWS4-HMAC-SHA256 Credential=////, SignedHeaders=;;, Signature=\r\n\r\n",
        "PUT /box/a HTTP/1.1\r\nHost: a\r\nx-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\nx-amz-decoded-content-length: -5\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nx-amz-target: DynamoDB_20120810.GetItem\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 5\r\n\r\n[[[[[",
        "POST / HTTP/1.1\r\nHost: a\r\nx-amz-target: DynamoDBStreams_20120810.DescribeStream\r\nContent-Length: 4\r\n\r\nnull",
        "POST / HTTP/1.1\r\nHost: a\r\nx-amz-target: DynamoDBStreams_20120810.GetShardIterator\r\nContent-Length: 2\r\n\r\n{}",
    ]
    .map(|request| request.as_bytes().to_vec())
    .to_vec();
    requests.push(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec());
    requests.push([b"GET / HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n".as_slice(), &[0; 10]].concat());
    requests.push([b"GET /".as_slice(), &vec![b'a'; 300_000], b" HTTP/1.1\r\n\r\n"].concat());
    requests.push([b"GET / HTTP/1.1\r\n".as_slice(), &b"a: b\r\n".repeat(100_000), b"\r\n"].concat());
    requests
}

#[tokio::test]
async fn malformed_requests_are_refused_or_closed_and_the_endpoint_goes_on() {
    let endpoints = Endpoints::start().await;
    let mut checks = tokio::task::JoinSet::new();
    for address in endpoints.all().await {
        checks.spawn(goes_on(address));
    }
    while let Some(checked) = checks.join_next().await {
        checked.unwrap();
    }
}

/// Sends one endpoint all of them.
async fn goes_on(address: String) {
    for request in malformed() {
        let answer = send(&address, &request, Duration::from_secs(1)).await;
        let shown = String::from_utf8_lossy(&answer[..answer.len().min(200)]).into_owned();
        let status = shown.strip_prefix("HTTP/1.1 ").or(shown.strip_prefix("HTTP/1.0 ")).map(|rest| &rest[..1]);
        let sent = String::from_utf8_lossy(&request[..request.len().min(90)]).into_owned();
        assert!(matches!(status, None | Some("2" | "4") | Some("5")), "{sent}: {shown}");
        assert!(!shown.contains(" 500 "), "{sent}: {shown}");
    }
    let alive = ask(&address, &format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")).await;
    assert!(alive.starts_with("HTTP/1.1 "), "{alive}");
}

#[tokio::test]
async fn an_endless_head_is_cut_off() {
    let endpoints = Endpoints::start().await;
    for address in endpoints.all().await {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        let line =
            b"x-endless: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(100);
        let mut sent = 0;
        let cut_off = async {
            while stream.write_all(&line).await.is_ok() {
                sent += line.len();
                assert!(sent < 64 * 1024 * 1024, "the endpoint keeps reading");
            }
        };
        timeout(Duration::from_secs(20), cut_off).await.expect("the connection is closed");
    }
}

/// Longer than any endpoint waits: the Runtime API 16 min, as long as a function may run.
const PATIENCE: Duration = Duration::from_secs(17 * 60);

/// In virtual time, which passes as soon as everybody waits.
#[tokio::test]
async fn a_client_that_sends_nothing_half_a_head_or_half_a_body_is_not_waited_for() {
    let endpoints = Endpoints::start().await;
    let addresses = endpoints.all().await;
    tokio::time::pause();
    for address in addresses {
        for sent in [
            String::new(),
            "GET / HT".to_owned(),
            format!("GET / HTTP/1.1\r\nHost: {address}\r\n"),
            format!("POST / HTTP/1.1\r\nHost: {address}\r\nContent-Length: 1000\r\n\r\nhalf"),
            format!("POST / HTTP/1.1\r\nHost: {address}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf"),
        ] {
            let mut stream = TcpStream::connect(&address).await.unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
            let ended = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
            assert!(ended.is_ok(), "{address} waits on after {sent:?}");
        }
    }
}

/// Mutations of whole requests, by a fixed seed: what a fuzzer would send for some seconds.
#[tokio::test]
async fn requests_with_random_bytes_changed_are_answered_or_closed() {
    let endpoints = Endpoints::start().await;
    let mut random = fastrand::Rng::with_seed(1);
    let mut seeds = malformed();
    seeds.retain(|request| request.len() < 1000);
    for address in endpoints.all().await {
        for _ in 0..120 {
            let mut request = seeds[random.usize(..seeds.len())].clone();
            for _ in 0..random.usize(1..6) {
                let at = random.usize(..request.len());
                match random.u8(..3) {
                    0 => request[at] = random.u8(..),
                    1 => request.insert(at, random.u8(..)),
                    _ => drop(request.remove(at)),
                }
                if request.is_empty() {
                    break;
                }
            }
            let answer = send(&address, &request, Duration::from_millis(20)).await;
            assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."), "{answer:?}");
        }
        let alive = ask(&address, &format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")).await;
        assert!(alive.starts_with("HTTP/1.1 "), "{alive}");
    }
}
