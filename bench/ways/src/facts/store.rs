//! What `ways.toml` has of each store.

use serde::{Deserialize, Serialize};

use crate::axis::{Axis, Language, Store};

/// A store.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StoreFacts {
    /// Its name for people.
    pub title: String,
    /// What the service gets as its URL: `{place}` stands for a folder, bucket, table or server, `{counter}` for the count's
    /// name.
    pub url: String,
    /// What its URLs are, as an extended regular expression of POSIX.
    pub pattern: String,
    /// Whether an acknowledged count outlives the process that acknowledged it.
    pub durable: bool,
    /// Whether several processes can count in it together.
    pub shared: bool,
    /// Whether an exact addition is a read and then a write on condition: two calls.
    #[serde(default)]
    pub reads_first: bool,
    /// Whether it is reached from inside of its VPC alone.
    #[serde(default)]
    pub vpc: bool,
    /// The languages that have a service for it; absent where every language has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<Language>>,
    /// What is the store where the lab does not bring one of its own; absent where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// The store whose services serve it too; absent where it has services of its own. See [`Store::service`].
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<Store>,
    /// How many connections there may be; absent where nothing bounds them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<StoreConnections>,
    /// What machine of AWS's it is; absent where it is none that is rented as such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<StoreInstance>,
}

/// How many connections a store and its callers have.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConnections {
    /// Those that its server takes from services.
    pub server: u32,
    /// Those that a process of a service holds at most.
    pub process: u32,
}

impl StoreConnections {
    /// How many processes of a service can be connected together.
    #[must_use]
    pub fn processes(self) -> u32 {
        self.server / self.process.max(1)
    }
}

/// A machine of AWS's that is a store.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StoreInstance {
    /// Its class.
    pub class: String,
    /// The size of its volume, in GiB; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_gib: Option<u32>,
    /// Between which capacities it scales by itself; absent where its class has all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acu: Option<AuroraCapacity>,
}

/// The bounds of the capacity of an instance of Aurora's, in Aurora capacity units (ACU): 2 GiB of memory each, with the processor that
/// belongs to it (Aurora User Guide, "Aurora Serverless v2 capacity").
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AuroraCapacity {
    /// What it has without calls, and is charged for all month.
    pub least: f64,
    /// What it has at most.
    pub most: u32,
}

/// Gives each store that another's services serve what its row leaves out, from that store's row.
///
/// # Errors
/// The store and what is wrong where there is no such other, or it has no services of its own.
pub(crate) fn complete(stores: &mut toml::Table) -> Result<(), String> {
    let rows = stores.clone();
    for (store, row) in stores.iter_mut().filter_map(|(store, row)| Some((store, row.as_table_mut()?))) {
        let Some(service) = row.get("service").and_then(toml::Value::as_str) else { continue };
        let served = rows.get(service).and_then(toml::Value::as_table).filter(|row| !row.contains_key("service"));
        let served = served.ok_or_else(|| format!("store.{store}: `{service}` has no services of its own"))?;
        for (fact, value) in served {
            row.entry(fact.clone()).or_insert_with(|| value.clone());
        }
    }
    Ok(())
}

/// A program that is the store itself, as it is deployed.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// Programs that speak its protocol, the wanted one first.
    pub programs: Vec<String>,
    /// The Debian package that brings one.
    pub package: String,
    /// Fedora's, for `setup`.
    #[serde(skip_serializing)]
    pub fedora: String,
    /// Where that package has them, where that is not in `PATH`: a folder, in whose path `*` is any version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Where AWS's listens.
    pub port: u16,
}

impl Store {
    /// The store whose services serve this one: itself, unless `ways.toml` names another. Of stores with one service what is
    /// built, what Lambda calls in it and what it was measured to need are the same.
    #[must_use]
    pub fn service(self) -> Self {
        self.facts().service.unwrap_or(self)
    }

    /// The URL by which the service reaches the count in a folder, bucket or table.
    #[must_use]
    pub fn url(self, place: &str) -> String {
        let counter = &crate::model().service.counter;
        self.facts().url.replace("{place}", place).replace("{counter}", counter)
    }
}
