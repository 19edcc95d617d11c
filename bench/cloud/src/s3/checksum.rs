//! Checksums: what the writer claims of a body is verified, what is known of it is kept.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{Checksum, ChecksumType};
use s3s::{S3Result, s3_error};

use super::content::Content;

/// The five algorithms that S3 knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    pub(super) const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// The algorithm of this name, as `x-amz-checksum-algorithm` has it.
    pub(super) fn named(name: &str) -> S3Result<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name).ok_or_else(|| {
            s3_error!(
                InvalidRequest,
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
            )
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The bytes of a value.
    fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    pub(super) fn of(self, checksum: &Checksum) -> Option<&String> {
        match self {
            Self::Crc32 => checksum.checksum_crc32.as_ref(),
            Self::Crc32c => checksum.checksum_crc32c.as_ref(),
            Self::Crc64Nvme => checksum.checksum_crc64nvme.as_ref(),
            Self::Sha1 => checksum.checksum_sha1.as_ref(),
            Self::Sha256 => checksum.checksum_sha256.as_ref(),
        }
    }

    pub(super) fn of_mut(self, checksum: &mut Checksum) -> &mut Option<String> {
        match self {
            Self::Crc32 => &mut checksum.checksum_crc32,
            Self::Crc32c => &mut checksum.checksum_crc32c,
            Self::Crc64Nvme => &mut checksum.checksum_crc64nvme,
            Self::Sha1 => &mut checksum.checksum_sha1,
            Self::Sha256 => &mut checksum.checksum_sha256,
        }
    }

    /// The checksum of these bytes, of the whole object.
    pub(super) fn full(self, content: &Content) -> Checksum {
        let mut hasher = ChecksumHasher {
            crc32: (self == Self::Crc32).then(Default::default),
            crc32c: (self == Self::Crc32c).then(Default::default),
            crc64nvme: (self == Self::Crc64Nvme).then(Default::default),
            sha1: (self == Self::Sha1).then(Default::default),
            sha256: (self == Self::Sha256).then(Default::default),
        };
        content.pieces().for_each(|piece| hasher.update(piece));
        let mut checksum = hasher.finalize();
        checksum.checksum_type = Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT));
        checksum
    }

    /// The checksum of the parts' checksums, with their number after it.
    pub(super) fn composite(self, parts: &[&Checksum]) -> Option<Checksum> {
        let mut digests = Vec::new();
        for part in parts {
            digests.extend(BASE64_STANDARD.decode(self.of(part)?).ok()?);
        }
        let mut checksum = self.full(&Content::from(digests));
        let value = self.of(&checksum).map(|value| format!("{value}-{}", parts.len()));
        *self.of_mut(&mut checksum) = value;
        checksum.checksum_type = Some(ChecksumType::from_static(ChecksumType::COMPOSITE));
        Some(checksum)
    }
}

/// The five checksum fields of a request or an answer.
macro_rules! checksum_of {
    ($from:expr) => {
        s3s::dto::Checksum {
            checksum_crc32: $from.checksum_crc32.clone(),
            checksum_crc32c: $from.checksum_crc32c.clone(),
            checksum_crc64nvme: $from.checksum_crc64nvme.clone(),
            checksum_sha1: $from.checksum_sha1.clone(),
            checksum_sha256: $from.checksum_sha256.clone(),
            checksum_type: None,
        }
    };
}

/// An answer with the five checksum fields filled in.
macro_rules! with_checksum {
    ($to:expr, $checksum:expr) => {{
        let (mut to, checksum) = ($to, $checksum);
        to.checksum_crc32 = checksum.checksum_crc32.clone();
        to.checksum_crc32c = checksum.checksum_crc32c.clone();
        to.checksum_crc64nvme = checksum.checksum_crc64nvme.clone();
        to.checksum_sha1 = checksum.checksum_sha1.clone();
        to.checksum_sha256 = checksum.checksum_sha256.clone();
        to
    }};
}

pub(super) use {checksum_of, with_checksum};

/// MD5 of a body.
#[derive(Clone, Copy)]
pub(super) struct Digest([u8; 16]);

impl Digest {
    pub(super) fn of(content: &Content) -> Self {
        let mut hasher = Md5::new();
        content.pieces().for_each(|piece| hasher.update(piece));
        Self(hasher.finalize())
    }

