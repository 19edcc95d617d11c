//! Where the state of a deployment is kept, if not in its folder: a bucket of the caller's.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

use super::name::Name;

/// A bucket, and the folder in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    bucket: String,
    prefix: String,
}

/// A word that names no bucket.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is to be s3://BUCKET or s3://BUCKET/PREFIX")]
pub struct NoBackend;

impl FromStr for Backend {
    type Err = NoBackend;

    fn from_str(word: &str) -> Result<Self, NoBackend> {
        let place = word.strip_prefix("s3://").ok_or(NoBackend)?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let fits = |character: char| matches!(character, 'a'..='z' | '0'..='9' | '-' | '.');
        if bucket.len() < 3 || !bucket.chars().all(fits) {
            return Err(NoBackend);
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bucket, prefix) = (&self.bucket, &self.prefix);
        if prefix.is_empty() { write!(formatter, "s3://{bucket}") } else { write!(formatter, "s3://{bucket}/{prefix}") }
    }
}

impl Backend {
    /// The bucket's name.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What Terraform is told of it, where the bucket is in that region. It locks the state there by itself.
    #[must_use]
    pub fn terraform(&self, name: &Name, region: &str) -> Value {
        let key = [self.prefix.as_str(), &name.to_string(), "terraform.tfstate"];
        let key = key.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        let bucket = &self.bucket;
        json!({ "terraform": { "backend": { "s3": {
            "bucket": bucket, "key": key, "region": region, "encrypt": true, "use_lockfile": true,
        } } } })
    }
}

/// The place of a state that Terraform is told of: `s3://BUCKET/KEY`.
#[must_use]
pub fn place(terraform: &Value) -> String {
    let s3 = &terraform["terraform"]["backend"]["s3"];
    format!("s3://{}/{}", s3["bucket"].as_str().unwrap_or_default(), s3["key"].as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_and_a_folder_are_read_and_told() {
        let name: Name = "one".parse().expect("a name");
        for (word, key) in [
            ("s3://states", "one/terraform.tfstate"),
            ("s3://states/lab", "lab/one/terraform.tfstate"),
            ("s3://states/a/b/", "a/b/one/terraform.tfstate"),
        ] {
            let backend: Backend = word.parse().expect(word);
            assert_eq!(backend.to_string(), word.trim_end_matches('/'));
            let told = backend.terraform(&name, "eu-west-2");
            assert_eq!(place(&told), format!("s3://states/{key}"));
            let s3 = &told["terraform"]["backend"]["s3"];
            assert_eq!((s3["bucket"].as_str(), s3["key"].as_str()), (Some("states"), Some(key)), "{word}");
            assert_eq!(s3["use_lockfile"], true);
        }
    }

    #[test]
    fn other_words_are_refused() {
        for word in ["", "states", "s3://", "s3:///lab", "gs://states", "s3://States"] {
            assert_eq!(word.parse::<Backend>(), Err(NoBackend), "{word}");
        }
    }
}
