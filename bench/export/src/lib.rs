//! The Terraform of a service of the user's own. terranix has rendered the way that stands for it, with the counter in it and
//! a store of the counter's: here the counter's parts are taken out of that, and the service's put in.

mod block;
mod compute;
mod environment;
mod image;
mod instance;
mod rename;
mod store;

use app::{App, AppWay};
use serde_json::{Value, json};
use ways::{Axis, Size, Store, Way, model};

use block::{at, object};
use environment::Environment;
use store::Stores;

/// What was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// The configuration, as `main.tf.json` has it.
    pub configuration: Value,
    /// Files that belong to what is deployed: their names and contents.
    pub files: Vec<(&'static str, String)>,
    /// How to use it, in Markdown.
    pub readme: String,
    /// What somebody must know before it is applied, each one line.
    pub notes: Vec<String>,
}

/// The rendered Terraform that a service's is made of.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Of the first of [`stand_ins`].
    pub table: Value,
    /// Of the second.
    pub bucket: Value,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// It can't run so.
    #[error("{0}")]
    Unfit(String),
    /// The rendered Terraform is another one than is known here.
    #[error("the rendered Terraform has no {0}: render it anew by `nix build .#terraform`")]
    Unknown(String),
}

/// The counter's ways that stand for a way, one with a table and one with a bucket, both at their default size.
///
/// # Panics
/// Never: a test reads `ways.toml`, which has both stores.
#[must_use]
pub fn stand_ins(way: AppWay) -> [Way; 2] {
    let with_table = way.stand_in(model().defaults.language).at_default_size();
    let keeps_objects = |store: &&Store| store.facts().shared && store.facts().durable && store.facts().reads_first;
    let mut with_bucket = with_table;
    with_bucket.store = *Store::ALL.iter().find(keeps_objects).expect("ways.toml has such a store: a test reads it");
    [with_table, with_bucket]
}

/// Makes the Terraform of a way of a service.
///
/// # Errors
/// When the service can't run so, or the rendered Terraform is not what is expected.
pub fn export(app: &App, way: AppWay, rendered: Rendered) -> Result<Exported, ExportError> {
    app.fits(way).map_err(ExportError::Unfit)?;
    let Rendered { table, bucket } = rendered;
    let mut configuration = table;
    without_probe(&mut configuration);
    let environment = Environment::of(app);
    let stores = Stores::of(app, &environment);
    stores.put(&mut configuration, &bucket)?;
    let files = compute::put(app, way, &environment, &stores, &bucket, &mut configuration)?;
    sized(way, &mut configuration)?;
    let (artifact, readme) = compute::described(app, way);
    object(&mut configuration, "/variable/artifact")?.insert("description".to_owned(), json!(artifact));
    without_empty(&mut configuration);
    rename::renamed(app, way, &mut configuration);
    Ok(Exported { configuration, files, readme, notes: stores.notes() })
}

/// Without the lab's load generator.
fn without_probe(configuration: &mut Value) {
    for section in ["resource", "data"] {
        for kind in block::kinds(configuration, section) {
            kind.retain(|name, _| !name.starts_with("probe"));
        }
    }
    for (section, name) in [("variable", "probe"), ("output", "probe_function_name")] {
        if let Some(members) = configuration.get_mut(section).and_then(Value::as_object_mut) {
            members.remove(name);
        }
    }
}

/// Without types of which there is no block: Terraform refuses them.
fn without_empty(configuration: &mut Value) {
    for section in ["resource", "data"] {
        if let Some(kinds) = configuration.get_mut(section).and_then(Value::as_object_mut) {
            kinds.retain(|_, blocks| blocks.as_object().is_none_or(|blocks| !blocks.is_empty()));
        }
    }
}

/// With the way's size as the default of its variables.
fn sized(way: AppWay, configuration: &mut Value) -> Result<(), ExportError> {
    let stand_in = way.stand_in(model().defaults.language);
    let values = match stand_in.size {
        Size::None => Vec::new(),
        Size::Memory { mib } => vec![("memory_mib", json!(mib))],
        Size::Task { cpu_units, mib } => {
            vec![("vcpu", json!(f64::from(cpu_units) / 1024.0)), ("memory_mib", json!(mib))]
        }
        Size::Power(power) => vec![("power", json!(power.to_string()))],
        Size::Instance(instance) => {
            let of_cluster = at(configuration, "/variable/node_type").is_ok();
            vec![(if of_cluster { "node_type" } else { "instance_type" }, json!(instance.to_string()))]
        }
    };
    for (variable, value) in values {
        object(configuration, &format!("/variable/{variable}"))?.insert("default".to_owned(), value);
    }
    Ok(())
}
