//! What a deployment chooses. A way takes the options that its Terraform declares variables for, and refuses others.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ways::Way;

use super::Refused;
use super::api_access::Network;
use super::configuration::Configuration;

/// The caller's choices; each is a variable of the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Run on Spot capacity.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub spot: bool,
    /// The domain name under which it is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Domain>,
    /// The zone that the domain is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<Domain>,
    /// kubectl's context of an existing cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// The Kubernetes worker's machine image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_image: Option<MachineImage>,
    /// From where the API of the deployment's own cluster is reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub api_access: Vec<Network>,
    /// The probe's zip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
}

impl Options {
    /// Holds that a way has what was chosen, and that the choices fit together.
    ///
    /// # Errors
    /// The first choice that can't be.
    pub fn check(&self, way: Way, configuration: &Configuration) -> Result<(), Refused> {
        const DOMAINS: &str = "only an HTTP API, and an ALB or NLB that no cluster makes, can have a domain";
        const KOPS: &str = "only Kubernetes by kOps takes another cluster, or nodes of another image";
        for (variable, chosen, who) in [
            ("spot", self.spot, "only Fargate has Spot capacity here"),
            ("domain", self.domain.is_some(), DOMAINS),
            ("zone", self.zone.is_some(), DOMAINS),
            ("context", self.context.is_some(), KOPS),
            ("node_image", self.node_image.is_some(), KOPS),
            ("api_access", !self.api_access.is_empty(), "only Kubernetes has an API"),
            ("probe", self.probe.is_some(), "its Terraform has no such variable"),
        ] {
            if chosen && !configuration.declares(variable) {
                return Err(Refused(format!("{way} takes no --{}: {who}", variable.replace('_', "-"))));
            }
        }
        let Some(domain) = &self.domain else { return Ok(()) };
        match &self.zone {
            Some(zone) if !domain.is_in(zone) => {
                Err(Refused(format!("--domain {domain} is not in the zone {zone}: choose a name that ends with it")))
            }
            None if domain.labels() < 3 => Err(Refused(format!(
                "--domain {domain}: its zone would be a top-level domain; name the Route 53 zone with --zone"
            ))),
            _ => Ok(()),
        }
    }
}

/// A name of the DNS with two labels at least (RFC 1035, §2.3.4; RFC 1123, §2.1), in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Domain(String);

/// A word that is not a domain name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a domain name such as counter.example.org, in lower case")]
pub struct InvalidDomain;

impl FromStr for Domain {
    type Err = InvalidDomain;

    fn from_str(word: &str) -> Result<Self, InvalidDomain> {
        let fits = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        };
        let valid = word.len() <= 253 && word.contains('.') && word.split('.').all(fits);
        if valid { Ok(Self(word.to_owned())) } else { Err(InvalidDomain) }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Domain {
    fn labels(&self) -> usize {
        self.0.split('.').count()
    }

    fn is_in(&self, zone: &Self) -> bool {
        self == zone || self.0.strip_suffix(&zone.0).is_some_and(|rest| rest.ends_with('.'))
    }
}

/// The name of a context of kubectl's. It is an argument of kubectl, so it is not empty and does not look like an option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Context(String);

/// A word that can't be a context's name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the name of a context: `kubectl config get-contexts` lists them")]
pub struct InvalidContext;

impl FromStr for Context {
    type Err = InvalidContext;

    fn from_str(word: &str) -> Result<Self, InvalidContext> {
        let valid =
            !word.is_empty() && !word.starts_with('-') && !word.chars().any(|c| c.is_control() || c.is_whitespace());
        if valid { Ok(Self(word.to_owned())) } else { Err(InvalidContext) }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Context {
    /// The name, as kubectl takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An AMI's id: `ami-` and 8 or 17 hexadecimal digits (EC2 User Guide, "Resource IDs").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MachineImage(String);

/// A word that is not an AMI's id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an AMI's id such as ami-0123456789abcdef0")]
pub struct InvalidMachineImage;

impl FromStr for MachineImage {
    type Err = InvalidMachineImage;

    fn from_str(word: &str) -> Result<Self, InvalidMachineImage> {
        let digits = word.strip_prefix("ami-").unwrap_or_default();
        let valid =
            [8, 17].contains(&digits.len()) && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if valid { Ok(Self(word.to_owned())) } else { Err(InvalidMachineImage) }
    }
}

impl fmt::Display for MachineImage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_dns_are_domains_and_other_words_are_not() {
        for word in ["counter.example.org", "example.org", "a-1.b.c", "xn--bcher-kva.example"] {
            assert_eq!(word.parse::<Domain>().expect(word).to_string(), word);
        }
        let long = format!("{}.org", "a".repeat(64));
        for word in ["", "x", "a..b", ".a.b", "a.b.", "-a.b", "a-.b", "A.b", "a b.c", "a_b.c", "a/b.c", long.as_str()] {
            assert_eq!(word.parse::<Domain>(), Err(InvalidDomain), "{word}");
        }
    }

    #[test]
    fn a_domain_is_in_its_zone_and_in_no_other() {
        let domain = |word: &str| word.parse::<Domain>().expect(word);
        for (name, zone, wanted) in [
            ("counter.example.org", "example.org", true),
            ("example.org", "example.org", true),
            ("counterexample.org", "example.org", false),
            ("example.org", "counter.example.org", false),
        ] {
            assert_eq!(domain(name).is_in(&domain(zone)), wanted, "{name} in {zone}");
        }
    }

    #[test]
    fn words_that_a_program_would_misread_are_refused() {
        for word in ["", "-x", "a b", "a\n"] {
            assert_eq!(word.parse::<Context>(), Err(InvalidContext), "{word:?}");
        }
        assert!("arn:aws:eks:eu-west-2:1:cluster/x".parse::<Context>().is_ok());
        for word in ["", "x", "ami-", "ami-1", "ami-0123456789ABCDEF0", "ami-0123456789abcdef01"] {
            assert_eq!(word.parse::<MachineImage>(), Err(InvalidMachineImage), "{word}");
        }
        assert!("ami-0123456789abcdef0".parse::<MachineImage>().is_ok());
    }
}
