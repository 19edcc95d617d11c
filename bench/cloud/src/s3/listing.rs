//! Listing: prefix, delimiter, pages. Pure, over a bucket's ordered keys.

use std::collections::BTreeMap;
use std::ops::Bound;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use s3s::{S3Result, s3_error};

use super::objects::Object;

/// The most entries of one page, S3's.
const MAX_KEYS: i32 = 1000;

/// What is asked for.
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

/// The page that a query asks for.
pub(super) fn list(objects: &BTreeMap<String, Object>, query: Query<'_>) -> Page {
    let mut page = Page::default();
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

/// The number of entries that a request asks for, at most S3's.
pub(super) fn max_keys(asked: Option<i32>) -> S3Result<i32> {
    match asked.unwrap_or(MAX_KEYS) {
        negative if negative < 0 => {
            Err(s3_error!(InvalidArgument, "Argument max-keys must be an integer between 0 and 2147483647"))
        }
        asked => Ok(asked.min(MAX_KEYS)),
    }
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
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}

/// A name as `encoding-type=url` asks for it: all but unreserved characters and `/` in percent code.
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

fn common_prefix<'k>(key: &'k str, query: Query<'_>) -> Option<&'k str> {
    if query.delimiter.is_empty() {
        return None;
    }
    let rest = &key[query.prefix.len()..];
    rest.find(query.delimiter).map(|at| &key[..query.prefix.len() + at + query.delimiter.len()])
}
