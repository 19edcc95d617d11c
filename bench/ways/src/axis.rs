//! The five axes. Their values, and what is known of each, are in `ways.toml`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::facts::{ArchFacts, ComputeFacts, FrontFacts, LanguageFacts, StoreFacts};
use crate::model::model;

/// A closed set of values, each with the word that stands for it in names and in `ways.toml`.
pub trait Axis: Copy + Eq + fmt::Debug + fmt::Display + Sized + 'static {
    /// What `ways.toml` has of each value.
    type Facts: 'static;

    /// The axis's name, as in `ways.toml`.
    const NAME: &'static str;
    /// Every value, in the order in which `ways.toml` and tables list them.
    const ALL: &'static [Self];

    /// The word that stands for this value.
    fn word(self) -> &'static str;

    /// What `ways.toml` has of this value.
    fn facts(self) -> &'static Self::Facts;

    /// The value that a word stands for.
    #[must_use]
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == word)
    }
}

macro_rules! axis {
    (
        $(#[$doc:meta])* $name:ident, $axis:ident: $facts:ty,
        { $($(#[$value_doc:meta])* $value:ident = $word:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$value_doc])* #[serde(rename = $word)] $value,)+
        }

        impl $name {
            const WORDS: &'static [&'static str] = &[$($word,)+];
        }

        impl Axis for $name {
            type Facts = $facts;

            const NAME: &'static str = stringify!($axis);
            const ALL: &'static [Self] = &[$(Self::$value,)+];

            fn word(self) -> &'static str {
                Self::WORDS[self as usize]
            }

            fn facts(self) -> &'static $facts {
                model().$axis.get(&self).expect("ways.toml describes every value: a test reads it")
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.word())
            }
        }
    };
}

// Each axis's values, by the words and the order of `ways.toml`: `build.rs` reads them.
include!(concat!(env!("OUT_DIR"), "/values.rs"));

compute! {
    /// What runs the service.
    Compute, compute: ComputeFacts,
}

language! {
    /// What the service is written in.
    Language, language: LanguageFacts,
}

store! {
    /// Where the count is kept.
    Store, store: StoreFacts,
}

front! {
    /// What stands between the caller and the compute.
    Front, front: FrontFacts,
}

arch! {
    /// The processor's instruction set.
    Arch, arch: ArchFacts,
}

/// How a compute runs the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A process that stays up and listens.
    Server,
    /// A function in execution environments, invoked by events.
    Function,
    /// No process: the front's own integration with AWS calls the store, by templates.
    Integration,
}

impl Kind {
    /// Whether processes run the service. Where none do, there is nothing to start, to size or to charge by its time.
    #[must_use]
    pub fn has_process(self) -> bool {
        match self {
            Self::Server | Self::Function => true,
            Self::Integration => false,
        }
    }
}

const _: () = assert!(
    are_unambiguous(&[Compute::WORDS, Language::WORDS, Store::WORDS, Front::WORDS, Arch::WORDS]),
    "two values have one word, or a word extends another by a hyphen: a name could be read in two ways"
);

/// Whether each name made of these words can be read in one way only.
const fn are_unambiguous(axes: &[&[&str]]) -> bool {
    let mut axis = 0;
    while axis < axes.len() {
        let mut word = 0;
        while word < axes[axis].len() {
            if count_beginning_with(axes, axes[axis][word]) != 1 {
                return false;
            }
            word += 1;
        }
        axis += 1;
    }
    true
}

/// How many words are this one, or this one and a hyphen and more.
const fn count_beginning_with(axes: &[&[&str]], beginning: &str) -> usize {
    let (mut count, mut axis) = (0, 0);
    while axis < axes.len() {
        let mut word = 0;
        while word < axes[axis].len() {
            if is_or_extends(axes[axis][word].as_bytes(), beginning.as_bytes()) {
                count += 1;
            }
            word += 1;
        }
        axis += 1;
    }
    count
}

const fn is_or_extends(word: &[u8], beginning: &[u8]) -> bool {
    if word.len() < beginning.len() {
        return false;
    }
    let mut index = 0;
    while index < beginning.len() {
        if word[index] != beginning[index] {
            return false;
        }
        index += 1;
    }
    word.len() == beginning.len() || word[index] == b'-'
}

#[cfg(test)]
mod tests {
    use super::are_unambiguous;

    #[test]
    fn a_word_that_extends_another_by_a_hyphen_is_refused_and_one_that_only_begins_alike_is_not() {
        assert!(are_unambiguous(&[&["s3", "s3x"], &["http-api", "http2"]]));
        for axes in [&[&["s3", "s3-express"][..]][..], &[&["s3"], &["s3-express"]], &[&["file"], &["file"]]] {
            assert!(!are_unambiguous(axes), "{axes:?}");
        }
    }
}
