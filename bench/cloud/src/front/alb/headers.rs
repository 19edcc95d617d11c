//! What an Application Load Balancer changes in the headers that pass.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html>

use std::net::IpAddr;

use http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};

use crate::lambda::{new_trace_id, new_trace_root};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// Headers of one connection, not of the message (RFC 9110 §7.6.1).
pub(in crate::front) const HOP_BY_HOP: [HeaderName; 8] = [
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Removes what belongs to one connection only, and what `Connection` names as such.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(CONNECTION) {
        let named: Vec<HeaderName> = headers
            .get_all(CONNECTION)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|name| name.trim().parse().ok())
            .collect();
        for name in named {
            headers.remove(name);
        }
        headers.remove(CONNECTION);
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}

/// Says who called, how, and under which trace. What came in as `X-Forwarded-For` is kept before it.
pub(crate) fn add_forwarded(headers: &mut HeaderMap, client: IpAddr, port: u16) {
    let forwarded_for: Vec<String> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .map(str::to_owned)
        .chain([client.to_string()])
        .collect();
    set(headers, FORWARDED_FOR, &forwarded_for.join(", "));
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    headers.insert(FORWARDED_PORT, HeaderValue::from(port));
    let trace = trace(headers.get(TRACE_ID).and_then(|value| value.to_str().ok()));
    set(headers, TRACE_ID, &trace);
}

/// The trace header to send on: a new root, or the caller's with this hop in `Self`.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html>
pub(super) fn trace(received: Option<&str>) -> String {
    let Some(received) = received else { return new_trace_root() };
    let is_self = |field: &&str| field.trim().starts_with("Self=");
    let others: Vec<&str> = received.split(';').filter(|field| !is_self(field)).collect();
    format!("Self={};{}", new_trace_id(), others.join(";"))
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Made of values that were headers already, and of digits.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
