//! What an account lacks for a way, asked before anything is made. Must not make anything, nor fail for what it can't ask.

mod quotas;
mod simulation;

use std::collections::BTreeSet;
use std::fmt;

use anyhow::Context;
use serde_json::Value;
use ways::{Axis, ByArch, InstanceType, Way};

use crate::aws::{Aws, error_code};
use crate::configuration::Configuration;
use crate::options::Options;
use crate::permissions::Permissions;

/// A way that is to be deployed, and by what.
#[derive(Clone, Copy, Debug)]
pub struct Intended<'a> {
    /// The way.
    pub way: Way,
    /// Its Terraform.
    pub configuration: &'a Configuration,
    /// What the caller chose.
    pub options: &'a Options,
    /// What the deployer needs.
    pub permissions: &'a Permissions,
}

/// What was found of one need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is met.
    pub state: State,
    /// What it is, and what to do.
    pub text: String,
}

/// Whether a need is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is.
    Fits,
    /// It is not: the deployment would fail.
    Lacks,
    /// AWS does not report it to this caller.
    Unknown,
    /// It is no need: something to know.
    Note,
}

impl State {
    fn of(self, text: impl Into<String>) -> Finding {
        Finding { state: self, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.state {
            State::Fits => "fits",
            State::Lacks => "LACKS",
            State::Unknown => "unknown",
            State::Note => "note",
        };
        write!(formatter, "  {word:8} {}", self.text)
    }
}

/// Everything that AWS was asked.
pub async fn findings(aws: &Aws, intended: &Intended<'_>) -> Vec<Finding> {
    let mut found = known("zones", zones(aws, intended).await);
    found.extend(quotas::findings(aws, intended).await);
    found.extend(known("service-linked roles", service_linked_roles(aws, intended).await));
    found.extend(known("permissions", simulation::findings(aws, intended.permissions).await));
    found
}

/// The findings, or that they can't be had.
fn known(what: &str, found: anyhow::Result<Vec<Finding>>) -> Vec<Finding> {
    found.unwrap_or_else(|error| {
        let reason = format!("{error:#}");
        let reason: Vec<_> = reason.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        vec![State::Unknown.of(format!("{what}: {}", reason.join("; ")))]
    })
}

impl Intended<'_> {
    /// The instance types that it starts.
    fn instances(&self) -> Vec<InstanceType> {
        let facts = self.way.compute.facts();
        if facts.cluster && self.options.context.is_some() {
            return Vec::new();
        }
        let control_plane = facts.control_plane.as_ref().and_then(|types: &ByArch| types.instance(self.way.arch));
        self.way.instance().into_iter().chain(control_plane).collect()
    }

    fn has(&self, kind: &str) -> bool {
        self.configuration.kinds(self.options).contains(kind)
    }
}

/// Whether enough zones offer each instance type: those that `infra/network.nix` and `infra/compute/k8s.nix` choose from.
async fn zones(aws: &Aws, intended: &Intended<'_>) -> anyhow::Result<Vec<Finding>> {
    let types = intended.instances();
    if types.is_empty() {
        return Ok(Vec::new());
    }
    let of_front = intended.way.front.facts().balancer.map_or(1, |balancer| balancer.zones);
    let wanted = of_front.max(intended.way.compute.facts().zones.unwrap_or(1)) as usize;
    let filters = ["Name=opt-in-status,Values=opt-in-not-required", "Name=state,Values=available"];
    let zones = aws.ask(&[&["ec2", "describe-availability-zones", "--filters"][..], &filters].concat()).await?;
    let mut offering = names(&zones, "AvailabilityZones", "ZoneName")?;
    for kind in &types {
        let filter = format!("Name=instance-type,Values={kind}");
        let words = ["ec2", "describe-instance-type-offerings", "--location-type", "availability-zone", "--filters"];
        let offered = aws.ask(&[&words[..], &[&filter]].concat()).await?;
        let offered = names(&offered, "InstanceTypeOfferings", "Location")?;
        offering.retain(|zone| offered.contains(zone));
    }
    let types: Vec<_> = types.iter().map(ToString::to_string).collect();
    let (types, zones) = (types.join(" and "), offering.into_iter().collect::<Vec<_>>());
    let text = format!(
        "{types} in {wanted} zone(s): offered in {}",
        if zones.is_empty() { "none".to_owned() } else { zones.join(", ") }
    );
    Ok(vec![match zones.len() >= wanted {
        true => State::Fits.of(text),
        false => State::Lacks
            .of(format!("{text}: choose another size (`{}@TYPE`) or region", intended.way.at_default_size())),
    }])
}

/// One member of each entry of a list.
fn names(answer: &Value, list: &str, member: &str) -> anyhow::Result<BTreeSet<String>> {
    let entries = answer[list].as_array().with_context(|| format!("unexpected response: no `{list}`"))?;
    Ok(entries.iter().filter_map(|entry| entry[member].as_str()).map(str::to_owned).collect())
}

/// The roles that AWS makes for itself at the first use of a service: by the policy, which must allow that.
async fn service_linked_roles(aws: &Aws, intended: &Intended<'_>) -> anyhow::Result<Vec<Finding>> {
    let mut found = Vec::new();
    for (resource, _) in
        intended.permissions.statements().filter(|(_, actions)| actions.contains(&"iam:CreateServiceLinkedRole"))
    {
        let role = resource.rsplit('/').next().unwrap_or_default();
        found.push(match aws.ask(&["iam", "get-role", "--role-name", role]).await {
            Ok(_) => State::Fits.of(format!("the service-linked role {role} is there")),
            Err(error) if error_code(&error) == Some("NoSuchEntity") => State::Note
                .of(format!("AWS makes the service-linked role {role} at the first use; it stays with the account")),
            Err(error) => return Err(error),
        });
    }
    Ok(found)
}
