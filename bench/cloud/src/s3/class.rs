//! Which class of request S3 charges for: "Understanding your AWS billing and usage reports for Amazon S3", usage types
//! `Requests-Tier1` (PUT, COPY, POST, LIST) and `Requests-Tier2` (GET and all others). DELETE and the abort of an upload
//! are free, and so is an answer of 5xx; one of 4xx is charged.

use http::{Method, StatusCode};

use crate::metered::S3Class;

/// The class of a request to a path with a query, once it is answered so. `in_host` where the bucket is in the host's name.
pub(super) fn class(method: &Method, path: &str, query: &str, in_host: bool, status: StatusCode) -> S3Class {
    if status.is_server_error() || method == Method::DELETE {
        return S3Class::Free;
    }
    if method != Method::GET {
        return if method == Method::HEAD || method == Method::OPTIONS { S3Class::Get } else { S3Class::Put };
    }
    let key = path.trim_start_matches('/');
    let of_object = if in_host { !key.is_empty() } else { key.split_once('/').is_some_and(|(_, key)| !key.is_empty()) };
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    // Lists: of buckets, of objects, of versions and uploads, of an upload's parts. Other subresources are read.
    let read = ["location", "tagging", "versioning", "policy", "acl", "cors", "lifecycle", "encryption", "website"];
    let lists = if of_object { has("uploadId") } else { !read.iter().any(|name| has(name)) };
    if lists { S3Class::Put } else { S3Class::Get }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_has_its_class() {
        use S3Class::{Free, Get, Put};
        for (method, path, query, status, expected) in [
            ("PUT", "/b/k", "", 200, Put),
            ("PUT", "/b/k", "partNumber=1&uploadId=x", 200, Put),
            ("POST", "/b/k", "uploads", 200, Put),
            ("POST", "/b", "delete", 200, Put),
            ("PUT", "/b/k", "", 412, Put),
            ("PUT", "/b/k", "", 503, Free),
            ("GET", "/b/k", "", 200, Get),
            ("GET", "/b/k", "", 404, Get),
            ("GET", "/b/k", "tagging", 200, Get),
            ("GET", "/b/k", "uploadId=x", 200, Put),
            ("GET", "/b", "list-type=2", 200, Put),
            ("GET", "/b/", "", 200, Put),
            ("GET", "/b", "location", 200, Get),
            ("GET", "/", "", 200, Put),
            ("HEAD", "/b/k", "", 200, Get),
            ("HEAD", "/b", "", 404, Get),
            ("DELETE", "/b/k", "", 204, Free),
            ("DELETE", "/b/k", "uploadId=x", 204, Free),
        ] {
            let (method, status) = (method.parse().unwrap(), StatusCode::from_u16(status).unwrap());
            assert_eq!(class(&method, path, query, false, status), expected, "{method} {path}?{query}");
        }
        assert_eq!(class(&Method::GET, "/k", "", true, StatusCode::OK), Get);
        assert_eq!(class(&Method::GET, "/", "", true, StatusCode::OK), Put);
    }
}
