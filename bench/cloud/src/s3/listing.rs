//! Listing: prefix, delimiter, pages. Pure, over a bucket's ordered keys.

use std::collections::BTreeMap;
use std::ops::Bound;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use s3s::S3Result;
use s3s::dto::EncodingType;

use super::error::invalid_argument;
use super::objects::Object;

/// The most entries of one page of objects, S3's.
pub(super) const MAX_KEYS: i32 = 1000;

/// What a listing is of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Query<'a> {
    pub(super) prefix: &'a str,
    /// Keys that share all up to this are shown as one common prefix; empty: none is.
    pub(super) delimiter: &'a str,
    /// Entries up to and with this one have been shown.
    pub(super) after: &'a str,
    pub(super) max_keys: usize,
}

/// One page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) objects: Vec<(String, Object)>,
    pub(super) common_prefixes: Vec<String>,
    /// The last entry shown, where there are more.
    pub(super) next: Option<String>,
}

/// One page of a bucket's objects.
pub(super) fn list(objects: &BTreeMap<String, Object>, query: Query<'_>) -> Page {
    let mut page = Page::default();
    if query.max_keys == 0 {
        return page;
    }
    let mut last: Option<String> = None;
    let start = if query.after >= query.prefix { Bound::Excluded(query.after) } else { Bound::Included(query.prefix) };
    let candidates = objects
        .range::<str, _>((start, Bound::Unbounded))
        .take_while(|(key, _)| key.starts_with(query.prefix))
        .map(|(key, object)| (key, object, common_prefix(key, query)));
    for (key, object, common_prefix) in candidates {
        let entry = common_prefix.unwrap_or(key);
        // A common prefix stands for all its keys, on this page or on the one before.
        if common_prefix.is_some() && (last.as_deref() == Some(entry) || query.after == entry) {
            continue;
        }
        if page.objects.len() + page.common_prefixes.len() == query.max_keys {
            page.next = last;
            break;
        }
        match common_prefix {
            Some(common_prefix) => page.common_prefixes.push(common_prefix.to_owned()),
            None => page.objects.push((key.clone(), object.clone())),
        }
        last = Some(entry.to_owned());
    }
    page
}

/// The delimiter that an answer repeats: an empty one is as if left out.
pub(super) fn delimiter(wanted: Option<&str>) -> Option<&str> {
    wanted.filter(|delimiter| !delimiter.is_empty())
}

/// The entries of a page: what the request wants, at most S3's. `name` is the argument's.
pub(super) fn page_size(name: &str, wanted: Option<i32>, most: i32) -> S3Result<usize> {
    let wanted = wanted.unwrap_or(most);
    usize::try_from(wanted.min(most)).map_err(|_| {
        let message = format!("Argument {name} must be an integer between 0 and 2147483647");
        invalid_argument(&message, name, &wanted.to_string())
    })
}

/// The token that continues after an entry. Opaque to callers, as S3's.
pub(super) fn token(after: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(after)
}

/// The entry that a token continues after.
pub(super) fn after(token: &str) -> S3Result<String> {
    BASE64_URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .filter(|bytes| !bytes.is_empty())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| invalid_argument("The continuation token provided is incorrect", "continuation-token", token))
}

/// How names are written in this encoding.
pub(super) fn encoder(encoding: Option<&EncodingType>) -> S3Result<fn(&str) -> String> {
    match encoding.map(EncodingType::as_str) {
        None => Ok(str::to_owned),
        Some(EncodingType::URL) => Ok(url_encode),
        Some(other) => Err(invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", other)),
    }
}

/// A name as `encoding-type=url` has it: all but unreserved characters and `/` in percent code.
pub(super) fn url_encode(name: &str) -> String {
    name.bytes().fold(String::with_capacity(name.len()), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
        encoded
    })
}

/// The common prefix that a key is shown under, if it is.
pub(super) fn common_prefix<'k>(key: &'k str, query: Query<'_>) -> Option<&'k str> {
    if query.delimiter.is_empty() {
        return None;
    }
    let rest = &key[query.prefix.len()..];
    rest.find(query.delimiter).map(|at| &key[..query.prefix.len() + at + query.delimiter.len()])
}
