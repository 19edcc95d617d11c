//! No compute: the front calls the store. There is no process: nothing starts, nothing stops, and nothing can be measured of one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ways::model;

use super::{Artifact, ComputeError, Part, Plan, Workload};
use crate::front::{Api, Backend, Gateway};
use crate::lambda::Lambda;
use crate::process::CpuApplied;

pub(super) struct Nothing;

#[async_trait]
impl Part for Nothing {
    async fn provision(&self, plan: Plan<'_>, _lambda: &Arc<Lambda>) -> Result<Box<dyn Workload>, ComputeError> {
        let Artifact::Templates { package } = plan.artifact else {
            return Err(ComputeError::WantsTemplates(plan.artifact.package().to_owned()));
        };
        let api = Arc::new(Api::read(package)?);
        let (table, counter) = place(plan.env.get(&model().service.environment.store)).ok_or(ComputeError::NoTable)?;
        let variables = [("table", table), ("counter", counter)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let endpoint = plan.env.get(crate::store::DYNAMODB_ENDPOINT).and_then(|url| address(url));
        Ok(Box::new(Gateway { api, dynamodb: endpoint.ok_or(ComputeError::NoTable)?, variables }))
    }
}

/// The table and the key of a count's URL: `dynamodb://TABLE/KEY`.
fn place(url: Option<&String>) -> Option<(&str, &str)> {
    url?.strip_prefix("dynamodb://")?.split_once('/')
}

fn address(url: &str) -> Option<SocketAddr> {
    url.strip_prefix("http://")?.parse().ok()
}

#[async_trait]
impl Workload for Gateway {
    fn backend(&self) -> Backend<'_> {
        Backend::Nothing(self)
    }

    async fn start(&mut self) -> Result<(), ComputeError> {
        Ok(())
    }

    async fn stop(&mut self) {}

    fn init(&self) -> Option<Duration> {
        None
    }

    fn init_cpu(&self) -> Option<Duration> {
        None
    }

    fn cpu_time(&self) -> Option<Duration> {
        None
    }

    fn peak_memory_bytes(&self) -> Option<u64> {
        None
    }

    fn process_ids(&self) -> Vec<i32> {
        Vec::new()
    }

    fn cpu_applied(&self) -> Option<CpuApplied> {
        None
    }
}
