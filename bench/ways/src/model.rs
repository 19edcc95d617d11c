//! `ways.toml` as typed data, and what follows from it: which ways there are, which are shown by default.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::de::Error;
use serde::{Deserialize, Serialize};

use crate::axis::{Arch, Axis, Compute, Front, Kind, Language, Store};
use crate::build::Build;
use crate::catalogue::{CatalogueEntry, Published, Row};
use crate::facts::{ArchFacts, Closed, ComputeFacts, FrontFacts, LanguageFacts, Service, StoreFacts, complete};
use crate::name::Way;
use crate::size::{InstanceFacts, PowerFacts};

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

/// All of `ways.toml`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What a name leaves out, and where things are unless another place is given.
    pub defaults: Defaults,
    /// The service, wherever it runs.
    pub service: Service,
    pub(crate) compute: BTreeMap<Compute, ComputeFacts>,
    pub(crate) closed: Vec<Closed>,
    pub(crate) instance: Vec<InstanceFacts>,
    pub(crate) power: Vec<PowerFacts>,
    pub(crate) language: BTreeMap<Language, LanguageFacts>,
    pub(crate) store: BTreeMap<Store, StoreFacts>,
    pub(crate) front: BTreeMap<Front, FrontFacts>,
    pub(crate) arch: BTreeMap<Arch, ArchFacts>,
    /// What the usage types of each AWS region begin with on a bill.
    #[serde(rename = "region")]
    pub regions: BTreeMap<String, Vec<String>>,
    catalogue: Vec<CatalogueEntry>,
}

/// What a name leaves out, and the region unless another is given.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// The language of a name that names none.
    pub language: Language,
    /// The instruction set of a name that names none.
    pub arch: Arch,
    /// The AWS region.
    pub region: String,
}

impl Model {
    fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let mut facts: toml::Table = text.parse()?;
        if let Some(stores) = facts.get_mut("store").and_then(toml::Value::as_table_mut) {
            complete(stores).map_err(toml::de::Error::custom)?;
        }
        facts.try_into()
    }

    /// The AWS region, unless another is given.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.defaults.region
    }

    /// What is known of a compute.
    #[must_use]
    pub fn compute(&self, compute: Compute) -> &'static ComputeFacts {
        compute.facts()
    }

    /// What is known of a store.
    #[must_use]
    pub fn store(&self, store: Store) -> &'static StoreFacts {
        store.facts()
    }

    /// A language's name for people.
    #[must_use]
    pub fn language(&self, language: Language) -> &'static str {
        &language.facts().title
    }

    /// The builds that there are of a way's service, the one that is shown by default first.
    #[must_use]
    pub fn builds(&self, way: Way) -> &'static [Build] {
        let builds = way.language.facts().builds.get(&way.compute.facts().service());
        builds.expect("ways.toml has builds for every way: a test reads them")
    }

    /// Every valid way at its default size, in axis order.
    pub fn ways(&self) -> impl Iterator<Item = Way> {
        self.compute.iter().flat_map(|(&compute, allowed)| {
            allowed.languages.iter().flat_map(move |&language| {
                let stores = allowed.stores.iter().filter(move |store| is_reached(**store, language));
                stores.flat_map(move |&store| {
                    allowed.fronts.iter().flat_map(move |&front| {
                        allowed.arches.iter().map(move |&arch| Way::of(compute, language, store, front, arch))
                    })
                })
            })
        })
    }

    /// The stores that a language has a function for, each a package of its own: of those with one service that which it is.
    #[must_use]
    pub fn functions(&self, language: Language) -> Vec<Store> {
        let functions = self.compute.values().filter(|compute| compute.service() == Kind::Function);
        let in_language = functions.filter(|compute| compute.languages.contains(&language));
        let stores = in_language.flat_map(|compute| compute.stores.iter().copied());
        let reached = stores.filter(|&store| is_reached(store, language));
        let mut stores: Vec<_> = reached.map(Store::service).collect();
        stores.sort();
        stores.dedup();
        stores
    }

    /// The rows shown by default, in their order.
    pub fn catalogue(&self) -> impl Iterator<Item = Row> {
        self.catalogue.iter().map(CatalogueEntry::row)
    }

    /// The original study's figures for a way, at its default size or the study's, where it published some.
    #[must_use]
    pub fn published(&self, way: Way) -> Option<Published> {
        self.catalogue().find(|row| [row.way, row.studys].contains(&way)).and_then(|row| row.published)
    }

    /// A way's name for people, its parts in words: `Lambda · Rust · DynamoDB · HTTP API · x86-64`; a size that is not
    /// the default comes last.
    #[must_use]
    pub fn title(&self, way: Way) -> String {
        let mut title = [
            &way.compute.facts().title,
            &way.language.facts().title,
            &way.store.facts().title,
            &way.front.facts().title,
            &way.arch.facts().title,
        ]
        .map(String::as_str)
        .join(" · ");
        if !way.is_default_size() {
            title.push_str(" · ");
            title.push_str(&way.size.to_string());
        }
        title
    }

    /// Why a combination is not valid, if it is not.
    pub(crate) fn refusal(way: Way) -> Option<String> {
        let allowed = way.compute.facts();
        refuse(way.compute, way.language, &allowed.languages)
            .or_else(|| refuse(way.compute, way.store, &allowed.stores))
            .or_else(|| unreached(way.store, way.language))
            .or_else(|| refuse(way.compute, way.front, &allowed.fronts))
            .or_else(|| refuse(way.compute, way.arch, &allowed.arches))
    }
}

/// Whether there is a service in this language for a store.
fn is_reached(store: Store, language: Language) -> bool {
    store.facts().languages.as_ref().is_none_or(|languages| languages.contains(&language))
}

fn unreached(store: Store, language: Language) -> Option<String> {
    let languages = store.facts().languages.as_ref().filter(|_| !is_reached(store, language))?;
    let words: Vec<_> = languages.iter().map(|language| language.word()).collect();
    Some(format!("no service in `{language}` has the store `{store}`: there is one in {}", words.join(", ")))
}

fn refuse<A: Axis>(compute: Compute, value: A, allowed: &[A]) -> Option<String> {
    if allowed.contains(&value) {
        return None;
    }
    let words: Vec<_> = allowed.iter().map(|value| value.word()).collect();
    Some(format!("{compute} has no {} `{value}`: it takes {}", A::NAME, words.join(", ")))
}
