//! Errors in S3's XML form: the elements beside code and message, which `s3s` does not write.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>. They travel from where an error is made to
//! where it is answered in a header that no client sees.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use s3s::{Body, S3Error, S3ErrorCode, s3_error};
use uuid::Uuid;

/// One element, `Name=text`, its text escaped for XML.
const ELEMENT: HeaderName = HeaderName::from_static("x-lab-error-element");

/// A form that its policy does not allow.
const NOT_ALLOWED: &[u8] = b"<Code>AccessDenied</Code><Message>Invalid according to Policy: ";

/// The key is not there.
pub(super) fn no_such_key(key: &str) -> S3Error {
    detailed(s3_error!(NoSuchKey, "The specified key does not exist."), &[("Key", key)])
}

/// The bucket is not there.
pub(super) fn no_such_bucket(bucket: &str) -> S3Error {
    detailed(s3_error!(NoSuchBucket, "The specified bucket does not exist"), &[("BucketName", bucket)])
}

/// A code that `s3s` has no status for.
pub(super) fn custom(code: &'static str, status: StatusCode, message: impl Into<String>) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message.into());
    error.set_status_code(status);
    error
}

/// The body ends before its length.
pub(super) fn incomplete_body() -> S3Error {
    s3_error!(IncompleteBody, "You did not provide the number of bytes specified by the Content-Length HTTP header")
}

/// Something that S3 does and this one does not.
pub(super) fn not_implemented(what: &str) -> S3Error {
    s3_error!(NotImplemented, "A header you provided implies functionality that is not implemented: {what}")
}

/// An argument that S3 refuses, with its name and value.
pub(super) fn invalid_argument(message: &str, name: &str, value: &str) -> S3Error {
    let error = S3Error::with_message(S3ErrorCode::InvalidArgument, message.to_owned());
    detailed(error, &[("ArgumentName", name), ("ArgumentValue", value)])
}

/// Adds elements.
pub(super) fn detailed(mut error: S3Error, elements: &[(&str, &str)]) -> S3Error {
    let mut headers = error.headers().cloned().unwrap_or_default();
    for (name, text) in elements {
        // Escaped text has no control characters, so it is a header's value.
        if let Ok(value) = HeaderValue::from_bytes(format!("{name}={}", escape(text)).as_bytes()) {
            headers.append(ELEMENT, value);
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    error.set_headers(headers);
    error
}

/// The answer as S3 gives it: identifiers for every one, the whole form for an error, and no control character that XML
/// can't hold or would change (a line feed or tab in a key survives as text; a carriage return would not).
pub(super) fn finish(mut response: Response<Body>, resource: &str) -> Response<Body> {
    let (request, host) = (Uuid::new_v4().simple().to_string().to_uppercase(), Uuid::new_v4().simple().to_string());
    let (request, host) = (&request[..16], format!("{host}{host}"));
    for (name, value) in [("x-amz-request-id", request), ("x-amz-id-2", &*host)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    let elements = elements(response.headers_mut());
    if response.status() == StatusCode::OK && response.headers().contains_key(CONTENT_RANGE) {
        // `s3s` has one status for `HeadObject`.
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    if response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().remove(CONTENT_TYPE);
        *response.body_mut() = Body::empty();
        return response;
    }
    let is_xml =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/xml"));
    let Some(xml) = is_xml.then(|| response.body().bytes()).flatten() else { return response };
    let mut finished = without_quotes(with_message(without_control_characters(&xml)));
    if find(&finished, NOT_ALLOWED).is_some() {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    if (response.status().is_client_error() || response.status().is_server_error())
        && let Some(open) = finished.strip_suffix(b"</Error>")
    {
        let open = String::from_utf8_lossy(open);
        let resource = escape(resource);
        let identifiers = format!(
            "{elements}<Resource>{resource}</Resource><RequestId>{request}</RequestId><HostId>{host}</HostId></Error>"
        );
        finished = format!("{open}{identifiers}").into_bytes();
    }
    if finished != xml {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(finished.len()));
        *response.body_mut() = Body::from(Bytes::from(finished));
    }
    response
}

/// Takes the elements out of the headers, as XML.
fn elements(headers: &mut HeaderMap) -> String {
    let elements: String = headers
        .get_all(ELEMENT)
        .iter()
        .filter_map(|element| {
            String::from_utf8_lossy(element.as_bytes())
                .split_once('=')
                .map(|(name, text)| format!("<{name}>{text}</{name}>"))
        })
        .collect();
    headers.remove(ELEMENT);
    elements
}

/// Text as XML holds it. A control character becomes its number.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            control if control.is_control() => escaped.push_str(&format!("&#{};", u32::from(control))),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The one answer whose tag S3 writes without quotes.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html#API_GetObjectAttributes_Examples>
fn without_quotes(xml: Vec<u8>) -> Vec<u8> {
    let (open, close) = (b"<ETag>\"", b"\"</ETag>");
    match (find(&xml, b"<GetObjectAttributesResponse"), find(&xml, open), find(&xml, close)) {
        (Some(_), Some(from), Some(to)) if from < to => {
            let (before, rest) = xml.split_at(from);
            [before, b"<ETag>", &rest[open.len()..to - from], b"</ETag>", &xml[to + close.len()..]].concat()
        }
        _ => xml,
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|it| it == wanted)
}

/// An error of `s3s` with S3's own code and message, where they differ.
fn with_message(xml: Vec<u8>) -> Vec<u8> {
    const MESSAGES: [(&str, &str); 2] = [
        ("InvalidBucketName", "The specified bucket is not valid."),
        (
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        ),
    ];
    // A form that its policy does not allow is not a policy that can't be read.
    if let Some(at) = find(&xml, b"<Code>InvalidPolicyDocument</Code><Message>Policy condition ") {
        let (before, rest) = xml.split_at(at);
        let message = &rest[b"<Code>InvalidPolicyDocument</Code><Message>".len()..];
        return [before, NOT_ALLOWED, message].concat();
    }
    for (code, message) in MESSAGES {
        if let Some(open) = xml.strip_suffix(format!("<Code>{code}</Code></Error>").as_bytes()) {
            let whole = format!("<Code>{code}</Code><Message>{message}</Message></Error>");
            return [open, whole.as_bytes()].concat();
        }
    }
    xml
}

fn without_control_characters(xml: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(xml.len());
    for &byte in xml {
        if byte < 0x20 && byte != b'\n' && byte != b'\t' {
            kept.extend_from_slice(format!("&#{byte};").as_bytes());
        } else {
            kept.push(byte);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_what_it_is_about_and_shows_no_header_of_ours() {
        let error = no_such_key("a&b\r<c>");
        let finished = finish(error.to_http_response().unwrap(), "/box/a");
        assert!(finished.headers().get(ELEMENT).is_none());
        let xml = String::from_utf8(finished.body().bytes().unwrap().to_vec()).unwrap();
        assert!(xml.contains("<Code>NoSuchKey</Code>"), "{xml}");
        assert!(xml.contains("<Key>a&amp;b&#13;&lt;c&gt;</Key><Resource>/box/a</Resource><RequestId>"), "{xml}");
        assert!(xml.ends_with("</HostId></Error>"), "{xml}");
    }
}
