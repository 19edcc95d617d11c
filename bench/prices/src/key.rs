//! The name of a price. Which prices there are, the parts declare that charge them ([`crate::cost`]), and there is no other.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use ways::{Arch, Axis};

use crate::cost;

/// A price, the same in every snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PriceKey {
    /// Its name in snapshots, with `{}` where that has the word.
    name: &'static str,
    word: &'static str,
}

/// Prices that differ by instruction set, instance type or power alone: their name in snapshots, with `{}` for the word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PriceOfEach(pub(crate) &'static str);

impl PriceKey {
    /// The price of a name that has no word in it.
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, word: "" }
    }

    /// The price of a name in snapshots; nothing where no part charges it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::by_name().get(name).copied()
    }

    /// Every price, in the order in which snapshots list them: that of the alphabet.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::by_name().values().copied()
    }

    fn by_name() -> &'static BTreeMap<String, Self> {
        static BY_NAME: LazyLock<BTreeMap<String, PriceKey>> =
            LazyLock::new(|| cost::prices().map(|key| (key.to_string(), key)).collect());
        &BY_NAME
    }
}

impl PriceOfEach {
    /// The one of a word.
    pub(crate) fn of(self, word: &'static str) -> PriceKey {
        PriceKey { name: self.0, word }
    }

    /// Those of all instruction sets.
    pub(crate) fn arches(self) -> impl Iterator<Item = PriceKey> {
        Arch::ALL.iter().map(move |arch| self.of(arch.word()))
    }
}

/// Its name in snapshots.
impl fmt::Display for PriceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name.replace("{}", &self.word.replace('.', "_")))
    }
}

impl Serialize for PriceKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PriceKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| de::Error::custom(format_args!("unknown price `{name}`")))
    }
}
