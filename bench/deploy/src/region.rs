//! The AWS region that a deployment is in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ways::model;

/// The variables that AWS's own tools take it from, the stronger one first.
const VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// A region that `ways.toml` lists: one whose prices the lab can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Region(String);

/// A word that is not a region's name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not an AWS region that the lab knows: {}", known())]
pub struct InvalidRegion {
    word: String,
}

fn known() -> String {
    model().regions.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(word: &str) -> Result<Self, InvalidRegion> {
        match model().regions.contains_key(word) {
            true => Ok(Self(word.to_owned())),
            false => Err(InvalidRegion { word: word.to_owned() }),
        }
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
        named.as_deref().unwrap_or(model().region()).parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_the_lab_knows_no_prices_of_is_refused_with_those_that_it_does() {
        for word in ["eu-west-2", "us-east-1", "ap-southeast-5"] {
            assert_eq!(word.parse::<Region>().expect(word).to_string(), word);
        }
        for word in ["", "mars", "eu-west", "eu-2", "EU-west-2", "eu-west-2a", "us-gov-east-1", "eu west 2"] {
            let refused = word.parse::<Region>().expect_err(word).to_string();
            assert!(refused.starts_with(&format!("`{word}` is not an AWS region")), "{refused}");
            assert!(refused.contains("eu-west-2,"), "{refused}");
        }
    }
}
