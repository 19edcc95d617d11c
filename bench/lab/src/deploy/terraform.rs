//! OpenTofu, or Terraform, at work in a deployment's folder.

use std::collections::BTreeMap;
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
        Ok(Self { tool: tool.at(folder).with("TF_IN_AUTOMATION", "1").with("TF_INPUT", "0") })
    }

    /// Gets the provider, and the state where it is kept elsewhere.
    ///
    /// # Errors
    /// When it fails.
    pub async fn init(&self) -> anyhow::Result<()> {
        self.tool.work(&["init", "-input=false", "-reconfigure"]).await
    }

    /// Shows what would change, and keeps that for [`Self::apply`].
    ///
    /// # Errors
    /// When it fails.
    pub async fn plan(&self) -> anyhow::Result<()> {
        self.tool.work(&["plan", "-input=false", &format!("-out={PLAN}")]).await
    }

    /// Shows what would change from nothing, and keeps nothing.
    ///
    /// # Errors
    /// When it fails.
    pub async fn show(&self) -> anyhow::Result<()> {
        self.tool.work(&["plan", "-input=false", "-lock=false"]).await
    }

    /// Makes what the plan says.
    ///
    /// # Errors
    /// When it fails; what was made by then is in the state.
    pub async fn apply(&self) -> anyhow::Result<()> {
        self.tool.work(&["apply", "-input=false", PLAN]).await
    }

    /// Removes all that it made.
    ///
    /// # Errors
    /// When it fails; what is left is in the state.
    pub async fn destroy(&self) -> anyhow::Result<()> {
        self.tool.work(&["destroy", "-input=false", "-auto-approve"]).await
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
