//! Reading a function's answer in the forms that fronts share.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE},
};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::event::is_hop_by_hop;

/// The members that any front looks at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FunctionAnswer {
    #[serde(default)]
    pub(super) status_code: Value,
    headers: Option<Map<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

/// What an answer without a content type is said to be.
pub(super) type DefaultType = &'static str;

impl FunctionAnswer {
    /// The HTTP response that it describes; `None` if it describes none.
    pub(super) fn into_response(
        self,
        method: &Method,
        default_type: DefaultType,
        cookies: bool,
    ) -> Option<Response<Full<Bytes>>> {
        let body = match (self.body, self.is_base64_encoded) {
            (None, _) => Bytes::new(),
            (Some(body), Some(true)) => BASE64_STANDARD.decode(body).ok()?.into(),
            (Some(body), _) => body.into(),
        };
        let mut response = Response::new(Full::default());
        *response.status_mut() = status(&self.status_code)?;
        let headers = response.headers_mut();
        for (name, value) in self.headers.unwrap_or_default() {
            insert(headers, &name, &value)?;
        }
        if cookies {
            for cookie in self.cookies.unwrap_or_default() {
                headers.append(SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
            }
        }
        // The length is what is sent, but the answer to HEAD tells what GET would have got.
        if *method != Method::HEAD || !body.is_empty() {
            headers.remove(CONTENT_LENGTH);
        }
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(default_type));
        *response.body_mut() = Full::new(body);
        Some(response)
    }
}

/// A number, or a number in quotes, that is a final status.
fn status(code: &Value) -> Option<StatusCode> {
    let code = match code {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    StatusCode::from_u16(u16::try_from(code).ok().filter(|code| (200..600).contains(code))?).ok()
}

fn insert(headers: &mut HeaderMap, name: &str, value: &Value) -> Option<()> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let value = match value {
        Value::String(text) => HeaderValue::from_str(text).ok()?,
        Value::Number(number) => HeaderValue::from_str(&number.to_string()).ok()?,
        Value::Bool(truth) => HeaderValue::from_static(if *truth { "true" } else { "false" }),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    if !is_hop_by_hop(&name) {
        headers.insert(name, value);
    }
    Some(())
}
