//! Requests and answers of arbitrary bytes, at each front of functions. Built by `cargo fuzz` only.

use http::{HeaderName, HeaderValue, Method, Request};

use super::alb::function::{MultiValue, OfFunction};
use super::event::FrontRequest;
use super::function_url::FunctionUrl;
use super::http_api::HttpApi;
use super::invoke::Format;

/// The lines of a request's head, an empty line, its body; after a zero byte, the function's answer.
pub(crate) fn fronts(data: &[u8]) {
    let at = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (request, answer) = (&data[..at], data.get(at + 1..).unwrap_or_default());
    let end = request.windows(2).position(|pair| pair == b"\n\n").unwrap_or(request.len());
    let (head, body) = (&request[..end], request.get(end + 2..).unwrap_or_default());
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut first = lines.next().unwrap_or_default().splitn(2, |byte| *byte == b' ');
    let method = first.next().and_then(|method| Method::from_bytes(method).ok());
    let mut built = Request::builder().method(method.unwrap_or_default()).uri(first.next().unwrap_or(b"/"));
    for line in lines {
        let mut pair = line.splitn(2, |byte| *byte == b':');
        let name = pair.next().and_then(|name| HeaderName::from_bytes(name).ok());
        let value = pair.next().and_then(|value| HeaderValue::from_bytes(value).ok());
        if let (Some(name), Some(value)) = (name, value) {
            built = built.header(name, value);
        }
    }
    let Ok(request) = built.body(()) else { return };
    let (head, ()) = request.into_parts();
    one(&HttpApi, &head, body, answer);
    one(&FunctionUrl, &head, body, answer);
    one(&OfFunction(MultiValue::Off), &head, body, answer);
    one(&OfFunction(MultiValue::On), &head, body, answer);
}

fn one<F: Format>(front: &F, head: &http::request::Parts, body: &[u8], answer: &[u8]) {
    let received = head.headers.get("x-amzn-trace-id").and_then(|trace| trace.to_str().ok());
    let (id, trace) = (front.id(uuid::Uuid::nil()), front.trace(received));
    let peer = ([127, 0, 0, 1], 80).into();
    let event = front.event(&FrontRequest { head, body, peer, id: &id, trace: &trace });
    serde_json::from_slice::<serde_json::Value>(&event).expect("an event is JSON");
    if let Some(mut response) = front.answer(answer, &head.method) {
        front.label(&id, &trace, &mut response);
    }
}
