//! A way's rendered Terraform: read, never written by the lab. `infra/` renders it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Map, Value};
use ways::Way;

use super::Refused;
use crate::root;

/// The variable that names the folder of rendered Terraform; `nix run .#deploy` sets it.
const VARIABLE: &str = "LAB_INFRA";

/// Where a checkout keeps that of its catalogue.
const IN_CHECKOUT: &str = "infra/rendered";

/// What one way's Terraform says.
#[derive(Clone, Debug)]
pub struct Configuration {
    text: String,
    json: Map<String, Value>,
}

impl Configuration {
    /// The Terraform of a way: from the folder that `LAB_INFRA` names, or from the checkout.
    ///
    /// # Errors
    /// When it is not rendered here, or is no Terraform.
    pub fn of(way: Way) -> anyhow::Result<Self> {
        let path = folder()?.join(format!("{way}.tf.json"));
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Refused(format!(
                "the Terraform of {way} is not at hand ({}: {error}): `nix run .#deploy -- {way}` renders it",
                path.display()
            ))
        })?;
        let json = serde_json::from_str(&text).with_context(|| format!("{} is no Terraform", path.display()))?;
        Ok(Self { text, json })
    }

    /// It, as it is written into a deployment's folder.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it has a variable.
    #[must_use]
    pub fn takes(&self, variable: &str) -> bool {
        self.json.get("variable").is_some_and(|variables| variables.get(variable).is_some())
    }

    /// What it makes: addresses, and the condition on which there is one of each.
    #[must_use]
    pub fn resources(&self) -> Vec<(String, Option<&str>)> {
        let kinds = self.json.get("resource").and_then(Value::as_object).into_iter().flatten();
        kinds
            .flat_map(|(kind, resources)| {
                resources.as_object().into_iter().flatten().map(move |(name, resource)| {
                    (format!("{kind}.{name}"), resource.get("count").and_then(Value::as_str))
                })
            })
            .collect()
    }
}

fn folder() -> anyhow::Result<PathBuf> {
    match std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => Ok(root::find().unwrap_or_else(|_| Path::new(".").to_owned()).join(IN_CHECKOUT)),
    }
}
