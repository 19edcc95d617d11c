//! What is requested where that differs from call to call: several requests by their weights, with places in their texts.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::Full;
use serde::{Deserialize, Serialize};

/// Requests by their weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mix {
    /// At least one.
    pub requests: Vec<MixRequest>,
    /// The number of the load's first call; the others follow it. No number comes twice where loads don't share any.
    pub first: u64,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MixRequest {
    /// How often it is made beside the others, 1 or more.
    pub weight: u32,
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub path: Vec<Piece>,
    /// Its headers.
    pub headers: Vec<(String, Vec<Piece>)>,
    /// Its body; empty where it has none.
    pub body: Vec<Piece>,
    /// The statuses that are right; 200 to 299 where none is listed.
    pub expected: Vec<u16>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// As it is.
    Text(String),
    /// The call's number.
    Counter,
    /// A whole number, both ends included.
    Random(u64, u64),
    /// One of a list.
    Pick(Vec<String>),
}

/// A request as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub path: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Mix {
    /// The call of a number, and the request that it is of: the same each time.
    #[must_use]
    pub fn call(&self, number: u64) -> (Rendered, &MixRequest) {
        let mut random = fastrand::Rng::with_seed(number);
        let all: u64 = self.requests.iter().map(|it| u64::from(it.weight)).sum();
        let mut at = random.u64(0..all.max(1));
        let chosen = self.requests.iter().find(|it| {
            let inside = at < u64::from(it.weight);
            at = at.saturating_sub(u64::from(it.weight));
            inside
        });
        let request = chosen.unwrap_or(&self.requests[0]);
        (request.rendered(number, &mut random), request)
    }

    /// The first of its requests, by the number of a call.
    #[must_use]
    pub fn first_call(&self, number: u64) -> (Rendered, &MixRequest) {
        let request = &self.requests[0];
        (request.rendered(number, &mut fastrand::Rng::with_seed(number)), request)
    }
}

impl MixRequest {
    /// Whether an answer may have this status.
    #[must_use]
    pub fn expects(&self, status: u16) -> bool {
        if self.expected.is_empty() { (200..300).contains(&status) } else { self.expected.contains(&status) }
    }

    fn rendered(&self, number: u64, random: &mut fastrand::Rng) -> Rendered {
        let mut text = |pieces: &[Piece]| pieces.iter().map(|piece| piece.text(number, random)).collect::<String>();
        Rendered {
            method: self.method.clone(),
            path: text(&self.path),
            headers: self.headers.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            body: text(&self.body),
        }
    }
}

impl Piece {
    fn text(&self, number: u64, random: &mut fastrand::Rng) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Counter => number.to_string(),
            Self::Random(from, to) => random.u64(*from..=*to).to_string(),
            Self::Pick(list) => random.choice(list).cloned().unwrap_or_default(),
        }
    }
}

impl Rendered {
    /// As HTTP, to an authority.
    ///
    /// # Errors
    /// When a part of it is not HTTP's.
    pub fn http(&self, authority: &str) -> anyhow::Result<Request<Full<Bytes>>> {
        let method = Method::from_bytes(self.method.as_bytes())?;
        let mut request = Request::builder().method(method.clone()).uri(&self.path).header(HOST, authority);
        for (name, value) in &self.headers {
            request = request.header(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
        }
        // A method that takes a body has a length, also where that is 0.
        if self.body.is_empty() && [Method::POST, Method::PUT, Method::PATCH].contains(&method) {
            request = request.header(CONTENT_LENGTH, 0);
        }
        Ok(request.body(Full::from(self.body.clone()))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(weight: u32, path: Vec<Piece>) -> MixRequest {
        let (method, headers) = ("GET".to_owned(), Vec::new());
        MixRequest { weight, method, path, headers, body: Vec::new(), expected: Vec::new() }
    }

    #[test]
    fn requests_are_made_by_their_weights_and_numbered_once() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let often = request(9, vec![text("/a/"), Piece::Counter]);
        let seldom =
            request(1, vec![text("/b?n="), Piece::Random(3, 4), text("&x="), Piece::Pick(vec!["y".to_owned()])]);
        let mix = Mix { requests: vec![often, seldom], first: 0 };
        let calls: Vec<_> = (0..10_000).map(|number| mix.call(number).0.path).collect();
        let of_b = calls.iter().filter(|path| path.starts_with("/b")).count();
        assert!((850..1150).contains(&of_b), "{of_b}");
        assert!(calls.iter().all(|path| path.starts_with("/a/") || path == "/b?n=3&x=y" || path == "/b?n=4&x=y"));
        assert_eq!(mix.call(7), mix.call(7));
        let mut of_a: Vec<_> = calls.iter().filter(|path| path.starts_with("/a")).collect();
        let all = of_a.len();
        of_a.sort();
        of_a.dedup();
        assert_eq!(of_a.len(), all);
    }

    #[test]
    fn a_status_is_right_where_it_is_listed_or_of_success() {
        let mut it = request(1, Vec::new());
        assert!(it.expects(204) && !it.expects(304) && !it.expects(500));
        it.expected = vec![404];
        assert!(it.expects(404) && !it.expects(200));
    }
}
