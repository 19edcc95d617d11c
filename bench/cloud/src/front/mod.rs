//! What stands between the caller and the compute.
//!
//! Fronts of servers pass calls on to a [`Target`]: [`alb`], [`nlb`], or nothing at all. Fronts of functions
//! translate an HTTP request into an event and the function's answer back ([`http_api`], [`function_url`],
//! [`alb::function`]); they share `invoke` and differ in their format and in
//! what they say when something fails.

pub mod alb;
mod direct;
mod event;
pub mod function_url;
pub mod http_api;
mod invoke;
pub mod nlb;
mod payload_v2;
mod response;
mod start;
mod target;

use std::{io, net::SocketAddr};

pub(crate) use self::alb::target_group::{TargetBody, TargetGroup};
pub(crate) use self::start::{Backend, RunningFront, delay, start};
pub use self::{start::StartFrontError, target::Target};
use crate::endpoint::Endpoint;

/// A front that is being served on a loopback port. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Front {
    endpoint: Endpoint,
}

/// Why a front can't be served.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on a loopback port")]
pub struct FrontError(#[from] io::Error);

impl Front {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.endpoint.address()
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        self.endpoint.url()
    }

    /// Takes no more requests, lets those under way end, and closes.
    pub async fn shutdown(self) {
        self.endpoint.shutdown().await;
    }
}

/// Percent-decoding as in RFC 3986; what is no valid escape stays as it is.
pub(crate) fn percent_decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let byte = match tail {
            [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::percent_decode;

    #[test]
    fn what_is_no_escape_stays_as_it_is() {
        for (text, decoded) in [("a%20b", "a b"), ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%C3%A9", "é"), ("+", "+")]
        {
            assert_eq!(percent_decode(text.as_bytes()), decoded.as_bytes(), "{text}");
        }
    }
}
