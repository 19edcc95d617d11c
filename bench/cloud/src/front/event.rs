//! Writing events: JSON straight into one buffer, and the parts that the formats share.

use std::{
    borrow::Cow,
    io::Write,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{display::Base64Display, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::{invoke::FrontRequest, percent_decode};

/// Headers that concern one connection only: no front hands them on.
/// <https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1>
pub(super) fn is_hop_by_hop(name: &HeaderName) -> bool {
    const NAMES: [HeaderName; 7] = [
        header::CONNECTION,
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    NAMES.contains(name) || name == "keep-alive" || name == "proxy-connection"
}

/// A JSON document that is being written. Whoever uses it keeps the braces in order.
pub(super) struct Json {
    buffer: Vec<u8>,
}

impl Json {
    /// Most events of a small request have between 800 and 1,500 bytes.
    pub(super) fn new(body: usize) -> Self {
        Self { buffer: Vec::with_capacity(1_536 + body) }
    }

    pub(super) fn raw(&mut self, text: &str) -> &mut Self {
        self.buffer.extend_from_slice(text.as_bytes());
        self
    }

    pub(super) fn string(&mut self, text: &str) -> &mut Self {
        serde_json::to_writer(&mut self.buffer, text).expect("a string into memory is always written");
        self
    }

    pub(super) fn display(&mut self, value: impl std::fmt::Display) -> &mut Self {
        write!(self.buffer, "{value}").expect("memory takes all that is written");
        self
    }

    /// `"name":"value"` pairs with commas between them.
    pub(super) fn members<'a>(&mut self, members: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> &mut Self {
        let mut first = true;
        for (name, value) in members {
            self.raw(if first { "" } else { "," }).string(&name).raw(":").string(&value);
            first = false;
        }
        self
    }

    /// `"body": …, "isBase64Encoded": …`.
    pub(super) fn body(&mut self, headers: &HeaderMap, body: &[u8]) -> &mut Self {
        match text(headers, body) {
            Some(text) => self.raw("\"body\":").string(text).raw(",\"isBase64Encoded\":false"),
            None => self
                .raw("\"body\":\"")
                .display(Base64Display::new(body, &BASE64_STANDARD))
                .raw("\",\"isBase64Encoded\":true"),
        }
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.buffer
    }
}

/// The body as text, where its type says that it is text.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>
fn text<'a>(headers: &HeaderMap, body: &'a [u8]) -> Option<&'a str> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return None;
    }
    let kind = headers.get(header::CONTENT_TYPE).map_or("", |kind| kind.to_str().unwrap_or(""));
    let kind = kind.split(';').next().unwrap_or("").trim();
    let is_text = ["application/json", "application/javascript", "application/xml"].contains(&kind)
        || kind.starts_with("text/")
        || body.is_empty();
    is_text.then(|| std::str::from_utf8(body).ok()).flatten()
}

/// The request's headers that are handed on, lower-cased as `HeaderName` has them, with what fronts add.
/// `join` makes one value of several.
pub(super) fn headers<'a>(
    request: &'a FrontRequest<'_>,
    join: fn(&'a HeaderMap, &HeaderName) -> Cow<'a, str>,
    without: Option<HeaderName>,
) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
    let headers = &request.head.headers;
    let added = ["x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"];
    let own = headers
        .keys()
        .filter(move |name| !is_hop_by_hop(name) && Some(*name) != without.as_ref() && !added.contains(&name.as_str()))
        .map(move |name| (Cow::Borrowed(name.as_str()), join(headers, name)));
    let peer = request.peer.ip();
    let forwarded = match headers.get("x-forwarded-for").and_then(|value| value.to_str().ok()) {
        Some(before) => format!("{before}, {peer}"),
        None => peer.to_string(),
    };
    let port = host(headers).rsplit_once(':').map_or("80", |(_, port)| port);
    own.chain([
        (added[0].into(), Cow::Borrowed(request.trace)),
        (added[1].into(), forwarded.into()),
        (added[2].into(), port.into()),
        (added[3].into(), "http".into()),
    ])
}

/// All values of a header, with commas between them, as payload 2.0 and function URLs have them.
pub(super) fn all_values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Cow<'a, str> {
    let mut values = headers.get_all(name).iter().map(value_text);
    let first = values.next().unwrap_or_default();
    values.fold(first, |joined, value| joined + "," + value)
}

/// The last value of a header, as the load balancer has it without multi-value headers.
pub(super) fn last_value<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Cow<'a, str> {
    headers.get_all(name).iter().next_back().map(value_text).unwrap_or_default()
}

pub(super) fn value_text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

pub(super) fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("")
}

/// The pairs of a query string, undecoded; a name without `=` has an empty value.
pub(super) fn query_pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// A name or value of a form-encoded query: `+` is a space.
pub(super) fn decode_form(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(String::from_utf8_lossy(&percent_decode(spaced.as_bytes())).into_owned())
}

/// Milliseconds since 1970, and the same as `12/Mar/2020:19:03:58 +0000`.
pub(super) fn now() -> (u128, LogTime) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (since.as_millis(), LogTime(since.as_secs()))
}

/// Seconds since 1970, shown as in an access log.
pub(super) struct LogTime(u64);

impl std::fmt::Display for LogTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (days, seconds) = (self.0 / 86_400, self.0 % 86_400);
        // Years that begin in March, in eras of 400, so that leap days come last: H. Hinnant,
        // "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
        let days = days + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = usize::try_from((shifted + 2) % 12).unwrap_or_default();
        let year = era * 400 + year_of_era + u64::from(month < 2);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{day:02}/{}/{year}:{hour:02}:{minute:02}:{second:02} +0000", MONTHS[month])
    }
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
            assert_eq!(LogTime(seconds).to_string(), text);
        }
    }
}
