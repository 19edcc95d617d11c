//! Payload format 2.0, which the HTTP API and function URLs share.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::borrow::Cow;

use bytes::Bytes;
use http::{
    Method, Response, Version,
    header::{CONTENT_TYPE, COOKIE, HeaderValue, USER_AGENT},
};
use http_body_util::Full;
use serde_json::Value;
use uuid::Uuid;

use super::{
    event::{Json, all_values, decode_form, headers, host, now, query_pairs, value_text},
    invoke::FrontRequest,
    response::{DefaultType, FunctionAnswer},
};

/// The event of a request. `identity` is the front's own part of the request context: account, API, domain
/// prefix, as JSON members.
pub(super) fn event(request: &FrontRequest<'_>, identity: &str) -> Vec<u8> {
    let (head, query) = (request.head, request.head.uri.query().unwrap_or(""));
    let path = head.uri.path();
    let mut json = Json::new(request.body.len() * 4 / 3);
    json.raw(r#"{"version":"2.0","routeKey":"$default","rawPath":"#).string(path);
    json.raw(r#","rawQueryString":"#).string(query);
    if head.headers.contains_key(COOKIE) {
        json.raw(r#","cookies":["#);
        let lines = head.headers.get_all(COOKIE).iter().map(value_text);
        for (n, line) in lines.enumerate() {
            for (m, cookie) in line.split(';').map(str::trim).filter(|cookie| !cookie.is_empty()).enumerate() {
                json.raw(if n + m == 0 { "" } else { "," }).string(cookie);
            }
        }
        json.raw("]");
    }
    json.raw(r#","headers":{"#).members(headers(request, all_values, Some(COOKIE))).raw("}");
    if !query.is_empty() {
        json.raw(r#","queryStringParameters":{"#).members(joined(query)).raw("}");
    }
    let host = host(&head.headers);
    let (time_epoch, time) = now();
    json.raw(r#","requestContext":{"#).raw(identity);
    json.raw(r#","domainName":"#).string(host.rsplit_once(':').map_or(host, |(name, _)| name));
    json.raw(r#","http":{"method":"#).string(head.method.as_str()).raw(r#","path":"#).string(path);
    json.raw(if head.version == Version::HTTP_10 { r#","protocol":"HTTP/1.0""# } else { r#","protocol":"HTTP/1.1""# });
    json.raw(r#","sourceIp":""#).display(request.peer.ip());
    json.raw(r#"","userAgent":"#).string(&head.headers.get(USER_AGENT).map(value_text).unwrap_or_default());
    json.raw(r#"},"requestId":""#).display(Uuid::new_v4());
    json.raw(r#"","routeKey":"$default","stage":"$default","time":""#).display(time);
    json.raw(r#"","timeEpoch":"#).display(time_epoch).raw("},");
    if request.body.is_empty() {
        json.raw(r#""isBase64Encoded":false"#);
    } else {
        json.body(&head.headers, request.body);
    }
    json.raw("}");
    json.done()
}

/// Decoded, and with the values of a name that comes several times joined by commas.
fn joined(query: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let mut pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    for (name, value) in query_pairs(query) {
        let (name, value) = (decode_form(name), decode_form(value));
        match pairs.iter_mut().find(|(other, _)| *other == name) {
            Some((_, before)) => *before = format!("{before},{value}").into(),
            None => pairs.push((name, value)),
        }
    }
    pairs
}

/// What an answer says: with a `statusCode` it describes a response, without one it is the body of one.
pub(super) fn answer(payload: &[u8], method: &Method, default_type: DefaultType) -> Option<Response<Full<Bytes>>> {
    match serde_json::from_slice::<FunctionAnswer>(payload) {
        Ok(answer) if !answer.status_code.is_null() => answer.into_response(method, default_type, true),
        Ok(_) | Err(_) => inferred(payload),
    }
}

/// Any JSON without a `statusCode` is a body of its own; a string is sent without its quotes.
fn inferred(payload: &[u8]) -> Option<Response<Full<Bytes>>> {
    let body = match serde_json::from_slice(payload).ok()? {
        Value::Object(members) if members.get("statusCode").is_some_and(|code| !code.is_null()) => return None,
        Value::String(text) => Bytes::from(text),
        _ => Bytes::copy_from_slice(payload),
    };
    let mut response = Response::new(Full::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Some(response)
}
