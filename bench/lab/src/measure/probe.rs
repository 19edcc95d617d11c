//! The load generator in the region: a function beside what is measured, called through AWS's command line.

use anyhow::Context;
use load::{LoadResult, LoadSpec};
use serde_json::json;

use super::LoadGenerator;
use crate::deploy::aws::Aws;

/// The probe of a deployment.
#[derive(Debug)]
pub struct Probe {
    /// Its region.
    pub aws: Aws,
    /// Its function.
    pub function: String,
}

impl LoadGenerator for Probe {
    async fn run(&self, spec: &LoadSpec) -> anyhow::Result<LoadResult> {
        let answer = self.aws.invoke(&self.function, &json!(spec)).await.context("the probe failed")?;
        serde_json::from_value(answer).context("the probe's answer is not one")
    }
}
