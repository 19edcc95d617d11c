//! The parts of an event that the fronts of functions share: headers, query, body, identifiers, time.
//!
//! Which front has which is decided in its own file. The mapping as a whole is the table `tests/it/fronts.toml`, each
//! row with its source; a test runs it. Nothing here may know how a function is invoked.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;

use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use base64::{Engine, prelude::BASE64_URL_SAFE};
use http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::macros::format_description;

use super::alb::headers::HOP_BY_HOP;

/// A request, read whole.
pub(super) struct FrontRequest<'a> {
    pub(super) head: &'a Parts,
    pub(super) body: &'a [u8],
    pub(super) peer: SocketAddr,
    /// The front's own identifier of the request; empty where it has none.
    pub(super) id: &'a str,
    /// `X-Amzn-Trace-Id` as the function sees it.
    pub(super) trace: &'a str,
}

/// Writes an event. Most events of a small request have between 800 and 1,500 bytes.
pub(super) fn write(event: &impl Serialize, body: &[u8]) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(1_536 + body.len() * 4 / 3);
    serde_json::to_writer(&mut buffer, event).expect("strings and numbers into memory are always written");
    buffer
}

/// A JSON object of names, each with one value.
pub(super) struct Members<'a, V>(pub(super) Vec<(Cow<'a, str>, V)>);

