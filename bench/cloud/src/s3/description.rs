//! What a writer states of an object beside its bytes: kept and given back, or refused.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use http::HeaderMap;
use s3s::dto::{Metadata, ServerSideEncryption, StorageClass, Tag, Timestamp};
use s3s::{S3Result, s3_error};

use super::error::{invalid_argument, not_implemented};
use super::tagging;

/// The most bytes of user metadata.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>
const METADATA_BYTES: usize = 2 * 1024;

/// What the writer stated, given back with the object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Description {
    pub(super) cache_control: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) expires: Option<Timestamp>,
    pub(super) metadata: Option<Metadata>,
    pub(super) storage_class: Option<StorageClass>,
    pub(super) website_redirect: Option<String>,
    pub(super) tags: Vec<Tag>,
}

/// The description in an input, checked.
macro_rules! description_of {
    ($input:expr) => {
        $crate::s3::description::Description {
            cache_control: $input.cache_control.clone(),
            content_disposition: $input.content_disposition.clone(),
            content_encoding: $input.content_encoding.clone(),
            content_language: $input.content_language.clone(),
            content_type: $input.content_type.clone(),
            expires: $input.expires.clone(),
            metadata: $input.metadata.clone(),
            storage_class: $input.storage_class.clone(),
            website_redirect: $input.website_redirect_location.clone(),
            tags: $crate::s3::tagging::of_header($input.tagging.as_deref())?,
        }
        .checked()?
    };
}

/// An answer with the description filled in.
macro_rules! with_description {
    ($to:expr, $description:expr) => {{
        let (mut to, description) = ($to, $description);
        to.cache_control = description.cache_control;
        to.content_disposition = description.content_disposition;
        to.content_encoding = description.content_encoding;
        to.content_language = description.content_language;
        to.content_type = description.content_type;
        to.expires = description.expires;
        to.metadata = description.metadata;
        to.storage_class = description.storage_class;
        to.website_redirect_location = description.website_redirect;
        to
    }};
}

pub(super) use {description_of, with_description};

impl Description {
    /// The description as it is kept, or S3's refusal of it.
    pub(super) fn checked(mut self) -> S3Result<Self> {
        self.content_encoding = self.content_encoding.as_deref().and_then(without_aws_chunked);
        let standard = self.storage_class.as_ref().is_some_and(|class| class.as_str() == StorageClass::STANDARD);
        if standard {
            // Never shown.
            self.storage_class = None;
        }
        if let Some(class) = &self.storage_class
            && !STORAGE_CLASSES.contains(&class.as_str())
        {
            return Err(s3_error!(InvalidStorageClass, "The storage class you specified is not valid"));
        }
        let bytes: usize = self.metadata.iter().flatten().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > METADATA_BYTES {
            return Err(s3_error!(MetadataTooLarge, "Your metadata headers exceed the maximum allowed metadata size"));
        }
        if let Some(place) = &self.website_redirect
            && !["/", "http://", "https://"].iter().any(|start| place.starts_with(start))
        {
            let message = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.";
            return Err(invalid_argument(message, "x-amz-website-redirect-location", place));
        }
        tagging::check(&self.tags, tagging::OF_AN_OBJECT)?;
        Ok(self)
    }

    /// Whether the object must be restored before it can be read; that takes hours on AWS and does not happen here.
    pub(super) fn is_archived(&self) -> bool {
        self.storage_class
            .as_ref()
            .is_some_and(|class| matches!(class.as_str(), StorageClass::GLACIER | StorageClass::DEEP_ARCHIVE))
    }
}

/// The classes of a general purpose bucket.
const STORAGE_CLASSES: [&str; 7] = [
    StorageClass::REDUCED_REDUNDANCY,
    StorageClass::STANDARD_IA,
    StorageClass::ONEZONE_IA,
    StorageClass::INTELLIGENT_TIERING,
    StorageClass::GLACIER,
    StorageClass::GLACIER_IR,
    StorageClass::DEEP_ARCHIVE,
];

/// The codings of an object: `aws-chunked` is how its bytes travelled, and is not kept.
fn without_aws_chunked(codings: &str) -> Option<String> {
    if !codings.to_ascii_lowercase().contains("aws-chunked") {
        return Some(codings.to_owned()).filter(|codings| !codings.is_empty());
    }
    let kept: Vec<&str> = codings
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.eq_ignore_ascii_case("aws-chunked") && !coding.is_empty())
        .collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

/// How every object here is encrypted, as on AWS since 2023.
pub(super) fn encryption() -> Option<ServerSideEncryption> {
    Some(ServerSideEncryption::from_static(ServerSideEncryption::AES256))
}

/// What a write can demand of AWS and not of this S3: appending, and keys of KMS.
const NOT_IMPLEMENTED: [&str; 4] = [
    "x-amz-write-offset-bytes",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-server-side-encryption-context",
];

/// Refuses what a write's headers demand and a new bucket of AWS's would refuse, too, or this S3 can't do.
pub(super) fn check_headers(headers: &HeaderMap) -> S3Result<()> {
    let value = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    // `s3s` takes an empty one for none.
    if value("content-md5").is_some_and(|digest| digest.is_empty()) {
        return Err(s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid."));
    }
    for name in headers.keys().map(http::HeaderName::as_str) {
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html>
        if name.contains("server-side-encryption-customer-") {
            return Err(s3_error!(
                InvalidRequest,
                "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection."
            ));
        }
        if name.starts_with("x-amz-object-lock-") {
            return Err(s3_error!(InvalidRequest, "Bucket is missing Object Lock Configuration"));
        }
        if name.starts_with("x-amz-grant-") {
            return Err(no_acls());
        }
        if NOT_IMPLEMENTED.contains(&name) {
            return Err(not_implemented(name));
        }
    }
    match value("x-amz-server-side-encryption").as_deref() {
        None | Some("AES256") => {}
        Some("aws:kms" | "aws:kms:dsse") => return Err(not_implemented("x-amz-server-side-encryption: aws:kms")),
        Some(other) => {
            let message = "The encryption method specified is not supported";
            return Err(invalid_argument(message, "x-amz-server-side-encryption", other));
        }
    }
    match value("x-amz-acl").as_deref() {
        None | Some("bucket-owner-full-control") => Ok(()),
        Some(_) => Err(no_acls()),
    }
}

/// Buckets are created with ACLs disabled, as AWS's are since 2023.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
pub(super) fn no_acls() -> s3s::S3Error {
    s3_error!(AccessControlListNotSupported, "The bucket does not allow ACLs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_digest_is_not_one() {
        let headers = |value| HeaderMap::from_iter([(http::HeaderName::from_static("content-md5"), value)]);
        let refused = check_headers(&headers(http::HeaderValue::from_static(""))).unwrap_err();
        assert_eq!(*refused.code(), s3s::S3ErrorCode::InvalidDigest);
        check_headers(&headers(http::HeaderValue::from_static("XUFAKrxLKna5cZ2REBfFkg=="))).unwrap();
    }

    #[test]
    fn aws_chunked_is_no_coding_wherever_it_stands() {
        for (sent, kept) in [
            ("aws-chunked", None),
            ("gzip,aws-chunked", Some("gzip")),
            ("aws-chunked, br", Some("br")),
            ("gzip, AWS-Chunked , br", Some("gzip,br")),
            ("deflate, gzip", Some("deflate, gzip")),
            ("", None),
            ("aws-chunked,", None),
            ("identity", Some("identity")),
        ] {
            assert_eq!(without_aws_chunked(sent).as_deref(), kept, "{sent}");
        }
    }
}
