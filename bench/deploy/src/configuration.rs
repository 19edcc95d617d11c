//! A way's rendered Terraform: read, never written by the lab. `infra/` renders it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use artifact::root;
use serde_json::{Map, Value};
use ways::Way;

use super::Refused;
use super::every::EveryWay;
use super::options::Options;

/// The variable that names the folder of rendered Terraform; `nix run .#deploy` sets it.
const VARIABLE: &str = "LAB_INFRA";

/// Where a checkout keeps that of its catalogue.
const IN_CHECKOUT: &str = "infra/rendered";

/// The conditions that `infra/` sets as a resource's `count`: each word for word, and when it holds. Only Terraform evaluates
/// them; a test holds that every rendered way has these and no others.
const COUNTS: [(&str, Condition, u64); 7] = [
    (r#"${var.domain == "" ? 0 : 1}"#, Condition::Domain, 1),
    (r#"${var.domain == "" ? 1 : 0}"#, Condition::NoDomain, 1),
    (r#"${var.probe == "" ? 0 : 1}"#, Condition::Probe, 1),
    ("${var.own_vpc ? 1 : 0}", Condition::OwnNetwork, 1),
    ("${var.own_vpc ? 2 : 0}", Condition::OwnNetwork, 2),
    ("${var.own_vpc ? 0 : 1}", Condition::DefaultNetwork, 1),
    (r#"${var.context == "" ? 1 : 0}"#, Condition::OwnCluster, 1),
];

/// When something is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    Domain,
    NoDomain,
    Probe,
    OwnNetwork,
    DefaultNetwork,
    OwnCluster,
}

impl Condition {
    /// Whether it holds; nothing where only AWS knows.
    fn holds(self, options: &Options) -> Option<bool> {
        match self {
            Self::Domain => Some(options.domain.is_some()),
            Self::NoDomain => Some(options.domain.is_none()),
            Self::Probe => Some(options.probe.is_some()),
            Self::OwnCluster => Some(options.context.is_none()),
            Self::OwnNetwork | Self::DefaultNetwork => None,
        }
    }

    fn note(self) -> &'static str {
        match self {
            Self::OwnNetwork => "  (where the region has no default VPC)",
            Self::DefaultNetwork => "  (where the region has a default VPC)",
            Self::Domain | Self::NoDomain | Self::Probe | Self::OwnCluster => "",
        }
    }
}

/// One way's Terraform.
#[derive(Clone, Debug)]
pub struct Configuration {
    text: String,
    json: Map<String, Value>,
}

impl Configuration {
    /// The Terraform of a way: from the folder that `LAB_INFRA` names, or from the checkout, which has the catalogue's ways in
    /// files and all in one text.
    ///
    /// # Errors
    /// When it is not rendered here, or can't be read.
    pub fn of(way: Way) -> anyhow::Result<Self> {
        let (folder, way) = (folder(), way.at_default_size());
        if folder.join(format!("{way}.tf.json")).is_file() || !folder.join(EveryWay::NAME).is_file() {
            return Self::in_folder(&folder, way);
        }
        match Self::of_any(way)? {
            Value::Object(json) => Ok(Self { text: serde_json::to_string_pretty(&json)?, json }),
            _ => anyhow::bail!("the Terraform of {way} is not an object"),
        }
    }

    /// The Terraform of any way at its default size: from the folder that `LAB_INFRA` names, or from the one text in which a
    /// checkout keeps that of all ways (`infra/every.nix`).
    ///
    /// # Errors
    /// When it is in neither.
    pub fn of_any(way: Way) -> anyhow::Result<Value> {
        let (folder, way) = (folder(), way.at_default_size().to_string());
        if let Ok(text) = std::fs::read_to_string(folder.join(format!("{way}.tf.json"))) {
            return serde_json::from_str(&text).with_context(|| format!("the Terraform of {way} is not JSON"));
        }
        let path = folder.join(EveryWay::NAME);
        let every = EveryWay::read(&path).map_err(|error| {
            Refused(format!(
                "there is no rendered Terraform ({error:#}): run the lab in a checkout, or name a folder with it by {VARIABLE}"
            ))
        })?;
        Ok(every.of(&way).with_context(|| format!("{} has no {way}", path.display()))?.configuration)
    }

    fn in_folder(folder: &Path, way: Way) -> anyhow::Result<Self> {
        let way = way.at_default_size();
        let path = folder.join(format!("{way}.tf.json"));
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Refused(format!(
                "the Terraform configuration of {way} can't be read ({}: {error}): `nix run .#deploy -- {way}` renders it",
                path.display()
            ))
        })?;
        let json = serde_json::from_str(&text)
            .with_context(|| format!("{} is not a Terraform configuration", path.display()))?;
        Ok(Self { text, json })
    }

    /// It, as it is written into a deployment's folder.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a function of it joins a VPC, where Lambda makes network interfaces for it.
    #[must_use]
    pub fn joins_vpc(&self) -> bool {
        let functions = self.json.get("resource").and_then(|resources| resources.get("aws_lambda_function"));
        let functions = functions.and_then(Value::as_object);
        functions.is_some_and(|them| them.values().any(|function| function.get("vpc_config").is_some()))
    }

    /// Whether it declares a variable.
    #[must_use]
    pub fn declares(&self, variable: &str) -> bool {
        self.json.get("variable").is_some_and(|variables| variables.get(variable).is_some())
    }

    /// The resources that it makes with these options, by address and in order, with a note where there is not one of each.
    /// It is what can be shown without AWS: `terraform plan` needs credentials.
    #[must_use]
    pub fn resources(&self, options: &Options) -> Vec<String> {
        let kinds = self.json.get("resource").and_then(Value::as_object).into_iter().flatten();
        let resources = kinds.flat_map(|(kind, resources)| {
            resources.as_object().into_iter().flatten().map(move |(name, resource)| (kind, name, resource))
        });
        let listed = resources.filter_map(|(kind, name, resource)| {
            let note = note(resource.get("count"), options)?;
            Some(format!("{kind}.{name}{note}"))
        });
        listed.collect()
    }

    /// The types of the resources that it makes with these options, and of its data sources as `data.TYPE`.
    #[must_use]
    pub fn kinds(&self, options: &Options) -> BTreeSet<String> {
        let section = |name: &str| self.json.get(name).and_then(Value::as_object).into_iter().flatten();
        let some = |of_kind: &Value| {
            let mut blocks = of_kind.as_object().into_iter().flat_map(Map::values);
            blocks.any(|block| note(block.get("count"), options).is_some())
        };
        let made = section("resource").filter(|(_, of_kind)| some(of_kind)).map(|(kind, _)| kind.clone());
        let read = section("data").filter(|(_, of_kind)| some(of_kind)).map(|(kind, _)| format!("data.{kind}"));
        made.chain(read).collect()
    }

    /// Whether kOps makes a cluster after Terraform.
    #[must_use]
    pub fn makes_cluster(&self, options: &Options) -> bool {
        options.context.is_none() && self.json.get("locals").is_some_and(|locals| locals.get("kops").is_some())
    }

    /// What kOps and kubectl make after Terraform, which Terraform's own plan does not have; empty where nothing follows.
    #[must_use]
    pub fn after(&self, options: &Options) -> String {
        let local =
            |path: &str| self.json.get("locals").and_then(|locals| locals.pointer(path)).and_then(Value::as_array);
        let mut text = String::new();
        if let Some(objects) = local("/kops").filter(|_| options.context.is_none()) {
            text += "\nand then kOps, with a network, roles and security groups of the cluster's own:\n\n";
            for object in objects {
                let size = match (object["spec"]["minSize"].as_u64(), object["spec"]["machineType"].as_str()) {
                    (Some(count), Some(kind)) => format!(": {count} × {}", self.default_of(kind)),
                    _ => String::new(),
                };
                line(&mut text, object, &size);
            }
        }
        if let Some(objects) = local("/manifests/items") {
            text += "\nand kubectl, in the cluster:\n\n";
            objects.iter().for_each(|object| line(&mut text, object, ""));
        }
        text
    }

    /// The default of the variable that a value is; another value as it is.
    fn default_of<'a>(&'a self, value: &'a str) -> &'a str {
        let variables = self.json.get("variable").and_then(Value::as_object).into_iter().flatten();
        let declared = variables.into_iter().find(|(name, _)| value == format!("${{var.{name}}}"));
        declared.and_then(|(_, variable)| variable["default"].as_str()).unwrap_or(value)
    }
}

