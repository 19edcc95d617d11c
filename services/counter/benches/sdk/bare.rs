//! The floor: the request that the store sends, signed, over a kept-alive hyper connection; and nothing of what makes a
//! client (retries, timeouts, errors).

use std::net::SocketAddr;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

pub(crate) const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub(crate) const REGION: &str = "eu-west-2";
pub(crate) const TABLE: &str = "counters";
pub(crate) const KEY: &str = "hits";

const TARGET: &str = "DynamoDB_20120810.UpdateItem";
const TYPE: &str = "application/x-amz-json-1.0";

/// A connection.
pub(crate) struct Bare {
    host: String,
    sender: SendRequest<Full<Bytes>>,
}

impl Bare {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the peer listens");
        stream.set_nodelay(true).expect("a connected socket");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("the peer speaks HTTP");
        tokio::spawn(connection);
        Self { host: address.to_string(), sender }
    }

    pub(crate) async fn add(&mut self) -> u64 {
        let response = self.sender.send_request(request(&self.host)).await.expect("the peer answers");
        let body = response.into_body().collect().await.expect("the peer answers").to_bytes();
        let answer: Value = serde_json::from_slice(&body).expect("the answer is JSON");
        let count = answer["Attributes"]["hits"]["N"].as_str().and_then(|count| count.parse().ok());
        count.expect("the answer has a count")
    }
}

fn request(host: &str) -> Request<Full<Bytes>> {
    let body = json!({
        "TableName": TABLE,
        "Key": { "id": { "S": KEY } },
        "UpdateExpression": "ADD hits :n",
        "ExpressionAttributeValues": { ":n": { "N": "1" } },
        "ReturnValues": "UPDATED_NEW",
    });
    let body = body.to_string();
    let headers = [("host", host), ("content-type", TYPE), ("x-amz-target", TARGET)];
    let identity = Credentials::new(KEY_ID, SECRET, None, None, "bench").into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("dynamodb")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .expect("nothing is missing")
        .into();
    let url = format!("http://{host}/");
    let signable = SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(body.as_bytes()));
    let (signature, _) =
        sign(signable.expect("the parts are valid"), &parameters).expect("the keys are valid").into_parts();
    let mut request = Request::post(&url);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let mut request = request.body(Full::from(body)).expect("the parts are valid");
    signature.apply_to_request_http1x(&mut request);
    *request.uri_mut() = Uri::from_static("/");
    request
}
