//! What deployments are called. The name is in the name of all that is made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ways::Way;

/// The longest name: with `lab-` before it, and a word behind it, a load balancer's has 32 characters at most.
const CHARACTERS_MAX: usize = 20;

/// A deployment's name: lower-case letters, digits and hyphens; begins with a letter, ends with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

/// A word that is not a deployment's name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a deployment's name has lower-case letters, digits and hyphens, begins with a letter, ends with a letter or digit, and has {CHARACTERS_MAX} characters at most"
)]
pub struct InvalidName;

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(word: &str) -> Result<Self, InvalidName> {
        let fits = |character: char| matches!(character, 'a'..='z' | '0'..='9' | '-');
        let valid = word.len() <= CHARACTERS_MAX
            && word.starts_with(|first: char| first.is_ascii_lowercase())
            && !word.ends_with('-')
            && word.chars().all(fits);
        if valid { Ok(Self(word.to_owned())) } else { Err(InvalidName) }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Name {
    /// A name for a way's next deployment: as much of the way's own as fits, and a suffix that sets it apart from other
    /// people's in the same account.
    #[must_use]
    pub fn for_way(way: Way) -> Self {
        let suffix: String = std::iter::repeat_with(|| fastrand::char('a'..='z')).take(4).collect();
        let words = way.at_default_size().to_string().replace('_', "-");
        let room = CHARACTERS_MAX - suffix.len() - 1;
        let words = words[..words.len().min(room)].trim_end_matches('-');
        Self(format!("{words}-{suffix}"))
    }
}

#[cfg(test)]
mod tests {
    use ways::model;

    use super::*;

    #[test]
    fn the_name_made_of_every_way_is_valid() {
        for way in model().ways() {
            let name = Name::for_way(way);
            assert_eq!(name.to_string().parse(), Ok(name));
        }
    }

    #[test]
    fn what_aws_would_refuse_is_refused() {
        for word in ["", "1st", "-a", "a-", "Fargate", "a_b", "a.b", "../a", "aaaaaaaaaaaaaaaaaaaaa"] {
            assert_eq!(word.parse::<Name>(), Err(InvalidName), "{word}");
        }
    }
}
