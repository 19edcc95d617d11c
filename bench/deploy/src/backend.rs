//! Where the state of a deployment is kept, if not in its folder: a bucket of the caller's.

use std::fmt;
use std::str::FromStr;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::name::Name;

/// A bucket, and the folder in it, as the caller names them: `s3://BUCKET/PREFIX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    bucket: String,
    prefix: String,
}

/// A word that does not name a bucket.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected s3://BUCKET or s3://BUCKET/PREFIX")]
pub struct InvalidPlace;

impl FromStr for Place {
    type Err = InvalidPlace;

    fn from_str(word: &str) -> Result<Self, InvalidPlace> {
        let place = word.strip_prefix("s3://").ok_or(InvalidPlace)?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let fits = |character: char| matches!(character, 'a'..='z' | '0'..='9' | '-' | '.');
        if bucket.len() < 3 || !bucket.chars().all(fits) {
            return Err(InvalidPlace);
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bucket, prefix) = (&self.bucket, &self.prefix);
        if prefix.is_empty() { write!(formatter, "s3://{bucket}") } else { write!(formatter, "s3://{bucket}/{prefix}") }
    }
}

impl Place {
    /// The bucket's name.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The backend of a deployment there, where the bucket is in that region.
    #[must_use]
    pub fn backend(&self, name: &Name, region: &str) -> Backend {
        let key = [self.prefix.as_str(), &name.to_string(), "terraform.tfstate"];
        let key = key.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        Backend { bucket: self.bucket.clone(), key, region: region.to_owned(), encrypt: true, use_lockfile: true }
    }
}

/// Terraform's `s3` backend with the state of one deployment. It locks the state there by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backend {
    bucket: String,
    key: String,
    region: String,
    encrypt: bool,
    use_lockfile: bool,
}

impl Backend {
    /// As Terraform reads it, a configuration of its own.
    #[must_use]
    pub fn configuration(&self) -> Value {
        json!({ "terraform": { "backend": { "s3": self } } })
    }

    /// Reads what [`Self::configuration`] wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_configuration(mut configuration: Value) -> anyhow::Result<Self> {
        let s3 = configuration.pointer_mut("/terraform/backend/s3").map(Value::take);
        serde_json::from_value(s3.context("it has no backend `s3`")?).context("its backend `s3` is incomplete")
    }
}

impl fmt::Display for Backend {
    /// The place of the state.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_and_a_folder_become_a_backend_and_are_read_again() {
        let name: Name = "one".parse().expect("a name");
        for (word, key) in [
            ("s3://states", "one/terraform.tfstate"),
            ("s3://states/lab", "lab/one/terraform.tfstate"),
            ("s3://states/a/b/", "a/b/one/terraform.tfstate"),
        ] {
            let place: Place = word.parse().expect(word);
            assert_eq!(place.to_string(), word.trim_end_matches('/'));
            let backend = place.backend(&name, "eu-west-2");
            assert_eq!(backend.to_string(), format!("s3://states/{key}"));
            let configuration = backend.configuration();
            assert_eq!(configuration["terraform"]["backend"]["s3"]["use_lockfile"], true);
            assert_eq!(Backend::from_configuration(configuration).expect("it is one"), backend);
        }
        assert!(Backend::from_configuration(json!({})).is_err());
    }

    #[test]
    fn other_words_are_refused() {
        for word in ["", "states", "s3://", "s3:///lab", "gs://states", "s3://States"] {
            assert_eq!(word.parse::<Place>(), Err(InvalidPlace), "{word}");
        }
    }
}