impl<V: Serialize> Serialize for Members<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'a, V> Members<'a, V> {
    /// Gathers pairs by name, in the order in which names come first. `again` adds one more value to those before.
    pub(super) fn gather(
        pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
        first: impl Fn(Cow<'a, str>) -> V,
        again: impl Fn(&mut V, Cow<'a, str>),
    ) -> Self {
        let mut members: Vec<(Cow<'a, str>, V)> = Vec::new();
        // A head of 96 KiB holds 48,000 names.
        let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
        for (name, value) in pairs {
            match places.entry(name.clone()) {
                Entry::Occupied(place) => again(&mut members[*place.get()].1, value),
                Entry::Vacant(place) => {
                    place.insert(members.len());
                    members.push((name, first(value)));
                }
            }
        }
        Self(members)
    }

    /// The last value of each name: the load balancer without multi-value headers.
    pub(super) fn last(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Members<'a, Cow<'a, str>> {
        Members::gather(pairs, |value| value, |before, value| *before = value)
    }

    /// All values, with commas between them: payload 2.0.
    pub(super) fn joined(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Members<'a, Cow<'a, str>> {
        Members::gather(
            pairs,
            |value| value,
            |before, value| {
                let joined = before.to_mut();
                joined.push(',');
                joined.push_str(&value);
            },
        )
    }

    /// All values as a list: the load balancer with multi-value headers.
    pub(super) fn lists(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Members<'a, Vec<Cow<'a, str>>> {
        Members::gather(pairs, |value| vec![value], Vec::push)
    }
}

/// The body as the event carries it.
pub(super) enum Body<'a> {
    Text(&'a str),
    Base64(&'a [u8]),
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Base64(bytes) => serializer.collect_str(&Base64Display::new(bytes, &BASE64_STANDARD)),
        }
    }
}

impl<'a> Body<'a> {
    /// Text where the content type is text; anything else, a missing type and a form included, is base64.
    ///
    /// The types are those of
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>; an HTTP API was
    /// found to have the same (<https://github.com/ministackorg/ministack/pull/766>). The load balancer alone is
    /// documented to take a `Content-Encoding` for binary too. Text that is not UTF-8 is base64: assumed, JSON cannot
    /// hold it.
    pub(super) fn new(headers: &HeaderMap, body: &'a [u8]) -> Self {
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let is_text = kind.starts_with("text/")
            || ["application/json", "application/javascript", "application/xml"].contains(&&*kind)
            || body.is_empty();
        match std::str::from_utf8(body) {
            Ok(text) if is_text && (body.is_empty() || !headers.contains_key(CONTENT_ENCODING)) => Self::Text(text),
            _ => Self::Base64(body),
        }
    }

    pub(super) fn is_base64(&self) -> bool {
        matches!(self, Self::Base64(_))
    }
}

/// Which of the request's headers a front hands on besides the common ones.
pub(super) struct Headers {
    /// `Cookie`.
    pub(super) cookie: bool,
    /// `Content-Length` where the request has none.
    pub(super) content_length: bool,
}

/// The request's headers as pairs, lower-cased as `HeaderName` has them, with what every front adds.
pub(super) fn headers<'a>(
    request: &'a FrontRequest<'_>,
    rules: &Headers,
) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
    const ADDED: [&str; 4] = ["x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"];
    let headers = &request.head.headers;
    let cookie = rules.cookie;
    let own = headers
        .iter()
        .filter(move |(name, _)| {
            !is_hop_by_hop(name) && (cookie || **name != COOKIE) && !ADDED.contains(&name.as_str())
        })
        .map(|(name, value)| (Cow::Borrowed(name.as_str()), value_text(value)));
    let length = (rules.content_length && !headers.contains_key(CONTENT_LENGTH))
        .then(|| (Cow::Borrowed("content-length"), Cow::Owned(request.body.len().to_string())));
    let peer = request.peer.ip();
    let forwarded = match headers.get("x-forwarded-for").and_then(|value| value.to_str().ok()) {
        Some(before) => format!("{before}, {peer}"),
        None => peer.to_string(),
    };
    let port = host(headers).rsplit_once(':').map_or("80", |(_, port)| port);
    own.chain(length).chain([
        (ADDED[0].into(), Cow::Borrowed(request.trace)),
        (ADDED[1].into(), forwarded.into()),
        (ADDED[2].into(), port.into()),
        (ADDED[3].into(), "http".into()),
    ])
}

/// Headers of one connection, not of the message. No front hands them on.
pub(super) fn is_hop_by_hop(name: &HeaderName) -> bool {
    *name == CONNECTION || HOP_BY_HOP.contains(name)
}

/// A value as text; what is not UTF-8 is replaced.
pub(super) fn value_text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

/// The `Host` header, with its port.
pub(super) fn host(headers: &HeaderMap) -> &str {
    headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("")
}

/// The pairs of a query string, undecoded; a name without `=` has an empty value.
pub(super) fn query_pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| (name.into(), value.into()))
}

/// A name or value of a form-encoded query: `+` is a space.
pub(super) fn decode_form(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains(['%', '+']) { percent_decode(&text.replace('+', " ")).into_owned().into() } else { text }
}

/// Percent-decoding as in RFC 3986. What is not a valid escape stays as it is; what is not UTF-8 then is replaced.
pub(crate) fn percent_decode(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

/// An API Gateway's identifier of a request, such as `JCJJxhz4PHcEJgQ=`: eleven bytes in base64, as in every capture.
pub(super) fn gateway_id() -> String {
    let random = fastrand::u128(..).to_ne_bytes();
    BASE64_URL_SAFE.encode(&random[..11])
}

/// Milliseconds since 1970, and the same as `12/Mar/2020:19:03:58 +0000`.
pub(super) fn now() -> (i64, String) {
    let now = OffsetDateTime::now_utc();
    (i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or_default(), log_time(now))
}

fn log_time(time: OffsetDateTime) -> String {
    let format = format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    time.format(format).expect("a date and time have all that the format names")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_in_an_access_log() {
        for (seconds, text) in [
            (0, "01/Jan/1970:00:00:00 +0000"),
            (951_782_400, "29/Feb/2000:00:00:00 +0000"),
            (1_583_348_638, "04/Mar/2020:19:03:58 +0000"),
            (1_735_689_599, "31/Dec/2024:23:59:59 +0000"),
        ] {
            assert_eq!(log_time(OffsetDateTime::from_unix_timestamp(seconds).unwrap()), text);
        }
    }

    #[test]
    fn a_query_of_many_names_is_gathered_in_time_that_grows_with_it() {
        let names: String = (0..200_000).map(|name| format!("{name}&")).collect();
        let query = format!("{names}7=x&{names}");
        let began = std::time::Instant::now();
        let members = Members::<()>::joined(query_pairs(&query));
        assert_eq!((members.0.len(), &*members.0[7].1, &*members.0[8].1), (200_000, ",x,", ","));
        // Compared name by name it takes minutes.
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }

    #[test]
    fn what_is_not_an_escape_stays_as_it_is() {
        for (text, decoded) in [("a%20b", "a b"), ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%C3%A9", "é"), ("+", "+")]
        {
            assert_eq!(percent_decode(text), decoded, "{text}");
        }
    }

    #[test]
    fn a_gateways_identifier_has_sixteen_characters_and_ends_in_one_sign() {
        let id = gateway_id();
        assert!(id.len() == 16 && id.ends_with('=') && !id.ends_with("=="), "{id}");
    }
}
