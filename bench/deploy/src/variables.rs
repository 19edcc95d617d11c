//! The values of Terraform's variables, as `terraform.tfvars.json` has them. `infra/` declares them.

use serde::{Deserialize, Serialize};

use super::name::Name;
use super::options::Options;
use super::region::Region;

/// What a deployment gives its Terraform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variables {
    /// The deployment's name.
    pub name: Name,
    /// The AWS region.
    pub region: Region,
    /// The file that is deployed.
    pub artifact: String,
    /// What the caller chose.
    #[serde(flatten)]
    pub options: Options,
    /// Whether to make a VPC; absent where the way needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_vpc: Option<bool>,
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
