//! Whom an endpoint answers: programs on this machine, not pages of other origins that a browser here has open.
//!
//! A page may send plain requests to loopback, and by DNS rebinding under a name of its own. The first carry the
//! page's `Origin` or `Sec-Fetch-Site`, the second a `Host` that is not this machine's. It must not judge anything
//! else of a request.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use http_body_util::Full;

use bytes::Bytes;

/// Which `Host` names are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hosts {
    /// Loopback addresses, `localhost`, names under it, and names of one label, which no public page has.
    Local,
    /// Any: a front takes whatever name leads to it, as one with a domain of its own. But a browser that comes by another
    /// name was led here by a page.
    Front,
}

/// Whom an endpoint answers, and what everybody else gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guard {
    /// Which names it goes by.
    pub(crate) hosts: Hosts,
    /// The service's own form of 403.
    pub(crate) forbidden: fn() -> Response<Full<Bytes>>,
}

impl Guard {
    /// For endpoints without an error form of their own.
    pub(crate) const PLAIN: Self = Self { hosts: Hosts::Local, forbidden };

    /// The refusal of a request that comes from somewhere else.
    pub(super) fn refuse(&self, request: &Parts) -> Option<Response<Full<Bytes>>> {
        let host = host(request);
        let named = host.is_none_or(is_local) || self.hosts == Hosts::Front && !is_browser(&request.headers);
        (!named || is_foreign(&request.headers, host)).then(self.forbidden)
    }
}

fn forbidden() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"Forbidden\n")));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// The authority that the request names. Bytes that are not text are a name that nothing here has.
fn host(request: &Parts) -> Option<&str> {
    let header = request.headers.get(HOST).map(|host| host.to_str().unwrap_or("."));
    header.or_else(|| request.uri.authority().map(http::uri::Authority::as_str))
}

/// Whether an authority, with or without a port, can only be this machine.
fn is_local(authority: &str) -> bool {
    let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(inside, _)| inside);
    let name = bracketed.unwrap_or_else(|| authority.rsplit_once(':').map_or(authority, |(name, _)| name));
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => !name.contains('.') || name.ends_with(".localhost"),
    }
}

/// Whether a browser sent it: every one has begun its `User-Agent` so since 1994
/// (<https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/User-Agent>).
fn is_browser(headers: &HeaderMap) -> bool {
    headers.get(USER_AGENT).is_some_and(|agent| agent.as_bytes().starts_with(b"Mozilla/"))
}

/// Whether a browser sent it on behalf of another origin than the one that it goes to.
fn is_foreign(headers: &HeaderMap, host: Option<&str>) -> bool {
    let cross_site =
        headers.get("sec-fetch-site").is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
    let other_origin = headers.get_all(ORIGIN).iter().any(|origin| {
        let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
        let authority = origin.as_ref().and_then(Uri::authority).map(http::uri::Authority::as_str);
        authority.is_none() || authority != host
    });
    cross_site || other_origin
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn refused(hosts: Hosts, headers: &[(&str, &str)]) -> bool {
        let request = headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
        Guard { hosts, ..Guard::PLAIN }.refuse(&request.body(()).unwrap().into_parts().0).is_some()
    }

    #[test]
    fn names_of_this_machine_are_answered_and_others_refused() {
        for (host, right) in [
            ("127.0.0.1:8000", true),
            ("127.8.9.1", true),
            ("localhost:1", true),
            ("LocalHost.", true),
            ("[::1]:80", true),
            ("bucket.s3.localhost:9000", true),
            ("bucket.localhost.localdomain.localhost", true),
            ("x", true),
            ("evil.example", false),
            ("localhost.evil.example:80", false),
            ("127.0.0.1.evil.example", false),
            ("10.0.0.1", false),
            ("[2001:db8::1]", false),
        ] {
            assert_eq!(refused(Hosts::Local, &[("host", host)]), !right, "{host}");
            assert!(!refused(Hosts::Front, &[("host", host)]), "{host}");
            assert_eq!(refused(Hosts::Front, &[("host", host), ("user-agent", "Mozilla/5.0 (X11)")]), !right, "{host}");
        }
        assert!(!refused(Hosts::Local, &[]), "HTTP/1.0 names no host");
    }

    #[test]
    fn a_page_is_answered_on_its_own_origin_only() {
        for (origin, right) in [
            ("http://127.0.0.1:8000", true),
            ("http://127.0.0.1:8001", false),
            ("http://evil.example", false),
            ("null", false),
            ("", false),
        ] {
            for hosts in [Hosts::Local, Hosts::Front] {
                let headers = [("host", "127.0.0.1:8000"), ("origin", origin)];
                assert_eq!(refused(hosts, &headers), !right, "{origin}");
            }
        }
        for (site, right) in [("same-origin", true), ("none", true), ("cross-site", false), ("same-site", false)] {
            assert_eq!(refused(Hosts::Local, &[("host", "localhost"), ("sec-fetch-site", site)]), !right, "{site}");
        }
    }
}
