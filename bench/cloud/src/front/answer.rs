//! Reading a function's answer: what HTTP response it describes, by the rules of each front.
//!
//! The mapping as a whole is the table `tests/it/fronts.toml`, each row with its source; a test runs it.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, SERVER, SET_COOKIE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use hyper::ext::ReasonPhrase;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::event::is_hop_by_hop;

/// In what the fronts differ.
pub(super) struct Rules {
    /// The type of an answer that names none.
    pub(super) default_type: &'static str,
    /// Whether an answer without a `statusCode` is the body of a response.
    pub(super) inferred: bool,
    /// Where headers with several values come from.
    pub(super) headers: HeaderSource,
    /// Whether `cookies` become `Set-Cookie` headers.
    pub(super) cookies: bool,
    /// Whether `statusDescription` is looked at.
    pub(super) description: bool,
    /// Headers that reach the caller under another name, `x-amzn-remapped-NAME`.
    pub(super) remapped: &'static [HeaderName],
}

/// Which member of an answer has the headers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderSource {
    /// `headers`.
    Single,
    /// `multiValueHeaders`.
    Multi,
}

/// The headers that a function URL renames.
pub(super) const REMAPPED: &[HeaderName] = &[CONNECTION, DATE, SERVER, WWW_AUTHENTICATE];

/// The members that any front looks at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    status_code: Value,
    status_description: Option<String>,
    headers: Option<Map<String, Value>>,
    multi_value_headers: Option<Map<String, Value>>,
    cookies: Option<Vec<String>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

/// The response that an answer describes; `None` if it describes none.
pub(super) fn response(payload: &[u8], method: &Method, rules: &Rules) -> Option<Response<Full<Bytes>>> {
    match serde_json::from_slice::<Answer>(payload) {
        Ok(answer) if !answer.status_code.is_null() => answer.into_response(method, rules),
        Ok(_) | Err(_) if rules.inferred => inferred(payload),
        Ok(_) | Err(_) => None,
    }
}

/// Whatever has no `statusCode` is the body of a response, JSON or not; a JSON string is sent without its quotes.
fn inferred(payload: &[u8]) -> Option<Response<Full<Bytes>>> {
    let body = match serde_json::from_slice(payload) {
        // It has one, and another member is not of its type.
        Ok(Value::Object(members)) if members.get("statusCode").is_some_and(|code| !code.is_null()) => return None,
        Ok(Value::String(text)) => Bytes::from(text),
        Ok(_) | Err(_) => Bytes::copy_from_slice(payload),
    };
    let mut response = Response::new(Full::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Some(response)
}

impl Answer {
    fn into_response(self, method: &Method, rules: &Rules) -> Option<Response<Full<Bytes>>> {
        let body = match (self.body, self.is_base64_encoded) {
            (None, _) => Bytes::new(),
            (Some(body), Some(true)) => BASE64_STANDARD.decode(body).ok()?.into(),
            (Some(body), _) => body.into(),
        };
        let mut response = Response::new(Full::default());
        *response.status_mut() = status(&self.status_code)?;
        if let Some(reason) = self.status_description.filter(|_| rules.description).and_then(|text| reason(&text)) {
            response.extensions_mut().insert(reason);
        }
        let headers = response.headers_mut();
        match rules.headers {
            HeaderSource::Single => {
                for (name, value) in self.headers.unwrap_or_default() {
                    append(headers, &name, &value, rules)?;
                }
            }
            HeaderSource::Multi => {
                for (name, values) in self.multi_value_headers.unwrap_or_default() {
                    for value in values.as_array()? {
                        append(headers, &name, value, rules)?;
                    }
                }
            }
        }
        for cookie in self.cookies.filter(|_| rules.cookies).unwrap_or_default() {
            headers.append(SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
        }
        // The length is what is sent, but an answer to HEAD keeps what GET would have got.
        if *method != Method::HEAD || !body.is_empty() {
            headers.remove(CONTENT_LENGTH);
        }
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(rules.default_type));
        *response.body_mut() = Full::new(body);
        Some(response)
    }
}

/// A whole number, or one in quotes, that is a final status.
fn status(code: &Value) -> Option<StatusCode> {
    let code = match code {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    StatusCode::from_u16(u16::try_from(code).ok().filter(|code| (200..600).contains(code))?).ok()
}

/// The reason phrase of `404 Not Found`.
fn reason(description: &str) -> Option<ReasonPhrase> {
    let reason = description.split_once(' ')?.1;
    ReasonPhrase::try_from(reason.as_bytes().to_vec()).ok()
}

/// Names that differ in case only are lines of their own: functions send several cookies so where a front has no list.
fn append(headers: &mut HeaderMap, name: &str, value: &Value, rules: &Rules) -> Option<()> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let value = match value {
        Value::String(text) => HeaderValue::from_str(text).ok()?,
        Value::Number(number) => HeaderValue::from_str(&number.to_string()).ok()?,
        Value::Bool(truth) => HeaderValue::from_static(if *truth { "true" } else { "false" }),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    if rules.remapped.contains(&name) {
        let renamed = HeaderName::from_bytes(format!("x-amzn-remapped-{name}").as_bytes()).ok()?;
        headers.append(renamed, value);
    } else if name == CONTENT_TYPE {
        headers.insert(name, value);
    } else if !is_hop_by_hop(&name) {
        headers.append(name, value);
    }
    Some(())
}
