//! OpenTofu, or Terraform, at work in a deployment's folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use programs::{Command, Grace};
use serde::Deserialize;
use serde_json::Value;

use super::outputs::Outputs;
use super::{Refused, tools};

/// The variable that names another one than is found on the path.
const VARIABLE: &str = "LAB_TERRAFORM";

/// Where the plan that was shown is kept until it is applied.
const PLAN: &str = "plan.bin";

/// Which providers an earlier `init` took.
const LOCK: &str = ".terraform.lock.hcl";

/// The longest that reading the state takes.
const READ_LIMIT: Duration = Duration::from_secs(120);

/// OpenTofu or Terraform, in one folder.
#[derive(Clone, Debug)]
pub struct Terraform {
    command: Command,
    folder: PathBuf,
    /// `tofu` or `terraform`.
    name: String,
    /// Whether somebody sees colours.
    is_terminal: bool,
}

#[derive(Deserialize)]
struct Output {
    value: Value,
}

impl Terraform {
    /// The one that made a deployment; where that is not known, the first on the path.
    ///
    /// # Errors
    /// When it is not on the path.
    pub fn at(folder: &Path, made_by: Option<&str>) -> Result<Self, Refused> {
        let named = std::env::var(VARIABLE).ok().filter(|value| !value.is_empty());
        let purpose = "it makes and removes what is deployed";
        let candidates: Vec<&str> = match (named.as_deref(), made_by) {
            (Some(named), _) => vec![named],
            (None, Some(name)) => vec![name],
            (None, None) => vec!["tofu", "terraform"],
        };
        let command = tools::find(&candidates, purpose)?;
        let name = command.name();
        let command = command.folder(folder).variable("TF_IN_AUTOMATION", "1").variable("TF_INPUT", "0");
        let is_terminal = io::stderr().is_terminal() && io::stdout().is_terminal();
        Ok(Self { command, folder: folder.to_owned(), name, is_terminal })
    }

    /// Which program it is: each one's state is its own.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A command whose output is seen. It changes something, so that it has time to end by itself.
    fn command(&self, arguments: &[&str]) -> Command {
        let colour: &[&str] = if self.is_terminal { &[] } else { &["-no-color"] };
        let (operation, options) = arguments.split_at(1);
        let command = self.command.clone().live().grace(Grace::LONG);
        command.arguments(operation).arguments(["-input=false"]).arguments(colour).arguments(options)
    }

    /// Gets the provider, and the state where it is kept elsewhere.
    ///
    /// # Errors
    /// When it fails.
    pub async fn init(&self) -> anyhow::Result<()> {
        // The flake, or the range in `required_providers`, decides which provider: after an update of the lab it is another
        // one than an earlier init has locked, and then nothing could be destroyed any more.
        match fs::remove_file(self.folder.join(LOCK)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("can't remove {}", self.folder.join(LOCK).display()))?;
            }
            _ => {}
        }
        Ok(self.command(&["init", "-reconfigure"]).shown().await?)
    }

    /// Shows what would change, and keeps that for [`Self::apply`].
    ///
    /// # Errors
    /// When it fails.
    pub async fn plan(&self) -> anyhow::Result<()> {
        Ok(self.command(&["plan", &format!("-out={PLAN}")]).shown().await?)
    }

    /// Prints what would change from nothing, and keeps nothing.
    ///
    /// # Errors
    /// When it fails.
    pub async fn show(&self) -> anyhow::Result<()> {
        Ok(self.command(&["plan", "-lock=false"]).printed().await?)
    }

    /// Applies the plan.
    ///
    /// # Errors
    /// When it fails; what was made by then is in the state.
    pub async fn apply(&self) -> anyhow::Result<()> {
        Ok(self.command(&["apply", PLAN]).shown().await?)
    }

    /// Removes all that it made.
    ///
    /// # Errors
    /// When it fails; what is left is in the state.
    pub async fn destroy(&self) -> anyhow::Result<()> {
        Ok(self.command(&["destroy", "-auto-approve"]).shown().await?)
    }

    /// What it reports of what was made.
    ///
    /// # Errors
    /// When the state can't be read.
    pub async fn outputs(&self) -> anyhow::Result<Outputs> {
        let printed = self.command.clone().arguments(["output", "-json"]).limit(READ_LIMIT).captured().await?;
        read_outputs(&printed).context("can't read Terraform's outputs")
    }
}

fn read_outputs(printed: &[u8]) -> serde_json::Result<Outputs> {
    let outputs: BTreeMap<String, Output> = serde_json::from_slice(printed)?;
    let values = outputs.into_iter().map(|(name, output)| (name, output.value)).collect();
    serde_json::from_value(Value::Object(values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_read_and_others_left_aside() {
        let printed = br#"{ "url": { "value": null }, "way": { "value": "fargate", "type": "string" },
            "task": { "value": { "cluster": "lab-one", "service": "counter", "port": 8000 } } }"#;
        let outputs = read_outputs(printed).expect("outputs");
        assert_eq!((outputs.url, outputs.task.expect("a task").port), (None, 8000));
        assert!(read_outputs(br#"{ "url": { "value": 1 } }"#).is_err());
    }
}
