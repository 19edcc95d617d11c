//! Reads whose `Range` S3 takes no notice of: several ranges, another unit, an end before its beginning. `s3s` refuses
//! them, and it is in the signature: so once that is verified the request is made again, without it and without a caller.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>; that such a header is passed over has LocalStack's
//! `parse_range_header`, whose tests run against AWS.

use http::header::{AUTHORIZATION, RANGE};
use http::{Extensions, HeaderMap, Method, Request, Uri};
use s3s::dto::Range;
use s3s::route::S3Route;
use s3s::service::S3Service;
use s3s::{Body, S3Request, S3Response, S3Result, s3_error};

use super::authentication;

/// Answers these reads by a service that asks nobody who he is.
pub(super) struct PassedOver {
    pub(super) service: S3Service,
}

#[async_trait::async_trait]
impl S3Route for PassedOver {
    fn is_match(&self, method: &Method, _uri: &Uri, headers: &HeaderMap, _extensions: &mut Extensions) -> bool {
        let is_read = method == Method::GET || method == Method::HEAD;
        is_read && headers.get(RANGE).is_some_and(|range| !range.to_str().is_ok_and(is_one))
    }

    async fn check_access(&self, request: &mut S3Request<Body>) -> S3Result<()> {
        authentication::check_owner(request.credentials.is_some(), &request.headers)
    }

    async fn call(&self, request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        let mut unsigned = Request::new(request.input);
        *unsigned.method_mut() = request.method;
        *unsigned.uri_mut() = without_signature(&request.uri)?;
        *unsigned.headers_mut() = request.headers;
        unsigned.headers_mut().remove(RANGE);
        unsigned.headers_mut().remove(AUTHORIZATION);
        let answer = self.service.call(unsigned).await.map_err(|error| s3_error!(InternalError, "{error:?}"))?;
        let (head, body) = answer.into_parts();
        let mut answer = S3Response::with_status(body, head.status);
        answer.headers = head.headers;
        Ok(answer)
    }
}

/// Whether it is one range. `s3s` reads no digits at all as a number.
fn is_one(range: &str) -> bool {
    range != "bytes=-" && Range::parse(range).is_ok()
}

/// A presigned URL's address without what signed it.
fn without_signature(uri: &Uri) -> S3Result<Uri> {
    let query = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.starts_with("X-Amz-"));
    let address = format!("{}?{}", uri.path(), query.collect::<Vec<_>>().join("&"));
    address.parse().map_err(|_| s3_error!(InvalidURI, "Couldn't parse the specified URI."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_signed_an_address_is_taken_out_of_it() {
        for (signed, plain) in [
            ("/box/a%20b", "/box/a%20b?"),
            ("/box/a?versionId=null&X-Amz-Signature=1&x=X-Amz-&X-Amz-Date=2", "/box/a?versionId=null&x=X-Amz-"),
        ] {
            assert_eq!(without_signature(&signed.parse().unwrap()).unwrap(), plain);
        }
    }
}
