//! What stores' URLs have in common.

/// `PLACE/KEY`, neither of them empty; the key may contain slashes.
pub(super) fn place_and_key(rest: &str) -> Option<(String, String)> {
    let (place, key) = rest.split_once('/').filter(|(place, key)| !place.is_empty() && !key.is_empty())?;
    Some((place.to_owned(), key.to_owned()))
}

/// `HOST:PORT`, an IPv6 address in brackets: what is none would be found out at the first call.
pub(super) fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let is_named = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let is_address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_address = is_address.is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok());
    (is_named || is_address) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// A URL without what stands before its server, where that is a password's place: no message shows one.
pub(super) fn without_login(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) if scheme.starts_with("postgres") => format!("{scheme}://…@{rest}"),
        _ => text.to_owned(),
    }
}
