//! Payload format 2.0, which the HTTP API and function URLs share, and in what they differ.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>. Each rule's source is in `tests/it/fronts.toml`.

use std::borrow::Cow;

use http::Version;
use http::header::{COOKIE, USER_AGENT};
use serde::Serialize;

use super::event::{
    Body, FrontRequest, Headers, Members, decode_form, headers, host, now, percent_decode, query_pairs,
};
use super::event::{value_text, write};

/// In what the two fronts differ.
pub(super) struct Rules {
    pub(super) account: &'static str,
    /// Of the API or the URL, and of its name's first label.
    pub(super) api: &'static str,
    /// Whether `rawPath` is percent-decoded.
    pub(super) decode_raw_path: bool,
    pub(super) headers: Headers,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'static str,
    raw_path: Cow<'a, str>,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<Vec<Cow<'a, str>>>,
    headers: Members<'a, Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_string_parameters: Option<Members<'a, Cow<'a, str>>>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a Body<'a>>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'static str,
    api_id: &'static str,
    domain_name: &'a str,
    domain_prefix: &'static str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'static str,
    stage: &'static str,
    time: String,
    time_epoch: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'static str,
    source_ip: String,
    user_agent: Cow<'a, str>,
}

/// The event of a request.
pub(super) fn event(request: &FrontRequest<'_>, rules: &Rules) -> Vec<u8> {
    let (head, query) = (request.head, request.head.uri.query().unwrap_or(""));
    let decoded = decoded_path(head.uri.path());
    let body = Body::new(&head.headers, request.body);
    let (time_epoch, time) = now();
    let decode = |(name, value)| (decode_form(name), decode_form(value));
    let event = Event {
        version: "2.0",
        route_key: "$default",
        raw_path: if rules.decode_raw_path { Cow::Borrowed(&*decoded) } else { head.uri.path().into() },
        raw_query_string: query,
        cookies: head.headers.contains_key(COOKIE).then(|| cookies(request)),
        headers: Members::<()>::joined(headers(request, &rules.headers)),
        query_string_parameters: (!query.is_empty()).then(|| Members::<()>::joined(query_pairs(query).map(decode))),
        request_context: Context {
            account_id: rules.account,
            api_id: rules.api,
            domain_name: host_name(host(&head.headers)),
            domain_prefix: rules.api,
            http: Http {
                method: head.method.as_str(),
                path: &decoded,
                protocol: if head.version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" },
                source_ip: request.peer.ip().to_string(),
                user_agent: head.headers.get(USER_AGENT).map(value_text).unwrap_or_default(),
            },
            request_id: request.id,
            route_key: "$default",
            stage: "$default",
            time,
            time_epoch,
        },
        body: (!request.body.is_empty()).then_some(&body),
        is_base64_encoded: body.is_base64(),
    };
    write(&event, request.body)
}

/// Decoded, and cut where a decoded `?` stands: <https://github.com/hotsock/voker/pull/8>, as reported in
/// <https://github.com/middleapi/standard-server/pull/93>.
fn decoded_path(path: &str) -> Cow<'_, str> {
    match percent_decode(path) {
        Cow::Owned(mut decoded) => {
            decoded.truncate(decoded.find('?').unwrap_or(decoded.len()));
            decoded.into()
        }
        plain @ Cow::Borrowed(_) => plain,
    }
}

fn cookies<'a>(request: &FrontRequest<'a>) -> Vec<Cow<'a, str>> {
    let lines = request.head.headers.get_all(COOKIE).iter().map(value_text);
    let split = |line: Cow<'a, str>| match line {
        Cow::Borrowed(line) => line.split(';').map(|cookie| Cow::Borrowed(cookie.trim())).collect::<Vec<_>>(),
        Cow::Owned(line) => line.split(';').map(|cookie| Cow::Owned(cookie.trim().to_owned())).collect(),
    };
    lines.flat_map(split).filter(|cookie| !cookie.is_empty()).collect()
}

/// A host without its port.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    }
}