    /// In hexadecimal: the object's tag.
    pub(super) fn etag(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The tag of an object of several parts: MD5 of their MD5s, and their number.
    pub(super) fn etag_of_parts(parts: &[Self]) -> String {
        let digests: Vec<u8> = parts.iter().flat_map(|digest| digest.0).collect();
        format!("{}-{}", Self::of(&Content::from(digests)).etag(), parts.len())
    }

    /// Checks `Content-MD5`.
    pub(super) fn verify(self, claimed: Option<&str>) -> S3Result<()> {
        let Some(claimed) = claimed else { return Ok(()) };
        match BASE64_STANDARD.decode(claimed) {
            Ok(bytes) if bytes == self.0 => Ok(()),
            Ok(bytes) if bytes.len() == self.0.len() => {
                Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."))
            }
            _ => Err(s3_error!(InvalidDigest, "The Content-MD5 you specified is not valid.")),
        }
    }
}

/// Adds the checksums that came after the body, as the SDKs send them by default.
pub(super) fn add_trailers(claimed: &mut Checksum, trailers: &HeaderMap) {
    for algorithm in Algorithm::ALL {
        let trailer = trailers.get(algorithm.header()).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let field = algorithm.of_mut(claimed);
        *field = field.take().or(trailer);
    }
}

/// Verifies the claimed checksum and gives what to keep: it, or S3's own CRC-64/NVME where none was claimed.
/// `announced` is the algorithm that the writer promised a value of.
pub(super) fn verify(claimed: &Checksum, announced: Option<&str>, content: &Content) -> S3Result<Checksum> {
    let mut given = Algorithm::ALL.into_iter().filter_map(|algorithm| Some((algorithm, algorithm.of(claimed)?)));
    let first = given.next();
    if given.next().is_some() {
        return Err(s3_error!(
            InvalidRequest,
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        ));
    }
    let announced = announced.map(Algorithm::named).transpose()?;
    if announced.is_some() && announced != first.map(|(algorithm, _)| algorithm) {
        return Err(s3_error!(
            InvalidRequest,
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
        ));
    }
    let Some((algorithm, claimed)) = first else { return Ok(Algorithm::Crc64Nvme.full(content)) };
    if BASE64_STANDARD.decode(claimed).map_or(0, |value| value.len()) != algorithm.length() {
        return Err(s3_error!(InvalidRequest, "Value for {} header is invalid.", algorithm.header()));
    }
    let found = algorithm.full(content);
    if algorithm.of(&found) != Some(claimed) {
        let name = algorithm.name();
        return Err(s3_error!(BadDigest, "The {name} you specified did not match the calculated checksum."));
    }
    Ok(found)
}

/// The algorithm of a checksum that is kept.
pub(super) fn algorithm(checksum: &Checksum) -> Option<Algorithm> {
    Algorithm::ALL.into_iter().find(|algorithm| algorithm.of(checksum).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of <https://reveng.sourceforge.io/crc-catalogue/> and of FIPS 180 for "123456789".
    #[test]
    fn each_algorithm_gives_its_published_check_value() {
        let content = Content::from(b"123456789".to_vec());
        for (algorithm, value) in [
            (Algorithm::Crc32, "y/Q5Jg=="),
            (Algorithm::Crc32c, "4waSgw=="),
            (Algorithm::Crc64Nvme, "rosUhgp5mIg="),
            (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
            (Algorithm::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ] {
            let found = algorithm.full(&content);
            assert_eq!(algorithm.of(&found).map(String::as_str), Some(value), "{}", algorithm.name());
            let length = BASE64_STANDARD.decode(algorithm.of(&found).unwrap()).unwrap().len();
            assert_eq!(length, algorithm.length(), "{}", algorithm.name());
            verify(&found, Some(algorithm.name()), &content).unwrap();
            assert!(verify(&found, None, &Content::from(b"other".to_vec())).is_err());
        }
    }

    #[test]
    fn a_checksum_of_parts_is_that_of_their_checksums_and_names_their_number() {
        let part = Algorithm::Sha256.full(&Content::from(b"a".to_vec()));
        let composite = Algorithm::Sha256.composite(&[&part, &part]).unwrap();
        let bytes = BASE64_STANDARD.decode(part.checksum_sha256.as_ref().unwrap()).unwrap().repeat(2);
        let value = Algorithm::Sha256.full(&Content::from(bytes)).checksum_sha256.unwrap();
        assert_eq!(composite.checksum_sha256, Some(format!("{value}-2")));
    }
}
