//! POST of a browser's form: what `s3s` leaves out of it.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>. `s3s` reads the form, its policy and its
//! signature; it passes two fields over, which must not be lost in silence.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Limited};
use s3s::dto::{PutObjectInput, PutObjectOutput};
use s3s::{Body, S3Response, S3Result, s3_error};

use super::MAX_OBJECT_BYTES;
use super::description::{check_headers, no_acls};
use super::error::not_implemented;

/// The most bytes of a form: the largest object, and S3's 20 KB of fields with room.
const MAX_FORM_BYTES: usize = MAX_OBJECT_BYTES + 64 * 1024;

/// A request whose form, if it is one, has no field that would be passed over.
pub(super) async fn checked(request: Request<Body>) -> S3Result<Request<Body>> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if request.method() != Method::POST || !kind.to_ascii_lowercase().starts_with("multipart/form-data") {
        return Ok(request);
    }
    let (head, body) = request.into_parts();
    let form = Limited::new(body, MAX_FORM_BYTES).collect().await;
    let form =
        form.map_err(|_| s3_error!(MalformedPOSTRequest, "The body of the POST request is no multipart form"))?;
    let form = form.to_bytes();
    if field(&form, "tagging").is_some() {
        return Err(not_implemented("tagging"));
    }
    match field(&form, "acl") {
        None | Some(b"bucket-owner-full-control") => {}
        Some(_) => return Err(no_acls()),
    }
    let form = named(form);
    let mut request = Request::from_parts(head, Body::from(form.clone()));
    request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(form.len()));
    Ok(request)
}

/// A form whose key has the name of its file in place of `${filename}`.
fn named(form: Bytes) -> Bytes {
    const VARIABLE: &[u8] = b"${filename}";
    let find = |text: &[u8], wanted: &[u8]| text.windows(wanted.len()).position(|it| it == wanted);
    let Some(key) = field(&form, "key") else { return form };
    let Some(at) = find(key, VARIABLE).map(|at| key.as_ptr() as usize - form.as_ptr() as usize + at) else {
        return form;
    };
    let file = find(&form, b"name=\"file\"").map(|at| &form[at..]).unwrap_or_default();
    let head = &file[..find(file, b"\r\n").unwrap_or(file.len())];
    let name = find(head, b"filename=\"").map(|at| &head[at + b"filename=\"".len()..]).unwrap_or_default();
    let name = &name[..find(name, b"\"").unwrap_or(name.len())];
    [&form[..at], name, &form[at + VARIABLE.len()..]].concat().into()
}

/// The value of a field before the file.
fn field<'a>(form: &'a Bytes, name: &str) -> Option<&'a [u8]> {
    let find = |text: &[u8], wanted: &[u8]| text.windows(wanted.len()).position(|it| it.eq_ignore_ascii_case(wanted));
    let fields = &form[..find(form, b"name=\"file\"").unwrap_or(form.len())];
    let after = &fields[find(fields, format!("name=\"{name}\"").as_bytes())?..];
    let value = &after[find(after, b"\r\n\r\n")? + 4..];
    Some(&value[..find(value, b"\r\n").unwrap_or(value.len())])
}

/// Checks the fields that stand for a PUT's headers.
pub(super) fn check(input: &PutObjectInput) -> S3Result<()> {
    let text = |value: Option<&str>| value.and_then(|value| HeaderValue::from_str(value).ok());
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("x-amz-acl", text(input.acl.as_ref().map(|acl| acl.as_str()))),
        ("x-amz-grant-read", text(input.grant_read.as_deref())),
        ("x-amz-grant-read-acp", text(input.grant_read_acp.as_deref())),
        ("x-amz-grant-write-acp", text(input.grant_write_acp.as_deref())),
        ("x-amz-grant-full-control", text(input.grant_full_control.as_deref())),
        ("x-amz-object-lock-mode", text(input.object_lock_mode.as_ref().map(|mode| mode.as_str()))),
        ("x-amz-object-lock-legal-hold", text(input.object_lock_legal_hold_status.as_ref().map(|hold| hold.as_str()))),
        ("x-amz-server-side-encryption", text(input.server_side_encryption.as_ref().map(|kind| kind.as_str()))),
        ("x-amz-server-side-encryption-aws-kms-key-id", text(input.ssekms_key_id.as_deref())),
        ("x-amz-server-side-encryption-context", text(input.ssekms_encryption_context.as_deref())),
        ("x-amz-server-side-encryption-bucket-key-enabled", input.bucket_key_enabled.and_then(|_| text(Some("true")))),
        ("x-amz-server-side-encryption-customer-algorithm", text(input.sse_customer_algorithm.as_deref())),
    ] {
        headers.extend(value.map(|value| (HeaderName::from_static(name), value)));
    }
    check_headers(&headers)
}

/// The answer, with the tag of what was written.
pub(super) fn answer(output: PutObjectOutput) -> S3Response<PutObjectOutput> {
    let tag = output.e_tag.as_ref().and_then(|tag| tag.to_http_header().ok());
    let mut answer = S3Response::new(output);
    answer.headers.extend(tag.map(|tag| (ETAG, tag)));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_before_the_file_only() {
        let form = Bytes::from_static(
            b"--x\r\nContent-Disposition: form-data; name=\"acl\"\r\n\r\nprivate\r\n--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nname=\"tagging\"\r\n\r\n\r\n--x--",
        );
        assert_eq!((field(&form, "acl"), field(&form, "tagging")), (Some(&b"private"[..]), None));
    }

    #[test]
    fn a_key_may_have_the_name_of_the_file_in_it() {
        let form = |key: &str| {
            Bytes::from(format!(
                "--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n{key}\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n\r\n${{filename}}\r\n--x--"
            ))
        };
        for (key, wanted) in [("in/${filename}", "in/f.txt"), ("in/a", "in/a"), ("${filename}.old", "f.txt.old")] {
            assert_eq!(named(form(key)), form(wanted), "{key}");
        }
    }
}
