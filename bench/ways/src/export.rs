//! The facts as one JSON document, for all that is not Rust: Nix, infra, the build scripts of the languages.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::axis::{Arch, Axis, Compute, Front, Language, Store};
use crate::model::{Model, model};
use crate::name::Way;

/// All of `ways.toml`, and what follows from it.
#[derive(Debug, Serialize)]
pub struct Facts {
    #[serde(flatten)]
    model: &'static Model,
    /// The stores that each language has functions for, each a package `lambda-STORE` of its own.
    functions: BTreeMap<Language, Vec<Store>>,
    /// Every valid way at its default size, by name.
    ways: BTreeMap<String, Parts>,
}

/// One way and its parts.
#[derive(Debug, Serialize)]
pub struct Parts {
    name: String,
    compute: Compute,
    language: Language,
    store: Store,
    front: Front,
    arch: Arch,
    durable: bool,
    /// Absent with the two others where nothing runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number_if_any")]
    vcpu: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_mib: Option<u64>,
}

/// A number as `ways.toml` has it: whole ones without a decimal point, for readers to whom 1 and 1.0 differ.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) fn number<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match number.fract() == 0.0 {
        true => serializer.serialize_i64(*number as i64),
        false => serializer.serialize_f64(*number),
    }
}

#[expect(clippy::ref_option, reason = "serde passes a reference")]
fn number_if_any<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(it) => self::number(it, serializer),
        None => serializer.serialize_none(),
    }
}

impl Facts {
    /// The facts of this build.
    #[must_use]
    pub fn of_this_build() -> Self {
        let functions = Language::ALL.iter().map(|&language| (language, model().functions(language)));
        let ways = model().ways().map(|way| (way.to_string(), Parts::of(way)));
        Self { model: model(), functions: functions.collect(), ways: ways.collect() }
    }
}

impl Parts {
    /// The parts of a way.
    #[must_use]
    pub fn of(way: Way) -> Self {
        let resources = way.has_process().then(|| way.resources());
        Self {
            name: way.to_string(),
            compute: way.compute,
            language: way.language,
            store: way.store,
            front: way.front,
            arch: way.arch,
            durable: way.store.facts().durable,
            size: resources.map(|_| way.size.to_string()),
            vcpu: resources.map(|it| it.vcpu),
            memory_mib: resources.map(|it| it.memory_mib),
        }
    }
}
