//! What whoever deploys a way must be allowed: an IAM policy from its rendered Terraform and a table. Must not call AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::configuration::Configuration;
use crate::options::Options;

/// What the lab itself does with every way.
const LAB: &str = "lab";

/// What kOps does.
const KOPS: &str = "kops";

/// What becomes of a function's network interfaces in a VPC.
const JOINED: &str = "joined";

/// The most characters of a managed policy, blanks not counted (IAM User Guide, "IAM and AWS STS quotas").
pub const MANAGED_POLICY_CHARACTERS: usize = 6_144;

/// The table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grants {
    grant: Vec<Grant>,
}

/// Some actions on a resource, and what needs them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    /// Types of resources and data sources, or a word.
    r#for: Vec<String>,
    /// An ARN with places for the caller's words, or `*`.
    on: String,
    actions: Vec<String>,
}

static GRANTS: LazyLock<Vec<Grant>> = LazyLock::new(|| {
    let grants: Grants = toml::from_str(include_str!("grants.toml")).expect("the table is valid: a test reads it");
    grants.grant
});

/// Every action of the table.
#[must_use]
pub fn actions() -> BTreeSet<&'static str> {
    GRANTS.iter().flat_map(|grant| grant.actions.iter().map(String::as_str)).collect()
}

/// Whose policy it is, for ARNs. What is not known yet is `*`.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The account.
    pub account: &'a str,
    /// The region.
    pub region: &'a str,
    /// The deployment's name.
    pub name: &'a str,
}

/// The actions that a deployment needs, by resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions(BTreeMap<String, BTreeSet<&'static str>>);

impl Permissions {
    /// Those of a way's Terraform with these options, its destruction and measurement included.
    #[must_use]
    pub fn of(configuration: &Configuration, options: &Options, place: Place<'_>) -> Self {
        let mut needed = configuration.kinds(options);
        needed.insert(LAB.to_owned());
        if configuration.makes_cluster(options) {
            needed.insert(KOPS.to_owned());
        }
        if configuration.joins_vpc() {
            needed.insert(JOINED.to_owned());
        }
        let mut statements: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
        for grant in GRANTS.iter().filter(|grant| grant.r#for.iter().any(|kind| needed.contains(kind))) {
            let actions = statements.entry(place.fill(&grant.on)).or_default();
            actions.extend(grant.actions.iter().map(String::as_str));
        }
        // What is allowed everywhere is not repeated.
        let everywhere = statements.get("*").cloned().unwrap_or_default();
        for (resource, actions) in &mut statements {
            let at_large = if resource == "*" { &BTreeSet::new() } else { &everywhere };
            let covered = |action: &str| {
                let of_service = action.split_once(':').map(|(service, _)| format!("{service}:*"));
                at_large.contains(action)
                    || of_service.is_some_and(|all| everywhere.contains(all.as_str()) && all != action)
            };
            actions.retain(|action| !covered(action));
        }
        statements.retain(|_, actions| !actions.is_empty());
        Self(statements)
    }

    /// Each resource with the actions on it.
    pub fn statements(&self) -> impl Iterator<Item = (&str, Vec<&'static str>)> {
        self.0.iter().map(|(resource, actions)| (resource.as_str(), actions.iter().copied().collect()))
    }

    /// Whether an action is allowed on some resource.
    #[must_use]
    pub fn allows(&self, action: &str) -> bool {
        let all = action.split_once(':').map(|(service, _)| format!("{service}:*")).unwrap_or_default();
        self.0.values().any(|actions| actions.contains(action) || actions.contains(all.as_str()))
    }

    /// The policy, as IAM takes it. What describes anything of a service is one pattern: all of it fits a managed policy.
    #[must_use]
    pub fn policy(&self) -> Value {
        let statement = |(resource, actions): (&String, &BTreeSet<&str>)| {
            let actions: BTreeSet<String> = actions
                .iter()
                .map(|action| match action.split_once(":Describe") {
                    Some((service, _)) if resource == "*" => format!("{service}:Describe*"),
                    _ => (*action).to_owned(),
                })
                .collect();
            json!({ "Effect": "Allow", "Action": actions, "Resource": resource })
        };
        json!({ "Version": "2012-10-17", "Statement": self.0.iter().map(statement).collect::<Vec<_>>() })
    }
}

