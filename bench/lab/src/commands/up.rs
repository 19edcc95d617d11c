//! `lab up`: starts ways and keeps them running until it is interrupted.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::Context;
use artifact::root;
use cloud::{Cloud, CloudConfig, Deployment};
use ways::{Way, model};

use crate::cli;
use artifact::Artifacts;

/// Starts the requested ways, prints where they answer, and waits for Ctrl-C.
///
/// # Errors
/// When one of them can't be started; those started before it are ended.
pub fn run(arguments: cli::Up) -> anyhow::Result<ExitCode> {
    let ways = match arguments.ways {
        named if !named.is_empty() => named,
        _ => model().catalogue().map(|row| row.way).filter(|way| Artifacts::available(*way).is_ok()).collect(),
    };
    let artifacts = Artifacts::new(root::find()?);
    super::runtime()?.block_on(async {
        let config = CloudConfig { service_env: arguments.update.environment(), ..CloudConfig::default() };
        let cloud = Cloud::start(config).await.context("can't start the local cloud")?;
        let mut deployments = Vec::new();
        let outcome = tokio::select! {
            started = start(&cloud, &artifacts, &ways, &mut deployments) => started,
            ended = super::asked_to_end() => ended.context("can't listen for signals"),
        };
        let stopped = async {
            for deployment in deployments {
                deployment.stop().await;
            }
            cloud.shutdown().await;
        };
        if tokio::time::timeout(super::SHUTDOWN_TIMEOUT, stopped).await.is_err() {
            programs::notice!("lab: some service did not end in time and was killed");
        }
        outcome.map(|()| ExitCode::SUCCESS)
    })
}

/// Starts ways, prints where they are, and stays.
async fn start(
    cloud: &Cloud,
    artifacts: &Artifacts,
    ways: &[Way],
    deployments: &mut Vec<Deployment>,
) -> anyhow::Result<()> {
    let width = ways.iter().map(|way| way.to_string().len()).max().unwrap_or_default();
    let mut text = String::new();
    for &way in ways {
        let artifact = artifacts.of(way).await.with_context(|| way.to_string())?;
        let deployment = cloud.deploy(way, &artifact).await.with_context(|| way.to_string())?;
        writeln!(text, "{way:width$}  {}/", deployment.url())?;
        deployments.push(deployment);
    }
    let endpoints = cloud.endpoints();
    writeln!(text, "\nDynamoDB {}   S3 {}   Lambda {}", endpoints.dynamodb, endpoints.s3, endpoints.lambda)?;
    writeln!(text, "Ctrl-C ends them.")?;
    super::print(&text)?;
    std::future::pending().await
}
