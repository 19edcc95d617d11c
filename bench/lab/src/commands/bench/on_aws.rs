//! Deployments on AWS, measured one after the other.

use std::collections::BTreeSet;

use anyhow::Context;
use ways::Way;

use super::{one_line, row, told};
use crate::aws_access::ByCommandLine;
use crate::cli::{self, Profiles, Update};
use crate::progress;
use artifact::describe_file;
use artifact::lock::Lock;
use deploy::Refused;
use deploy::aws::Aws;
use deploy::deployments::Deployments;
use deploy::folder::Folder;
use deploy::name::Name;
use deploy::outputs::Outputs;
use deploy::record::{Record, State};
use measure::progress::Progress;
use measure::run::{Figures, MeasuredOnAws, Outcome, Plan, Row};
use measure::{self, Oha, Probe, measure_on_aws};

/// Refuses what only the local cloud can do.
fn check(arguments: &cli::Bench) -> Result<(), Refused> {
    let refused = [
        (arguments.profile != Profiles::Both, "--profile is of the local cloud"),
        (arguments.update != Update::Atomic, "--update is of the local cloud: a deployment counts as it was deployed"),
    ];
    match refused.into_iter().find(|(asked, _)| *asked) {
        Some((_, reason)) => Err(Refused(format!("{reason}; leave it out with `--target aws`"))),
        None => Ok(()),
    }
}

/// What a run works with.
pub(super) struct OnAws {
    deployments: Vec<(Name, Folder, Record, Way)>,
    /// Nobody changes or destroys them meanwhile.
    _locks: Vec<Lock>,
    probe: bool,
    generator: Oha,
    plan: Plan,
}

impl OnAws {
    /// The deployments that the arguments name, or all that are kept here.
    ///
    /// # Errors
    /// When one is not there, or none is.
    pub(super) fn new(arguments: &cli::Bench, plan: Plan) -> anyhow::Result<Self> {
        check(arguments)?;
        let kept = Deployments::here()?;
        let mut names = match arguments.names.as_slice() {
            [] => kept.names()?,
            names => names
                .iter()
                .map(|name| name.parse().map_err(|error| Refused(format!("`{name}`: {error}"))))
                .collect::<Result<_, _>>()?,
        };
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        if names.is_empty() {
            return Err(Refused("nothing is deployed from here: `lab deploy WAY` does it".to_owned()).into());
        }
        let (mut deployments, mut locks) = (Vec::new(), Vec::new());
        for name in names {
            let folder = kept.find(&name)?;
            let deployment = folder.record()?;
            let way = deployment.way.parse().with_context(|| format!("{name} is of no way of this lab"))?;
            locks.push(folder.lock()?);
            deployments.push((name, folder, deployment, way));
        }
        let generator = Oha::new(std::env::current_exe().context("the lab's own executable is gone")?);
        Ok(Self { deployments, _locks: locks, probe: arguments.probe, generator, plan })
    }

    /// Measures them. A deployment that breaks fails its row, never the run.
    ///
    /// # Errors
    /// None but what all rows share.
    pub(super) async fn rows(&self) -> anyhow::Result<Vec<Row>> {
        let calls = self.plan.latency_calls + self.plan.concurrency_calls_max;
        programs::notice!("lab: some {calls} calls to each deployment at most, which AWS charges");
        let progress = progress::to_stderr(self.deployments.len());
        let mut rows = Vec::new();
        for (name, folder, deployment, way) in &self.deployments {
            let name = name.to_string();
            progress.way(&name);
            let outcome = match self.figures(&name, folder, deployment, progress.as_ref()).await {
                Ok(figures) => Outcome::Ran(Box::new(figures)),
                Err(error) => Outcome::Failed { reason: one_line(&format!("{error:#}")) },
            };
            progress.done(&name, &told(&outcome));
            rows.push(row(*way, outcome));
        }
        progress.finish();
        Ok(rows)
    }

    async fn figures(
        &self,
        name: &str,
        folder: &Folder,
        deployment: &Record,
        progress: &dyn Progress,
    ) -> anyhow::Result<Figures> {
        anyhow::ensure!(deployment.state == State::Applied, "it is not deployed to its end: deploy it again");
        let outputs = folder.outputs()?;
        let on_aws = self.measured(name, deployment, &outputs, progress).await?;
        let artifact = folder.variables()?.and_then(|variables| describe_file(variables.artifact.as_ref()).ok());
        Ok(Figures { artifact, measured: None, predicted: None, on_aws: Some(on_aws) })
    }

    async fn measured(
        &self,
        name: &str,
        deployment: &Record,
        outputs: &Outputs,
        progress: &dyn Progress,
    ) -> anyhow::Result<MeasuredOnAws> {
        let aws = Aws::new(&deployment.region)?;
        let url = match &outputs.task {
            // Each task has an address of its own: the one that was deployed may have been replaced.
            Some(task) if outputs.url.is_none() => aws.task_url(task).await?,
            _ => deployment.url.clone().context("its URL is not known: deploy it again")?,
        };
        let aws = ByCommandLine(aws);
        let subject = measure::OnAws {
            name: name.to_owned(),
            url,
            aws: aws.clone(),
            function: outputs.function_name.clone().zip(outputs.log_group.clone()),
            region: deployment.region.clone(),
            from: if self.probe { "probe" } else { "here" }.to_owned(),
        };
        if !self.probe {
            return measure_on_aws(&subject, &self.generator, &self.plan, progress).await;
        }
        let function = outputs.probe_function_name.clone().context("it has no probe: deploy it again with --probe")?;
        measure_on_aws(&subject, &Probe { aws, function }, &self.plan, progress).await
    }
}
