//! A way in the local cloud, as something that can be measured.

use std::time::Duration;

use anyhow::{Context, ensure};
use cloud::Deployment;
use cloud::process::CpuApplied;

use super::{ColdSample, Local, Subject};
use crate::run::cpu_time;

/// A deployment and its name.
pub struct Deployed<'a> {
    /// How runs name it.
    pub name: String,
    /// Where it runs.
    pub deployment: &'a mut Deployment,
}

impl Subject for Deployed<'_> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn url(&self) -> String {
        self.deployment.url().to_owned()
    }

    async fn hit(&self) -> anyhow::Result<u64> {
        let (status, body) = self.deployment.call("/hits").await.context("a call failed")?;
        ensure!(status == 200, "GET /hits got {status}");
        read_number(&body)
    }

    fn cpu_time(&self) -> Option<Duration> {
        // Of no process there is none, which is not 0.
        self.deployment.way().has_process().then(|| cpu_time(&self.deployment.process_ids())).flatten()
    }

    fn starting(&self) -> usize {
        self.deployment.starting()
    }
}

impl Local for Deployed<'_> {
    fn has_process(&self) -> bool {
        self.deployment.way().has_process()
    }

    async fn cold_call(&mut self) -> anyhow::Result<ColdSample> {
        let call = self.deployment.cold_call("/hits").await.context("a cold start failed")?;
        read_number(&call.body)?;
        Ok(ColdSample { total: call.total, init: call.init, init_cpu: call.init_cpu })
    }

    fn exact_cpu_time(&self) -> Option<Duration> {
        self.deployment.cpu_time()
    }

    fn cpu_share(&self) -> (String, bool) {
        let applied = self.deployment.cpu_applied();
        let held = matches!(applied, Some(CpuApplied::Cgroup(_)));
        (applied.map_or_else(|| "no process ran".to_owned(), |applied| applied.to_string()), held)
    }

    fn peak_memory_bytes(&self) -> Option<u64> {
        self.deployment.peak_memory_bytes()
    }
}

pub(super) fn read_number(body: &[u8]) -> anyhow::Result<u64> {
    let text = String::from_utf8_lossy(body);
    text.parse().with_context(|| format!("GET /hits answered `{}`, not a number", text.escape_debug()))
}