/// How many there are of a resource, in words; nothing where there is none.
fn note(count: Option<&Value>, options: &Options) -> Option<String> {
    let times = |count: u64| if count == 1 { String::new() } else { format!(" × {count}") };
    let Some(count) = count else { return Some(String::new()) };
    if let Some(number) = count.as_u64() {
        return (number > 0).then(|| times(number));
    }
    match COUNTS.iter().find(|(text, ..)| count == text) {
        Some((_, condition, number)) => {
            condition.holds(options).unwrap_or(true).then(|| times(*number) + condition.note())
        }
        None => Some(format!("  (as many as {})", count.as_str().unwrap_or_default())),
    }
}

fn line(text: &mut String, object: &Value, more: &str) {
    let (kind, name) = (object["kind"].as_str().unwrap_or_default(), object["metadata"]["name"].as_str());
    let name = name.unwrap_or_default().replace("${var.name}", "NAME");
    // A string takes all.
    let _ = writeln!(text, "  {kind} {name}{more}");
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
    fn what_the_options_rule_out_is_not_listed() {
        let json = json!({ "resource": {
            "aws_subnet": { "counter": { "count": "${var.own_vpc ? 2 : 0}" } },
            "aws_acm_certificate": { "counter": { "count": r#"${var.domain == "" ? 0 : 1}"# } },
            "aws_lb_listener": { "plain": { "count": r#"${var.domain == "" ? 1 : 0}"# }, "two": { "count": 2 } },
            "aws_lb": { "counter": {} },
            "aws_odd": { "counter": { "count": "${length(local.odd)}" } },
        } });
        let configuration = Configuration { text: String::new(), json: json.as_object().cloned().expect("an object") };
        assert_eq!(
            configuration.resources(&Options::default()),
            [
                "aws_lb.counter",
                "aws_lb_listener.plain",
                "aws_lb_listener.two × 2",
                "aws_odd.counter  (as many as ${length(local.odd)})",
                "aws_subnet.counter × 2  (where the region has no default VPC)",
            ]
        );
        let domain = "counter.example.org".parse().expect("a domain");
        let with_domain = configuration.resources(&Options { domain: Some(domain), ..Options::default() });
        assert_eq!(with_domain[0], "aws_acm_certificate.counter");
        assert!(!with_domain.contains(&"aws_lb_listener.plain".to_owned()));
    }

    #[test]
    fn every_rendered_count_is_in_the_table() {
        let rendered = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(IN_CHECKOUT);
        for row in ways::model().catalogue() {
            let configuration = Configuration::in_folder(&rendered, row.way).expect("it is rendered");
            let odd = configuration.resources(&Options::default()).into_iter().find(|line| line.contains("as many as"));
            assert_eq!(odd, None, "{}: add it to COUNTS", row.way);
        }
    }
}
