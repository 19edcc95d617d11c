//! The AWS region that a deployment is in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// That of the original study, and the one whose prices come with the lab.
const DEFAULT: &str = "eu-west-2";

/// The variables that AWS's own tools take it from, the stronger one first.
const VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// A region's name, as `eu-west-2` or `us-gov-east-1`. Whether there is such a region, only AWS knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Region(String);

/// A word that is not a region's name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an AWS region: expected one such as eu-west-2")]
pub struct InvalidRegion(String);

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(word: &str) -> Result<Self, InvalidRegion> {
        let parts: Vec<&str> = word.split('-').collect();
        let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let valid = match parts.split_last() {
            Some((number, words)) => words.len() >= 2 && words.iter().all(is_word) && is_number(number),
            None => false,
        };
        if valid { Ok(Self(word.to_owned())) } else { Err(InvalidRegion(word.to_owned())) }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Region {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one of the environment, else the default.
    ///
    /// # Errors
    /// When what the environment names is not one.
    pub fn from_environment() -> Result<Self, InvalidRegion> {
        let named = VARIABLES.into_iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        named.as_deref().unwrap_or(DEFAULT).parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_are_not_regions() {
        for word in ["eu-west-2", "us-gov-east-1", "ap-southeast-10"] {
            assert_eq!(word.parse::<Region>().expect(word).to_string(), word);
        }
        for word in ["", "mars", "eu-west", "eu-2", "EU-west-2", "eu-west-2a", "-west-2", "eu west 2"] {
            assert_eq!(word.parse::<Region>(), Err(InvalidRegion(word.to_owned())));
        }
    }
}
