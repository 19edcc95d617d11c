//! PostgreSQL's URL, which is read where nothing is called, too.

use super::url::is_host_and_port;

#[cfg(feature = "clients")]
mod client;
#[cfg(feature = "clients")]
mod tls;

#[cfg(feature = "clients")]
pub use client::Postgres;

/// A count in PostgreSQL: `postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY`, and where the connection is encrypted
/// `?ca=CERTIFICATE`. The key may contain slashes.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    /// Who connects.
    pub user: String,
    /// The password.
    pub password: String,
    /// The server: a name, an IPv4 address, or an IPv6 address in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The row's key.
    pub key: String,
    /// The certificate, in DER, of the authority that vouches for the server by TLS; without one nothing is encrypted.
    pub authority: Option<Vec<u8>>,
}

impl PostgresUrl {
    /// What it is called in messages: without the password.
    #[must_use]
    pub fn place(&self) -> String {
        let Self { user, host, port, database, key, .. } = self;
        format!("postgres://{user}@{host}:{port}/{database}/{key}")
    }

    /// What follows `postgres://`.
    pub(super) fn read(rest: &str) -> Option<Self> {
        let (rest, authority) = match rest.split_once("?ca=") {
            Some((rest, text)) => (rest, Some(base64url(text).filter(|bytes| !bytes.is_empty())?)),
            None => (rest, None),
        };
        let (login, rest) = rest.split_once('@')?;
        let (user, password) = login.split_once(':')?;
        let (server, rest) = rest.split_once('/')?;
        let (database, key) = rest.split_once('/')?;
        // Nothing that a URL would have to escape: each service would have to undo it.
        let is_plain =
            |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._~".contains(&it));
        let is_read =
            [user, password, database].into_iter().all(is_plain) && is_host_and_port(server) && !key.is_empty();
        let (host, port) = server.rsplit_once(':').filter(|_| is_read)?;
        let [user, password, host, database, key] = [user, password, host, database, key].map(str::to_owned);
        Some(Self { user, password, host, port: port.parse().ok()?, database, key, authority })
    }
}

impl std::fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PostgresUrl").field(&self.place()).finish_non_exhaustive()
    }
}

/// The bytes of base64 in the alphabet of URLs, without padding (RFC 4648, section 5).
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for byte in group {
            let six = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'-' => 62,
                b'_' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(six);
        }
        bits <<= 6 * (4 - group.len());
        let [_, whole @ ..] = bits.to_be_bytes();
        bytes.extend(whole.get(..group.len() - 1).filter(|it| !it.is_empty())?);
    }
    Some(bytes)
}
