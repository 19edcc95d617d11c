//! The load generator in the region: a function beside what is measured.

use anyhow::Context;
use load::{LoadResult, LoadSpec};
use serde_json::json;

use super::{AwsAccess, LoadGenerator};

/// The probe of a deployment.
#[derive(Debug)]
pub struct Probe<A> {
    /// AWS in its region.
    pub aws: A,
    /// Its function.
    pub function: String,
}

impl<A: AwsAccess> LoadGenerator for Probe<A> {
    async fn run(&self, spec: &LoadSpec) -> anyhow::Result<LoadResult> {
        let answer = self.aws.invoke(&self.function, &json!(spec)).await.context("the probe failed")?;
        serde_json::from_value(answer).context("the probe's answer is not one")
    }
}
