//! A service of the user's own in the local cloud, as something that can be measured.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::Bytes;
use cloud::{Cloud, Metered, Request};
use load::{LoadSpec, Mix, MixRequest, Piece, Rendered};
use programs::Command;

use super::{ColdSample, Deployed, Local, Subject};
use crate::run::StoreUse;

/// How long its own command may take.
const CHECK_LIMIT: Duration = Duration::from_secs(120);

/// A deployment of a service of the user's own, and what is requested of it.
pub struct Own<'a> {
    /// Where it runs, and how runs name its way.
    pub deployed: Deployed<'a>,
    /// The cloud whose stores it has, metered.
    pub cloud: &'a Cloud,
    /// What the stores had got before it was deployed.
    pub before: Metered,
    /// What is requested.
    pub mix: &'a Mix,
    /// The path that reports whether its server is ready; nothing where it is a function.
    pub health: Option<String>,
    /// The number of the next call.
    pub number: AtomicU64,
    /// What verifies it: words, and the folder that they are for.
    pub check: Option<(Vec<String>, PathBuf)>,
}

impl Own<'_> {
    /// The first request of the mix, by a number that no other call has.
    fn first(&self) -> (Request, &load::MixRequest) {
        let (Rendered { method, path, headers, body }, of) =
            self.mix.first_call(self.number.fetch_add(1, Ordering::Relaxed));
        (Request { method, path, headers, body: Bytes::from(body) }, of)
    }
}

impl Subject for Own<'_> {
    fn name(&self) -> String {
        self.deployed.name()
    }

    fn url(&self) -> String {
        self.deployed.url()
    }

    /// The mix's first request: it has no number to read.
    async fn hit(&self) -> anyhow::Result<u64> {
        let (request, of) = self.first();
        let (status, body) = self.deployed.deployment.request(&request).await.context("a call failed")?;
        let line =
            String::from_utf8_lossy(&body).lines().next().unwrap_or_default().chars().take(200).collect::<String>();
        ensure!(of.expects(status.as_u16()), "{} {} got {status}: {line}", request.method, request.path);
        Ok(0)
    }

    fn cpu_time(&self) -> Option<Duration> {
        self.deployed.cpu_time()
    }

    fn starting(&self) -> usize {
        self.deployed.starting()
    }

    fn load(&self, connections: u32, calls: u32, per_second: Option<f64>) -> LoadSpec {
        let mut spec = LoadSpec { url: self.url(), connections, calls, per_second, mix: None, start: None };
        let first = self.number.fetch_add(spec.calls_in_all(), Ordering::Relaxed);
        spec.mix = Some(Mix { first, ..self.mix.clone() });
        spec
    }

    fn health(&self, connections: u32) -> Option<LoadSpec> {
        let get = MixRequest {
            weight: 1,
            method: "GET".to_owned(),
            path: vec![Piece::Text(self.health.clone()?)],
            headers: Vec::new(),
            body: Vec::new(),
            expected: Vec::new(),
        };
        let mix = Mix { requests: vec![get], first: 0 };
        Some(LoadSpec {
            url: self.url(),
            connections,
            calls: connections,
            per_second: None,
            mix: Some(mix),
            start: None,
        })
    }

    fn counts(&self) -> bool {
        false
    }

    fn stores(&self) -> Option<StoreUse> {
        let calls = self.number.load(Ordering::Relaxed);
        Some(StoreUse::of(self.cloud.metered().since(self.before), calls))
    }

    async fn verify(&self) -> anyhow::Result<Option<(bool, String)>> {
        let Some((words, folder)) = &self.check else { return Ok(None) };
        let Some((program, arguments)) = words.split_first() else { return Ok(None) };
        let mut command = Command::new(program).arguments(arguments).folder(folder).limit(CHECK_LIMIT);
        for (name, value) in self.deployed.deployment.environment() {
            command = command.variable(name, value.clone());
        }
        Ok(Some(match command.variable("URL", self.url()).captured().await {
            Ok(_) => (true, String::new()),
            Err(error) => (false, format!("{error:#}").lines().last().unwrap_or_default().to_owned()),
        }))
    }
}

impl Local for Own<'_> {
    async fn cold_call(&mut self) -> anyhow::Result<ColdSample> {
        let (request, of) = self.first();
        let of = of.clone();
        let call = self.deployed.deployment.cold_request(&request, |status| of.expects(status.as_u16())).await;
        let call = call.context("a cold start failed")?;
        Ok(ColdSample { total: call.total, init: call.init, init_cpu: call.init_cpu })
    }

    fn exact_cpu_time(&self) -> Option<Duration> {
        self.deployed.exact_cpu_time()
    }

    fn cpu_share(&self) -> (String, bool) {
        self.deployed.cpu_share()
    }

    fn peak_memory_bytes(&self) -> Option<u64> {
        self.deployed.peak_memory_bytes()
    }
}
