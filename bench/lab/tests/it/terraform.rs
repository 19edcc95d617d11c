//! The ways' Terraform, checked without AWS: by the provider's schema, its own references, Terraform itself, checkov,
//! and an AWS stand-in. Must not know a way by name: what a part needs stands with the part.

mod applied;
mod checkov;
mod exported;
mod permissions;
mod pushed;
mod references;
mod registry;
mod rules;
mod schema;
mod stand_in;
pub(crate) mod tool;
mod validate;

use std::path::{Path, PathBuf};

use deploy::every::{self, EveryWay};
use serde_json::Value;
use ways::{Arch, Axis, Way, model};

use crate::support::root;

/// A way's configuration.
struct Rendered {
    way: Way,
    /// What its tags call it.
    name: String,
    configuration: Value,
    /// Which findings of checkov are meant so: by resource and check, the reason.
    accepted: Value,
}

/// Every valid way, from the one text in which the repository keeps them all (infra/every.nix).
fn rendered() -> Vec<Rendered> {
    let every = EveryWay::read(&snapshots().join(EveryWay::NAME)).expect("ways.json");
    let way = |name: &str| {
        let every::Rendered { configuration, accepted } = every.of(name).expect("it is there");
        Rendered { way: name.parse().expect("a way"), name: name.to_owned(), configuration, accepted }
    };
    every.names().map(way).collect()
}

/// Every composition of compute, store and front, in its compute's own language on one architecture: neither changes which resources
/// there are, only values that the schema and the rules hold for all ways.
fn compositions() -> Vec<Rendered> {
    let mut ways = rendered();
    ways.retain(|way| way.way.language == way.way.compute.facts().language() && way.way.arch == Arch::X86_64);
    ways
}

/// A copy of one of them.
fn kept_way(ways: &[Rendered], name: &str) -> Rendered {
    let found = ways.iter().find(|way| way.way.to_string() == name).expect("a way");
    Rendered {
        way: found.way,
        name: found.name.clone(),
        configuration: found.configuration.clone(),
        accepted: found.accepted.clone(),
    }
}

/// The catalogue's ways, as kept in the repository.
fn kept() -> Vec<Rendered> {
    model().catalogue().map(|row| read(&snapshots(), row.way)).collect()
}

fn snapshots() -> PathBuf {
    root().join("infra/rendered")
}

fn read(folder: &Path, way: Way) -> Rendered {
    let json = |extension: &str| {
        let path = folder.join(format!("{way}.{extension}"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    Rendered { way, name: way.to_string(), configuration: json("tf.json"), accepted: json("checkov.json") }
}

/// The kept configuration of one way.
fn configuration_of(way: &str) -> Value {
    read(&snapshots(), way.parse().expect("a way")).configuration
}

/// Changes one member of an object in a configuration, or takes it out.
fn change(configuration: &mut Value, object: &str, member: &str, value: Option<Value>) {
    let found = configuration.pointer_mut(object).and_then(Value::as_object_mut);
    let object = found.unwrap_or_else(|| panic!("no object at {object}"));
    match value {
        Some(value) => object.insert(member.to_owned(), value),
        None => object.remove(member),
    };
}

#[test]
fn the_kept_configurations_are_the_catalogues_and_no_others() {
    let mut expected: Vec<_> = model()
        .catalogue()
        .flat_map(|row| ["checkov.json", "tf.json"].map(|extension| format!("{}.{extension}", row.way)))
        .chain(["images.json".to_owned(), "ways.json".to_owned()])
        .collect();
    expected.sort();
    let entries = std::fs::read_dir(snapshots()).expect("infra/rendered").flatten();
    let mut found: Vec<_> = entries.map(|entry| entry.file_name().into_string().expect("a name")).collect();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_text_of_all_ways_has_each_valid_way_and_what_the_catalogue_keeps() {
    let every = rendered();
    let mut named: Vec<_> = every.iter().map(|way| way.way.to_string()).collect();
    let mut valid: Vec<_> = model().ways().map(|way| way.to_string()).collect();
    named.sort();
    valid.sort();
    assert_eq!(named, valid);
    for one in kept() {
        let same = kept_way(&every, &one.way.to_string());
        assert_eq!((same.configuration, same.accepted), (one.configuration, one.accepted), "{}", one.way);
    }
}
