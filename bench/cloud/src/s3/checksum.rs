//! Checksums: what the writer claims of a body is verified, what is known of it is kept.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{Checksum, ChecksumType};
use s3s::{S3Result, s3_error};

/// MD5 of a body.
pub(super) struct Digest([u8; 16]);

impl Digest {
    pub(super) fn of(body: &[u8]) -> Self {
        Self(Md5::checksum(body))
    }

    /// In hexadecimal: the object's tag.
    pub(super) fn etag(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Checks `Content-MD5`.
    pub(super) fn verify(&self, claimed: Option<&str>) -> S3Result<()> {
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
    let trailer = |name: &str| trailers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let add = |field: &mut Option<String>, name: &str| *field = field.take().or_else(|| trailer(name));
    add(&mut claimed.checksum_crc32, "x-amz-checksum-crc32");
    add(&mut claimed.checksum_crc32c, "x-amz-checksum-crc32c");
    add(&mut claimed.checksum_crc64nvme, "x-amz-checksum-crc64nvme");
    add(&mut claimed.checksum_sha1, "x-amz-checksum-sha1");
    add(&mut claimed.checksum_sha256, "x-amz-checksum-sha256");
}

/// Verifies each claimed checksum and gives what to keep: those, or S3's own CRC-64/NVME where none was claimed.
pub(super) fn verify(claimed: &Checksum, body: &[u8]) -> S3Result<Checksum> {
    let none = claimed.checksum_crc32.is_none()
        && claimed.checksum_crc32c.is_none()
        && claimed.checksum_crc64nvme.is_none()
        && claimed.checksum_sha1.is_none()
        && claimed.checksum_sha256.is_none();
    let mut hasher = ChecksumHasher {
        crc32: claimed.checksum_crc32.as_ref().map(|_| Default::default()),
        crc32c: claimed.checksum_crc32c.as_ref().map(|_| Default::default()),
        crc64nvme: (none || claimed.checksum_crc64nvme.is_some()).then(Default::default),
        sha1: claimed.checksum_sha1.as_ref().map(|_| Default::default()),
        sha256: claimed.checksum_sha256.as_ref().map(|_| Default::default()),
    };
    hasher.update(body);
    let mut found = hasher.finalize();
    for (name, claimed, found) in [
        ("CRC32", &claimed.checksum_crc32, &found.checksum_crc32),
        ("CRC32C", &claimed.checksum_crc32c, &found.checksum_crc32c),
        ("CRC64NVME", &claimed.checksum_crc64nvme, &found.checksum_crc64nvme),
        ("SHA1", &claimed.checksum_sha1, &found.checksum_sha1),
        ("SHA256", &claimed.checksum_sha256, &found.checksum_sha256),
    ] {
        if claimed.is_some() && claimed != found {
            return Err(s3_error!(BadDigest, "The {name} you specified did not match the calculated checksum."));
        }
    }
    found.checksum_type = Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT));
    Ok(found)
}
