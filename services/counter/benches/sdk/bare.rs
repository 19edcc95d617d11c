//! The floor: the request that the store sends, its JSON written by hand, signed with Signature
//! Version 4 by hand, over a kept-alive hyper connection; and nothing of what makes a client
//! (retries, timeouts, errors).

use std::net::SocketAddr;
use std::time::SystemTime;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;

pub(crate) const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub(crate) const REGION: &str = "eu-west-2";
pub(crate) const TABLE: &str = "counters";
pub(crate) const KEY: &str = "hits";

const TARGET: &str = "DynamoDB_20120810.UpdateItem";
const TYPE: &str = "application/x-amz-json-1.0";
const SIGNED: &str = "content-type;host;x-amz-date;x-amz-target";

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
        let body = format!(
            r#"{{"TableName":"{TABLE}","Key":{{"id":{{"S":"{KEY}"}}}},"UpdateExpression":"ADD hits :n","ExpressionAttributeValues":{{":n":{{"N":"1"}}}},"ReturnValues":"UPDATED_NEW"}}"#
        );
        let time = timestamp(SystemTime::now());
        let request = Request::post("/")
            .header("host", &self.host)
            .header("content-type", TYPE)
            .header("x-amz-date", &time)
            .header("x-amz-target", TARGET)
            .header("authorization", authorization(&self.host, &time, body.as_bytes()))
            .body(Full::from(body))
            .expect("the parts are valid");
        let response = self.sender.send_request(request).await.expect("the peer answers");
        let body = response.into_body().collect().await.expect("the peer answers").to_bytes();
        let text = std::str::from_utf8(&body).expect("JSON is UTF-8");
        let (_, count) = text.split_once(r#""N":""#).expect("the answer has a number");
        count.trim_end_matches(['"', '}']).parse().expect("the number is a count")
    }
}

/// The value of `authorization`:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>
fn authorization(host: &str, time: &str, body: &[u8]) -> String {
    let date = &time[..8];
    let canonical = format!(
        "POST\n/\n\ncontent-type:{TYPE}\nhost:{host}\nx-amz-date:{time}\nx-amz-target:{TARGET}\n\n{SIGNED}\n{}",
        hex(&Sha256::digest(body))
    );
    let scope = format!("{date}/{REGION}/dynamodb/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let key = [date, REGION, "dynamodb", "aws4_request"]
        .iter()
        .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| hmac(&key, part.as_bytes()).to_vec());
    let signature = hex(&hmac(&key, to_sign.as_bytes()));
    format!("AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={SIGNED}, Signature={signature}")
}

/// HMAC with SHA-256 (RFC 2104); no key here is longer than its block.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// As `20261125T031923Z`. The date by Howard Hinnant's `civil_from_days`.
fn timestamp(now: SystemTime) -> String {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).expect("the clock is past 1970").as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}
