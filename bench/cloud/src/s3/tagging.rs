//! Tags of objects and buckets: how they are written and what S3 refuses.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>

use s3s::dto::Tag;
use s3s::{S3Result, s3_error};

use super::error::{custom, invalid_argument};

/// The most tags of an object, and of a bucket.
pub(super) const OF_AN_OBJECT: usize = 10;
pub(super) const OF_A_BUCKET: usize = 50;

/// The tags of an `x-amz-tagging` header: pairs as in a URL's query.
pub(super) fn of_header(header: Option<&str>) -> S3Result<Vec<Tag>> {
    let Some(header) = header.filter(|header| !header.is_empty()) else { return Ok(Vec::new()) };
    let refused = || {
        let message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
        invalid_argument(message, "x-amz-tagging", header)
    };
    let mut tags: Vec<Tag> = Vec::new();
    for pair in header.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (decode(key).ok_or_else(refused)?, decode(value).ok_or_else(refused)?);
        if tags.iter().any(|tag| tag.key.as_ref() == Some(&key)) {
            return Err(refused());
        }
        tags.push(Tag { key: Some(key), value: Some(value) });
    }
    Ok(tags)
}

/// Refuses what S3 refuses of a set of tags.
pub(super) fn check(tags: &[Tag], most: usize) -> S3Result<()> {
    if tags.len() > most {
        let whose = if most == OF_AN_OBJECT { "Object" } else { "Bucket" };
        let message = format!("{whose} tags cannot be greater than {most}");
        return Err(custom("BadRequest", http::StatusCode::BAD_REQUEST, message));
    }
    for (place, tag) in tags.iter().enumerate() {
        let key = tag.key.as_deref().unwrap_or_default();
        let value = tag.value.as_deref().unwrap_or_default();
        if key.is_empty() || key.chars().count() > 128 || !is_allowed(key) {
            return Err(s3_error!(InvalidTag, "The TagKey you have provided is invalid"));
        }
        if key.starts_with("aws:") {
            return Err(s3_error!(InvalidTag, "System tags cannot be added/updated by requester"));
        }
        if value.chars().count() > 256 || !is_allowed(value) {
            return Err(s3_error!(InvalidTag, "The TagValue you have provided is invalid"));
        }
        if tags[..place].iter().any(|other| other.key == tag.key) {
            return Err(s3_error!(InvalidTag, "Cannot provide multiple Tags with the same key"));
        }
    }
    Ok(())
}

fn is_allowed(text: &str) -> bool {
    text.chars().all(|letter| letter.is_alphanumeric() || " +-=._:/@".contains(letter))
}

/// Decodes a part of a query; nothing if it is not one.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (high, low) = (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
                bytes.push(u8::try_from(high * 16 + low).ok()?);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_tags_is_read_as_a_query_is() {
        let tags = of_header(Some("team=blue&stage=a%20b+c&empty=&bare")).unwrap();
        let pairs: Vec<_> =
            tags.iter().map(|tag| (tag.key.as_deref().unwrap(), tag.value.as_deref().unwrap())).collect();
        assert_eq!(pairs, [("team", "blue"), ("stage", "a b c"), ("empty", ""), ("bare", "")]);
        assert!(of_header(None).unwrap().is_empty());
        for wrong in ["a=1&a=2", "a=%zz", "a=%f", "a=%ff"] {
            assert!(of_header(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
