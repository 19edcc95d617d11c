//! What a deployment chooses: the values of its Terraform's variables. A way takes those that its Terraform declares,
//! and refuses others.

use std::path::PathBuf;

use serde_json::{Map, Value, json};
use ways::Way;

use super::Refused;
use super::configuration::Configuration;
use super::name::Name;

/// What the caller asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Run on Spot capacity.
    pub spot: bool,
    /// The domain name that it is to be reached by.
    pub domain: Option<String>,
    /// The zone that the domain is in.
    pub zone: Option<String>,
    /// kubectl's context of an existing cluster.
    pub context: Option<String>,
    /// The Kubernetes worker's machine image.
    pub node_image: Option<String>,
    /// The probe's zip.
    pub probe: Option<PathBuf>,
}

impl Options {
    /// The variables of a way's Terraform that the caller chose.
    ///
    /// # Errors
    /// When the way does not have one of them.
    pub fn variables(&self, way: Way, configuration: &Configuration) -> Result<Map<String, Value>, Refused> {
        let mut asked = Map::new();
        let mut ask = |variable: &str, option: &str, value: Option<Value>| {
            let Some(value) = value else { return Ok(()) };
            if !configuration.takes(variable) {
                return Err(Refused(format!("{way} takes no {option}: {}", who_takes(variable))));
            }
            asked.insert(variable.to_owned(), value);
            Ok(())
        };
        ask("spot", "--spot", self.spot.then_some(json!(true)))?;
        ask("domain", "--domain", self.domain.as_ref().map(|domain| json!(domain)))?;
        ask("zone", "--zone", self.zone.as_ref().map(|zone| json!(zone)))?;
        ask("context", "--context", self.context.as_ref().map(|context| json!(context)))?;
        ask("node_image", "--node-image", self.node_image.as_ref().map(|image| json!(image)))?;
        ask("probe", "--probe", self.probe.as_ref().map(|probe| json!(probe)))?;
        Ok(asked)
    }
}

/// Which ways have a variable.
fn who_takes(variable: &str) -> &'static str {
    match variable {
        "spot" => "only Fargate has Spot capacity here",
        "domain" | "zone" => "only an HTTP API, and an ALB or NLB outside of Kubernetes, can have a domain",
        "context" | "node_image" => "only Kubernetes has nodes",
        _ => "its Terraform has no such variable",
    }
}

/// The variables that every deployment has.
#[must_use]
pub fn given(name: &Name, region: &str, artifact: &str) -> Map<String, Value> {
    let variables = json!({ "name": name.to_string(), "region": region, "artifact": artifact });
    variables.as_object().cloned().unwrap_or_default()
}
