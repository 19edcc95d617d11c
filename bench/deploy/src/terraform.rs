//! OpenTofu, or Terraform, at work in a deployment's folder.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

use super::Refused;
use super::folder::Outputs;
use super::tool::Tool;

/// The variable that names another one than is found on the path.
const VARIABLE: &str = "LAB_TERRAFORM";

/// Where the plan that was shown is kept until it is applied.
const PLAN: &str = "plan.bin";

/// The longest that reading the state takes.
const READ_LIMIT: Duration = Duration::from_secs(120);

/// OpenTofu or Terraform, in one folder.
#[derive(Clone, Debug)]
pub struct Terraform {
    tool: Tool,
    /// Whether somebody sees colours.
    is_terminal: bool,
}

#[derive(Deserialize)]
struct Output {
    value: Value,
}

impl Terraform {
    /// The one that is on the path.
    ///
    /// # Errors
    /// When there is none.
    pub fn at(folder: &Path) -> Result<Self, Refused> {
        let named = std::env::var(VARIABLE).ok().filter(|value| !value.is_empty());
        let names: Vec<&str> = named.as_deref().map_or_else(|| vec!["tofu", "terraform"], |name| vec![name]);
        let tool = Tool::find(&names, "it makes and removes what is deployed")?;
        let is_terminal = std::io::stderr().is_terminal() && std::io::stdout().is_terminal();
        Ok(Self { is_terminal, tool: tool.at(folder).with("TF_IN_AUTOMATION", "1").with("TF_INPUT", "0") })
    }

    async fn work(&self, tool: &Tool, arguments: &[&str]) -> anyhow::Result<()> {
        let colour: &[&str] = if self.is_terminal { &[] } else { &["-no-color"] };
        let (command, options) = arguments.split_at(1);
        tool.work(&[command, &["-input=false"], colour, options].concat()).await
    }

    /// Gets the provider, and the state where it is kept elsewhere.
    ///
    /// # Errors
    /// When it fails.
    pub async fn init(&self) -> anyhow::Result<()> {
        self.work(&self.tool, &["init", "-reconfigure"]).await
    }

    /// Shows what would change, and keeps that for [`Self::apply`].
    ///
    /// # Errors
    /// When it fails.
    pub async fn plan(&self) -> anyhow::Result<()> {
        self.work(&self.tool, &["plan", &format!("-out={PLAN}")]).await
    }

    /// Prints what would change from nothing, and keeps nothing.
    ///
    /// # Errors
    /// When it fails.
    pub async fn show(&self) -> anyhow::Result<()> {
        self.work(&self.tool.clone().printing(), &["plan", "-lock=false"]).await
    }

    /// Makes what the plan says.
    ///
    /// # Errors
    /// When it fails; what was made by then is in the state.
    pub async fn apply(&self) -> anyhow::Result<()> {
        self.work(&self.tool, &["apply", PLAN]).await
    }

    /// Removes all that it made.
    ///
    /// # Errors
    /// When it fails; what is left is in the state.
    pub async fn destroy(&self) -> anyhow::Result<()> {
        self.work(&self.tool, &["destroy", "-auto-approve"]).await
    }

    /// What it tells of what was made.
    ///
    /// # Errors
    /// When the state can't be read.
    pub async fn outputs(&self) -> anyhow::Result<Outputs> {
        let told = self.tool.ask(&["output", "-json"], READ_LIMIT).await?;
        let outputs: BTreeMap<String, Output> = serde_json::from_slice(&told).context("can't read the outputs")?;
        Ok(outputs.into_iter().map(|(name, output)| (name, output.value)).collect())
    }
}
