//! How a store fails. Must not know any.

use std::sync::Arc;

/// The error of the library below.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a store gave no number.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The count could not be read.
    #[error("reading the count from {place} failed")]
    Read {
        /// The file, table, bucket or server, and its key.
        place: String,
        /// The error of the system or of the SDK.
        #[source]
        source: Source,
    },
    /// The count could not be written, or it is unknown whether it was.
    #[error("writing the count to {place} failed")]
    Write {
        /// The file, table, bucket or server, and its key.
        place: String,
        /// The error of the system or of the SDK.
        #[source]
        source: Source,
    },
    /// What is stored is not a count.
    #[error("{place} holds {found:?} where a decimal count belongs")]
    Corrupt {
        /// The file, table, bucket or server, and its key.
        place: String,
        /// The beginning of what was found.
        found: String,
    },
    /// The count would pass 2^64 - 1.
    #[error("the count would pass 2^64 - 1")]
    Overflow,
    /// Other writers won every round until the time was up.
    #[error("other writers won all {attempts} rounds on {place}")]
    Contended {
        /// The bucket and its key.
        place: String,
        /// Conditional writes tried.
        attempts: u32,
    },
    /// The call that was made for a whole batch of callers failed.
    #[error("the call made for a batch of callers failed")]
    Batch(#[source] Arc<StoreError>),
    /// Too many callers are waiting already.
    #[error("too many callers wait for the store")]
    Busy,
    /// The store's worker has ended.
    #[error("the store's worker has ended")]
    Stopped,
}

/// The count in `text`: decimal digits, at most one newline after them, nothing else.
pub(crate) fn parse_count(place: &str, text: &[u8]) -> Result<u64, StoreError> {
    let digits = text.strip_suffix(b"\n").unwrap_or(text);
    let count = std::str::from_utf8(digits)
        .ok()
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok());
    count.ok_or_else(|| corrupt(place, text))
}

/// What is stored is not a count.
pub(crate) fn corrupt(place: &str, text: &[u8]) -> StoreError {
    // Enough to recognise what it is, short enough for one line of a log.
    let found = String::from_utf8_lossy(&text[..text.len().min(40)]).into_owned();
    StoreError::Corrupt { place: place.to_owned(), found }
}
