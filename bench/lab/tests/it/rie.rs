//! The functions under AWS's own runtime interface emulator, where it is installed.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use cloud::{Cloud, CloudConfig};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use require::require;
use ways::{Store, Way};

use crate::support::{Guarded, artifact, free_port, on_path, runtime, until};

/// The emulator: named by `LAB_RIE`, or on the path.
fn emulator() -> Result<PathBuf, &'static str> {
    let found = std::env::var_os("LAB_RIE").map(PathBuf::from).or_else(|| on_path("aws-lambda-rie"));
    found.ok_or("AWS's runtime interface emulator is in PyPI's aws-sam-cli: set LAB_RIE to it")
}

/// An HTTP API event of `GET /hits`, payload format 2.0.
fn event() -> Bytes {
    Bytes::from(
        serde_json::json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/hits", "rawQueryString": "",
            "headers": {"host": "localhost"},
            "requestContext": {
                "accountId": "123456789012", "apiId": "api", "domainName": "localhost", "domainPrefix": "localhost",
                "http": {"method": "GET", "path": "/hits", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"},
                "requestId": "id", "routeKey": "$default", "stage": "$default",
                "time": "12/Mar/2020:19:03:58 +0000", "timeEpoch": 1_583_348_638_390_u64
            },
            "isBase64Encoded": false
        })
        .to_string(),
    )
}

async fn check(emulator: &PathBuf, store: Store) {
    let way: Way = format!("lambda-{store}").parse().expect("a way");
    let cloud = Cloud::start(CloudConfig::default()).await.expect("the local cloud");
    let artifact = artifact(way).await;
    let folder = tempfile::tempdir().expect("a folder");
    cloud::lambda::unpack(artifact.package(), folder.path()).expect("unpacked");
    let (port, api_port) = (free_port(), free_port());
    // Deployed for its table or bucket, which the emulator's function then counts in.
    let deployment = cloud.deploy(way, &artifact).await.expect("deployed");
    let child = Command::new(emulator)
        .args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{port}")])
        .args(["--runtime-api-address", &format!("127.0.0.1:{api_port}")])
        .arg(folder.path().join("bootstrap"))
        .envs(deployment.environment())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the emulator starts");
    let _emulator = Guarded(child);
    until("the emulator listens", Duration::from_secs(10), || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    // One call at a time: the emulator crashes on two.
    for number in 1..=20 {
        let request = http::Request::post(format!("http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"))
            .body(Full::new(event()))
            .expect("a request");
        let answer = client.request(request).await.expect("an answer").into_body().collect().await.expect("a body");
        let answer: serde_json::Value = serde_json::from_slice(&answer.to_bytes()).expect("JSON");
        assert_eq!(answer["statusCode"], 200, "{answer}");
        assert_eq!(answer["body"], number.to_string(), "{answer}");
        assert_eq!(answer["headers"]["cache-control"], "no-store", "{answer}");
    }
    deployment.stop().await;
    cloud.shutdown().await;
}

#[test]
fn the_functions_count_under_awss_own_emulator() {
    let Some(emulator) = require("rie", emulator()) else { return };
    runtime().block_on(async {
        check(&emulator, Store::Dynamodb).await;
        check(&emulator, Store::S3).await;
    });
}