impl Place<'_> {
    fn fill(&self, arn: &str) -> String {
        let partition = match self.region.split('-').next() {
            Some("cn") => "aws-cn",
            Some("us") if self.region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let words = [("{partition}", partition), ("{region}", self.region), ("{account}", self.account)];
        let filled = words.iter().fold(arn.to_owned(), |arn, (word, value)| arn.replace(word, value));
        // `*` and what follows the name are one.
        filled.replace("{name}", self.name).replace("**", "*")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The types of all ways' resources and data sources, by the blocks that they share.
    fn rendered() -> BTreeSet<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/rendered/ways.json");
        let every: Value = serde_json::from_slice(&std::fs::read(path).expect("infra/rendered")).expect("JSON");
        let blocks = every["blocks"].as_object().expect("blocks").values();
        let kinds = blocks.filter_map(|block| match (block["path"][1].as_str()?, block["path"][2].as_str()) {
            ("resource", Some(kind)) => Some(kind.to_owned()),
            ("data", Some(kind)) => Some(format!("data.{kind}")),
            _ => None,
        });
        kinds.collect()
    }

    #[test]
    fn every_rendered_type_has_a_row_and_every_row_a_rendered_type() {
        let rendered = rendered();
        assert!(rendered.contains("aws_instance") && rendered.contains("data.aws_vpc"), "{rendered:?}");
        let rows: BTreeSet<_> = GRANTS.iter().flat_map(|grant| grant.r#for.iter().cloned()).collect();
        let missing: Vec<_> = rendered.difference(&rows).collect();
        assert!(missing.is_empty(), "these types are in no row of grants.toml: {missing:?}");
        let words = [LAB, KOPS, JOINED].map(str::to_owned);
        let unused: Vec<_> = rows.difference(&rendered).filter(|row| !words.contains(row)).collect();
        assert!(unused.is_empty(), "no way has these types: {unused:?}");
    }

    fn place() -> Place<'static> {
        Place { account: "123456789012", region: "eu-west-2", name: "a-name-of-20-letters" }
    }

    fn of(way: &str, options: &Options) -> Permissions {
        let configuration = Configuration::of(way.parse().expect("a way")).expect("it is rendered");
        Permissions::of(&configuration, options, place())
    }

    #[test]
    fn a_way_gets_what_its_own_parts_need_and_no_other() {
        let function = of("lambda-dynamodb", &Options::default());
        assert!(function.allows("lambda:CreateFunction") && function.allows("dynamodb:TagResource"));
        assert!(!function.allows("ec2:RunInstances") && !function.allows("acm:RequestCertificate"));
        // In no VPC; where it joins one, Lambda's interfaces are in there.
        assert!(!function.allows("ec2:CreateSecurityGroup") && !function.allows("ec2:DeleteNetworkInterface"));
        let joined = of("lambda-valkey", &Options::default());
        assert!(joined.allows("ec2:CreateSecurityGroup") && joined.allows("ec2:DeleteNetworkInterface"));
        assert!(!of("ec2-valkey", &Options::default()).allows("ec2:DeleteNetworkInterface"));
        let domain = Options { domain: Some("counter.example.org".parse().expect("a domain")), ..Options::default() };
        assert!(of("lambda-dynamodb", &domain).allows("acm:RequestCertificate"));
        assert!(of("k8s", &Options::default()).allows("autoscaling:CreateAutoScalingGroup"));
        let existing = Options { context: Some("mine".parse().expect("a context")), ..Options::default() };
        assert!(!of("k8s", &existing).allows("autoscaling:CreateAutoScalingGroup"));
    }

    #[test]
    fn every_policy_fits_a_managed_one() {
        for row in ways::model().catalogue() {
            let configuration = Configuration::of(row.way).expect("it is rendered");
            let policy = Permissions::of(&configuration, &Options::default(), place()).policy().to_string();
            let characters = policy.chars().filter(|character| !character.is_whitespace()).count();
            assert!(characters <= MANAGED_POLICY_CHARACTERS, "{}: {characters}", row.way);
            assert!(!policy.contains('{') || !policy.contains("{name}"), "{policy}");
        }
    }

    #[test]
    fn names_are_filled_in_by_the_partition_of_the_region() {
        let arn = "arn:{partition}:iam::{account}:role/lab-{name}*";
        let filled = |region, name| Place { region, name, ..place() }.fill(arn);
        assert_eq!(filled("us-gov-west-1", "one"), "arn:aws-us-gov:iam::123456789012:role/lab-one*");
        assert_eq!(filled("eu-west-2", "*"), "arn:aws:iam::123456789012:role/lab-*");
    }
}
