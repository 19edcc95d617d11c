//! A way's rendered Terraform: read, never written by the lab. `infra/` renders it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Map, Value};
use ways::Way;

use super::{Refused, cluster};
use artifact::root;

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
        Self::in_folder(&folder(), way)
    }

    fn in_folder(folder: &Path, way: Way) -> anyhow::Result<Self> {
        let way = way.at_default_size();
        let path = folder.join(format!("{way}.tf.json"));
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

    /// What it makes with these variables, by address and in order; how many of each is told where it is not one.
    #[must_use]
    pub fn resources(&self, variables: &Map<String, Value>) -> Vec<String> {
        let kinds = self.json.get("resource").and_then(Value::as_object).into_iter().flatten();
        let resources = kinds.flat_map(|(kind, resources)| {
            resources.as_object().into_iter().flatten().map(move |(name, resource)| (kind, name, resource))
        });
        let told = resources.filter_map(|(kind, name, resource)| {
            let note = match resource.get("count") {
                None => String::new(),
                Some(count) => match Count::of(count, variables) {
                    Count::Known(0) => return None,
                    Count::Known(1) => String::new(),
                    Count::Known(count) => format!(" × {count}"),
                    Count::OwnNetwork(1) => format!("  ({OWN_NETWORK})"),
                    Count::OwnNetwork(count) => format!(" × {count}  ({OWN_NETWORK})"),
                    Count::Other(expression) => format!("  (as many as {expression})"),
                },
            };
            Some(format!("{kind}.{name}{note}"))
        });
        told.collect()
    }

    /// What comes after Terraform, with these variables; empty where nothing does.
    #[must_use]
    pub fn after(&self, variables: &Map<String, Value>) -> String {
        cluster::told(&self.json, variables)
    }
}

/// On what a network of its own depends: known once AWS was asked.
const OWN_NETWORK: &str = "where the region has no default VPC";

/// How many there are of a resource. Terraform's own evaluation needs credentials: these are the few forms that
/// `infra/` has, and a form that is not known here is shown as it is.
#[derive(Debug, PartialEq, Eq)]
enum Count<'a> {
    Known(u64),
    OwnNetwork(u64),
    Other(&'a str),
}

impl<'a> Count<'a> {
    fn of(count: &'a Value, variables: &Map<String, Value>) -> Self {
        let Some(text) = count.as_str() else { return Self::Known(count.as_u64().unwrap_or(1)) };
        let expression = text.trim_start_matches("${").trim_end_matches('}');
        Self::read(expression, variables).unwrap_or(Self::Other(expression))
    }

    /// `var.NAME == "" ? N : N`, `var.own_vpc ? N : 0`, or a number.
    fn read(expression: &str, variables: &Map<String, Value>) -> Option<Self> {
        let Some((condition, counts)) = expression.split_once(" ? ") else {
            return expression.parse().ok().map(Self::Known);
        };
        let (then, otherwise) = counts.split_once(" : ")?;
        let (then, otherwise) = (then.parse().ok()?, otherwise.parse().ok()?);
        if condition == "var.own_vpc" && otherwise == 0 {
            return Some(Self::OwnNetwork(then));
        }
        let variable = condition.strip_prefix("var.")?.strip_suffix(r#" == """#)?;
        let is_empty = variables.get(variable).and_then(Value::as_str).is_none_or(str::is_empty);
        Some(Self::Known(if is_empty { then } else { otherwise }))
    }
}

fn folder() -> PathBuf {
    match std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => root::find().unwrap_or_else(|_| Path::new(".").to_owned()).join(IN_CHECKOUT),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_variables_rule_out_is_not_told() {
        let json = json!({ "resource": {
            "aws_subnet": { "counter": { "count": "${var.own_vpc ? 2 : 0}" } },
            "aws_acm_certificate": { "counter": { "count": r#"${var.domain == "" ? 0 : 1}"# } },
            "aws_lb_listener": { "plain": { "count": r#"${var.domain == "" ? 1 : 0}"# }, "two": { "count": 2 } },
            "aws_lb": { "counter": {} },
            "aws_odd": { "counter": { "count": "${length(local.odd)}" } },
        } });
        let configuration = Configuration { text: String::new(), json: json.as_object().cloned().expect("an object") };
        let plain = configuration.resources(&Map::new());
        assert_eq!(
            plain,
            [
                "aws_lb.counter",
                "aws_lb_listener.plain",
                "aws_lb_listener.two × 2",
                "aws_odd.counter  (as many as length(local.odd))",
                "aws_subnet.counter × 2  (where the region has no default VPC)",
            ]
        );
        let domain = json!({ "domain": "counter.example.org" });
        let with_domain = configuration.resources(domain.as_object().expect("an object"));
        assert_eq!(with_domain[0], "aws_acm_certificate.counter");
        assert!(!with_domain.contains(&"aws_lb_listener.plain".to_owned()));
    }

    #[test]
    fn every_rendered_condition_is_understood() {
        let rendered = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(IN_CHECKOUT);
        for row in ways::model().catalogue() {
            let configuration = Configuration::in_folder(&rendered, row.way).expect("it is rendered");
            let odd = configuration.resources(&Map::new()).into_iter().find(|told| told.contains("as many as"));
            assert_eq!(odd, None, "{}", row.way);
        }
    }
}
