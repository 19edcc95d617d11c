//! `ways.toml` as typed data: which parts each compute takes, its defaults, and the catalogue.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::axis::{Arch, Axis, Compute, Front, Kind, Language, Store};
use crate::catalogue::{CatalogueEntry, Row};
use crate::name::Way;

/// The model of this build: `ways.toml` as it was when the lab was compiled.
///
/// # Panics
/// Never in a build whose tests pass: they read the same bytes.
#[must_use]
pub fn model() -> &'static Model {
    static MODEL: LazyLock<Model> = LazyLock::new(|| {
        Model::parse(include_str!("../../../ways.toml")).expect("the committed ways.toml is valid: a test reads it")
    });
    &MODEL
}

/// All that `ways.toml` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    defaults: Defaults,
    compute: BTreeMap<Compute, ComputeModel>,
    language: BTreeMap<Language, Part>,
    store: BTreeMap<Store, StorePart>,
    front: BTreeMap<Front, Part>,
    arch: BTreeMap<Arch, Part>,
    catalogue: Vec<CatalogueEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    language: Language,
    arch: Arch,
}

/// One compute: what may stand on it, and what it takes when a name leaves a part out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComputeModel {
    /// Its name for people.
    pub title: String,
    /// Whether it runs a server or a function.
    pub kind: Kind,
    /// Languages that it can run.
    pub languages: Vec<Language>,
    /// Stores that make sense there.
    pub stores: Vec<Store>,
    /// Fronts that it can stand behind.
    pub fronts: Vec<Front>,
    /// Instruction sets that it comes in.
    pub arches: Vec<Arch>,
    /// The store of a name that names none; absent where a name must say it.
    pub default_store: Option<Store>,
    /// The front of a name that names none.
    pub default_front: Front,
    /// The size that is deployed.
    pub size: Size,
}

/// What a deployed instance, task or function gets.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Share of virtual CPUs.
    pub vcpu: f64,
    /// Memory in MiB.
    pub memory_mib: u64,
}

/// What is said of a language, a front or an instruction set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name for people.
    pub title: String,
}

/// What is said of a store.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorePart {
    /// Its name for people.
    pub title: String,
    /// Whether an acknowledged count outlives the process that acknowledged it.
    pub durable: bool,
}

impl Model {
    fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// What is said of a compute.
    ///
    /// # Panics
    /// When `ways.toml` leaves a compute out, which a test rules out.
    #[must_use]
    pub fn compute(&self, compute: Compute) -> &ComputeModel {
        self.compute.get(&compute).expect("ways.toml describes every compute: a test reads it")
    }

    /// What is said of a store.
    ///
    /// # Panics
    /// When `ways.toml` leaves a store out, which a test rules out.
    #[must_use]
    pub fn store(&self, store: Store) -> &StorePart {
        self.store.get(&store).expect("ways.toml describes every store: a test reads it")
    }

    /// A language's name for people.
    ///
    /// # Panics
    /// When `ways.toml` leaves a language out, which a test rules out.
    #[must_use]
    pub fn language(&self, language: Language) -> &str {
        &self.language.get(&language).expect("ways.toml describes every language: a test reads it").title
    }

    /// Every valid way, in axis order.
    pub fn ways(&self) -> impl Iterator<Item = Way> {
        self.compute.iter().flat_map(|(&compute, allowed)| {
            allowed.languages.iter().flat_map(move |&language| {
                allowed.stores.iter().flat_map(move |&store| {
                    allowed.fronts.iter().flat_map(move |&front| {
                        allowed.arches.iter().map(move |&arch| Way::of(compute, language, store, front, arch))
                    })
                })
            })
        })
    }

    /// The rows shown by default, in their order.
    pub fn catalogue(&self) -> impl Iterator<Item = Row> {
        self.catalogue.iter().map(|entry| Row {
            way: entry.way.parse().expect("the catalogue names valid ways: a test reads it"),
            published: entry.published,
        })
    }

    /// The origin's figures for a way, where it published some.
    #[must_use]
    pub fn published(&self, way: Way) -> Option<crate::Published> {
        self.catalogue().find(|row| row.way == way).and_then(|row| row.published)
    }

    /// A way's name for people, its parts in words: `Lambda · Rust · DynamoDB · HTTP API · x86-64`.
    ///
    /// # Panics
    /// When `ways.toml` leaves a part out, which a test rules out.
    #[must_use]
    pub fn title(&self, way: Way) -> String {
        let described = "ways.toml describes every part: a test reads it";
        [
            &self.compute(way.compute).title,
            &self.language.get(&way.language).expect(described).title,
            &self.store(way.store).title,
            &self.front.get(&way.front).expect(described).title,
            &self.arch.get(&way.arch).expect(described).title,
        ]
        .map(String::as_str)
        .join(" · ")
    }

    pub(crate) fn default_language(&self) -> Language {
        self.defaults.language
    }

    pub(crate) fn default_arch(&self) -> Arch {
        self.defaults.arch
    }

    /// Why a combination is not valid, or nothing if it is.
    pub(crate) fn refusal(&self, way: Way) -> Option<String> {
        let allowed = self.compute(way.compute);
        refuse(way.compute, way.language, &allowed.languages)
            .or_else(|| refuse(way.compute, way.store, &allowed.stores))
            .or_else(|| refuse(way.compute, way.front, &allowed.fronts))
            .or_else(|| refuse(way.compute, way.arch, &allowed.arches))
    }
}

fn refuse<A: Axis>(compute: Compute, value: A, allowed: &[A]) -> Option<String> {
    if allowed.contains(&value) {
        return None;
    }
    let words: Vec<_> = allowed.iter().map(|value| value.word()).collect();
    Some(format!("{compute} has no {} `{value}`: it takes {}", A::NAME, words.join(", ")))
}
