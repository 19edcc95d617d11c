//! Multipart uploads under way in one bucket: their parts, and what is checked when they are put together.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>. It must not know requests.

use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

use s3s::dto::{Checksum, CompletedPart};
use s3s::{S3Error, S3Result, s3_error};

use super::checksum::{Algorithm, Digest, checksum_of};
use super::content::Content;
use super::description::Description;
use super::error::{detailed, invalid_argument};
use super::objects::{self, Object, ObjectPart};

/// The smallest part but the last, in bytes.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MIN_PART_BYTES: usize = 5 * 1024 * 1024;

/// The highest part number, same source.
const MAX_PART_NUMBER: i32 = 10_000;

/// How many completed uploads of a bucket are remembered. S3 remembers them for some time.
const MAX_COMPLETED: usize = 1_000;

/// The uploads of a bucket.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    /// In the order of their keys and then of their beginning.
    under_way: BTreeMap<(String, String), Upload>,
    /// The newest last.
    completed: VecDeque<Completed>,
}

/// An upload that has become an object: the same completion again is answered the same.
#[derive(Clone, Debug)]
pub(super) struct Completed {
    pub(super) key: String,
    pub(super) id: String,
    pub(super) parts: Vec<CompletedPart>,
    pub(super) etag: String,
    pub(super) checksum: Checksum,
}

/// One upload.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    pub(super) initiated: SystemTime,
    pub(super) description: Description,
    pub(super) algorithm: Option<Algorithm>,
    /// Whether the object's checksum is one of its parts' checksums.
    pub(super) composite: bool,
    pub(super) parts: BTreeMap<i32, Part>,
}

/// A part that has arrived.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) content: Content,
    pub(super) digest: Digest,
    pub(super) checksum: Checksum,
    pub(super) last_modified: SystemTime,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part").field("length", &self.content.length()).finish_non_exhaustive()
    }
}

impl Uploads {
    pub(super) fn insert(&mut self, key: &str, id: &str, upload: Upload) {
        self.under_way.insert((key.to_owned(), id.to_owned()), upload);
    }

    pub(super) fn get(&mut self, key: &str, id: &str) -> S3Result<&mut Upload> {
        self.under_way.get_mut(&(key.to_owned(), id.to_owned())).ok_or_else(|| no_such_upload(id))
    }

    pub(super) fn remove(&mut self, key: &str, id: &str) -> S3Result<()> {
        self.under_way.remove(&(key.to_owned(), id.to_owned())).map(|_| ()).ok_or_else(|| no_such_upload(id))
    }

    /// Ends an upload that becomes an object.
    pub(super) fn complete(&mut self, completed: Completed) -> S3Result<()> {
        self.remove(&completed.key, &completed.id)?;
        if self.completed.len() == MAX_COMPLETED {
            self.completed.pop_front();
        }
        self.completed.push_back(completed);
        Ok(())
    }

    /// The upload that was completed with the same parts.
    pub(super) fn completed(&self, key: &str, id: &str, parts: &[CompletedPart]) -> Option<&Completed> {
        self.completed.iter().find(|it| it.id == id && it.key == key && it.parts == parts)
    }

    /// Key, identifier and upload of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str, &Upload)> {
        self.under_way.iter().map(|((key, id), upload)| (key.as_str(), id.as_str(), upload))
    }
}

impl Upload {
    /// The object that these parts make, in S3's order of checks.
    pub(super) fn complete(&self, wanted: &[CompletedPart]) -> S3Result<Object> {
        if wanted.is_empty() {
            return Err(malformed());
        }
        let parts = self.chosen(wanted)?;
        let mut content = Content::default();
        let mut kept = Vec::new();
        for part in &parts {
            content.append(part.content.clone());
            kept.push(ObjectPart { length: part.content.length(), checksum: part.checksum.clone() });
        }
        let digests: Vec<Digest> = parts.iter().map(|part| part.digest).collect();
        let checksum = match self.algorithm {
            Some(algorithm) if self.composite => {
                let checksums: Vec<&Checksum> = parts.iter().map(|part| &part.checksum).collect();
                algorithm.composite(&checksums).unwrap_or_default()
            }
            algorithm => algorithm.unwrap_or(Algorithm::Crc64Nvme).full(&content),
        };
        Ok(Object {
            content,
            etag: Digest::etag_of_parts(&digests),
            last_modified: objects::now(),
            description: self.description.clone(),
            checksum,
            parts: kept,
        })
    }

    fn chosen(&self, wanted: &[CompletedPart]) -> S3Result<Vec<&Part>> {
        let mut parts = Vec::new();
        let mut before = 0;
        for part in wanted {
            let number = part.part_number.ok_or_else(malformed)?;
            if number <= before {
                return Err(s3_error!(
                    InvalidPartOrder,
                    "The list of parts was not in ascending order. Parts must be ordered by part number."
                ));
            }
            before = number;
        }
        for part in wanted {
            let number = part.part_number.ok_or_else(malformed)?;
            let found = self
                .parts
                .get(&number)
                .filter(|found| part.e_tag.as_ref().is_some_and(|tag| tag.value() == found.digest.etag()));
            let found = found.ok_or_else(|| invalid_part(number))?;
            self.check_checksum(number, &checksum_of!(part), found)?;
            parts.push((number, found));
        }
        let all_but_last = &parts[..parts.len().saturating_sub(1)];
        if let Some((number, part)) = all_but_last.iter().find(|(_, part)| part.content.length() < MIN_PART_BYTES) {
            return Err(too_small(*number, part));
        }
        Ok(parts.into_iter().map(|(_, part)| part).collect())
    }

    /// A part's checksum in the list: the one that the part has, and there where the object's is made of it.
    fn check_checksum(&self, number: i32, claimed: &Checksum, part: &Part) -> S3Result<()> {
        for algorithm in Algorithm::ALL {
            match (algorithm.of(claimed), algorithm.of(&part.checksum)) {
                (Some(claimed), Some(found)) if claimed != found => return Err(invalid_part(number)),
                (Some(_), None) => return Err(invalid_part(number)),
                (None, _) if self.composite && self.algorithm == Some(algorithm) => {
                    return Err(s3_error!(
                        InvalidRequest,
                        "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing for part {number} in the request.",
                        algorithm.name().to_lowercase()
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Refuses a part number that S3 refuses.
pub(super) fn check_number(number: i32) -> S3Result<()> {
    if (1..=MAX_PART_NUMBER).contains(&number) {
        return Ok(());
    }
    let message = "Part number must be an integer between 1 and 10000, inclusive";
    Err(invalid_argument(message, "partNumber", &number.to_string()))
}

fn no_such_upload(id: &str) -> S3Error {
    let error = s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    );
    detailed(error, &[("UploadId", id)])
}

fn invalid_part(number: i32) -> S3Error {
    let error = s3_error!(
        InvalidPart,
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
    );
    detailed(error, &[("PartNumber", &number.to_string())])
}

fn too_small(number: i32, part: &Part) -> S3Error {
    let error = s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size");
    let (proposed, least) = (part.content.length().to_string(), MIN_PART_BYTES.to_string());
    detailed(error, &[("ProposedSize", &proposed), ("MinSizeAllowed", &least), ("PartNumber", &number.to_string())])
}

fn malformed() -> S3Error {
    s3_error!(MalformedXML, "The XML you provided was not well-formed or did not validate against our published schema")
}
