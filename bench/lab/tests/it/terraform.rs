//! The ways' Terraform, checked without AWS: by the provider's schema, its own references, Terraform itself, checkov,
//! and an AWS stand-in. Must not know a way by name: what a part needs is said of the part.

mod applied;
mod checkov;
mod references;
mod schema;
mod stand_in;
mod tool;
mod validate;

use std::path::{Path, PathBuf};

use serde_json::Value;
use ways::{Way, model};

use crate::support::root;

/// A way's configuration.
struct Rendered {
    way: Way,
    configuration: Value,
    /// Which findings of checkov are meant so: by resource and check, the reason.
    accepted: Value,
}

/// Every way that is rendered: the catalogue's, kept in the repository, or all in the folder that `LAB_INFRA` names.
fn rendered() -> Vec<Rendered> {
    match std::env::var_os("LAB_INFRA") {
        Some(folder) => model().ways().map(|way| read(Path::new(&folder), way)).collect(),
        None => kept(),
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
    Rendered { way, configuration: json("tf.json"), accepted: json("checkov.json") }
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
        .collect();
    expected.sort();
    let entries = std::fs::read_dir(snapshots()).expect("infra/rendered").flatten();
    let mut found: Vec<_> = entries.map(|entry| entry.file_name().into_string().expect("a name")).collect();
    found.sort();
    assert_eq!(found, expected);
}
