//! The values of Terraform's variables, as `terraform.tfvars.json` has them. `infra/` declares them.

use serde::{Deserialize, Serialize};
use ways::{Size, Way};

use super::Refused;
use super::configuration::Configuration;
use super::name::Name;
use super::options::Options;
use super::region::Region;

/// What a deployment gives its Terraform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variables {
    /// The deployment's name.
    pub name: Name,
    /// The AWS region.
    pub region: Region,
    /// The file that is deployed; absent where all is in the Terraform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<String>,
    /// What the caller chose.
    #[serde(flatten)]
    pub options: Options,
    /// The way's size, where its name has one.
    #[serde(flatten)]
    pub size: SizeVariables,
    /// Whether to make a VPC; absent where the way needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_vpc: Option<bool>,
}

/// A way's size, by the variables that its compute declares; none where it is the default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SizeVariables {
    /// A function's or a task's memory, in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u32>,
    /// A task's vCPUs, or its share of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vcpu: Option<f64>,
    /// An instance's type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// The type of a cluster's worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_type: Option<String>,
    /// A power of Lightsail's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power: Option<String>,
}

impl SizeVariables {
    /// Those of a way.
    ///
    /// # Errors
    /// When its Terraform has one size only.
    pub fn of(way: Way, configuration: &Configuration) -> Result<Self, Refused> {
        let mut size = Self::default();
        if way.is_default_size() {
            return Ok(size);
        }
        let needed: &[&str] = match way.size {
            Size::None => &[],
            Size::Memory { mib } => {
                size.memory_mib = Some(mib);
                &["memory_mib"]
            }
            Size::Task { cpu_units, mib } => {
                (size.vcpu, size.memory_mib) = (Some(f64::from(cpu_units) / 1024.0), Some(mib));
                &["vcpu", "memory_mib"]
            }
            Size::Instance(instance) if configuration.declares("node_type") => {
                size.node_type = Some(instance.to_string());
                &["node_type"]
            }
            Size::Instance(instance) => {
                size.instance_type = Some(instance.to_string());
                &["instance_type"]
            }
            Size::Power(power) => {
                size.power = Some(power.to_string());
                &["power"]
            }
        };
        if needed.iter().all(|variable| configuration.declares(variable)) {
            return Ok(size);
        }
        Err(Refused(format!("{} is deployed in its default size only: leave @{} out", way.at_default_size(), way.size)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_not_chosen_is_left_to_terraform() {
        let text = json!({ "name": "one", "region": "eu-west-2", "artifact": "/a.zip" });
        let variables: Variables = serde_json::from_value(text.clone()).expect("variables");
        assert_eq!(json!(variables), text);
    }

    #[test]
    fn what_a_later_lab_adds_is_no_reason_to_fail() {
        let text = json!({ "name": "one", "region": "eu-west-2", "artifact": "/a.zip", "spot": true, "later": 1 });
        let variables: Variables = serde_json::from_value(text).expect("variables");
        assert!(variables.options.spot);
    }
}
