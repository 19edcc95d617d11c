//! Deployments on AWS, measured in rounds, one after the other in each.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use artifact::describe_file;
use artifact::lock::Lock;
use artifact::oha::{self, OHA_VERSION};
use deploy::Refused;
use deploy::aws::Aws;
use deploy::deployments::Deployments;
use deploy::folder::Folder;
use deploy::name::Name;
use deploy::outputs::Outputs;
use deploy::record::{Record, State};
use measure::progress::Progress;
use measure::run::{MeasuredOnAws, Outcome, Plan, Ran, Series};
use measure::{self, Oha, Probe, by_probes, measure_on_aws};
use programs::notice;
use ways::Way;

use super::journal::{Journal, in_short};
use super::{executable, one_line};
use crate::aws_access::ByCommandLine;
use crate::commands::cost;
use crate::progress;

/// What a run works with.
pub(super) struct OnAws {
    deployments: Vec<(Name, Folder, Record, Way)>,
    /// Nobody changes or destroys them meanwhile.
    _locks: Vec<Lock>,
    /// What calls from here; absent where the probe does.
    generator: Option<Oha>,
    plan: Plan,
    /// The function that is being measured: its environment is changed to force cold starts.
    function: Mutex<Option<(ByCommandLine, String)>>,
}

impl OnAws {
    /// Of deployments by their names.
    ///
    /// # Errors
    /// When one is not there, or no oha is.
    pub(super) fn new(names: &[String], probe: bool, plan: Plan, root: &Path) -> anyhow::Result<Self> {
        let kept = Deployments::here()?;
        let (mut deployments, mut locks) = (Vec::new(), Vec::new());
        for name in names {
            let name: Name = name.parse().with_context(|| format!("`{name}` is not the name of a deployment"))?;
            let folder = kept.find(&name)?;
            let deployment = folder.record()?;
            let way = deployment.way.parse().with_context(|| format!("{name} is of no way of this lab"))?;
            locks.push(folder.lock()?);
            deployments.push((name, folder, deployment, way));
        }
        let oha = || anyhow::Ok(Oha::new(executable()?, oha::Oha::find(root)?));
        let generator = if probe { None } else { Some(oha()?) };
        Ok(Self { deployments, _locks: locks, generator, plan, function: Mutex::default() })
    }

    /// The version of the oha that makes the calls; a probe carries the pinned one.
    pub(super) fn oha_version(&self) -> &str {
        self.generator.as_ref().map_or(OHA_VERSION, Oha::version)
    }

    /// Prints what the probes' load comes to at most: calls, seconds, and by assumptions about the way US dollars.
    ///
    /// # Errors
    /// When it may cost more than that, or what it costs is not known.
    pub(super) fn bounded(&self, usd_max: f64) -> anyhow::Result<()> {
        let Some(fan_out) = &self.plan.by_probes else { return Ok(()) };
        let (calls, takes_s, rounds) = (fan_out.calls(), fan_out.takes().as_secs_f64(), self.plan.rounds);
        for (name, _, deployment, way) in &self.deployments {
            let usd = f64::from(rounds) * cost::probes_usd(*way, &deployment.region, fan_out)?;
            let load = format!(
                "{} probes make {calls} calls to {name} at most, in {takes_s:.0} s, {rounds} times: some ${usd:.4} in all",
                fan_out.probes
            );
            if usd > usd_max {
                let reason = format!("{load}, and --usd-max allows {usd_max}: ask for less, or allow more");
                return Err(Refused(reason).into());
            }
            notice!("lab: {load}");
        }
        Ok(())
    }

    /// Measures them. A deployment that breaks fails its record, never the run.
    ///
    /// # Errors
    /// When a record can't be kept.
    pub(super) async fn measure(&self, journal: &mut Journal) -> anyhow::Result<()> {
        if let Some(generator) = &self.generator {
            generator.prepare().await?;
        }
        let calls = self.plan.latency_calls + self.plan.concurrency_calls_max;
        notice!("lab: some {calls} calls to each deployment at most, which AWS charges");
        let rounds = self.plan.rounds;
        let progress = progress::to_stderr(self.deployments.len() * rounds as usize);
        for round in 0..rounds {
            for (name, folder, deployment, way) in &self.deployments {
                let name = name.to_string();
                if journal.next_round(&name).is_none_or(|next| next > round) {
                    progress.skip();
                    continue;
                }
                progress.way(&name);
                let before = journal.before(&name);
                let first = before.as_ref().and_then(|before| before.on_aws().first().copied());
                let known_rate = first.map(|first| first.concurrency.calls_per_second);
                let plan = self.plan.of_round(round);
                let outcome = match self.ran(&name, folder, deployment, &plan, known_rate, progress.as_ref()).await {
                    Ok(ran) => Outcome::Ran(ran),
                    Err(error) => Outcome::Failed { reason: one_line(&format!("{error:#}")) },
                };
                progress.done(&name, &in_short(&outcome));
                journal.record(*way, None, Some(&name), outcome)?;
            }
        }
        progress.finish();
        Ok(())
    }

    /// Restores what an interruption left changed on AWS.
    pub(super) async fn restore(&self) {
        let function = self.function.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((aws, function)) = function
            && let Err(error) = measure::restore(&aws, &function).await
        {
            notice!("lab: {function}: {error:#}; remove LAB_COLD_START from them");
        }
    }

    async fn ran(
        &self,
        name: &str,
        folder: &Folder,
        deployment: &Record,
        plan: &Plan,
        known_rate: Option<f64>,
        progress: &dyn Progress,
    ) -> anyhow::Result<Ran> {
        anyhow::ensure!(deployment.state == State::Applied, "its deployment did not finish: deploy it again");
        let outputs = folder.outputs()?;
        let on_aws = self.measured(name, deployment, &outputs, plan, known_rate, progress).await?;
        let artifact = folder.variables()?.and_then(|variables| describe_file(variables.artifact?.as_ref()).ok());
        Ok(Ran { artifact, series: vec![Series::OnAws(on_aws)] })
    }

    async fn measured(
        &self,
        name: &str,
        deployment: &Record,
        outputs: &Outputs,
        plan: &Plan,
        known_rate: Option<f64>,
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
            from: if self.generator.is_some() { "here" } else { "probe" }.to_owned(),
        };
        let function = subject.function.as_ref().map(|(function, _)| (aws.clone(), function.clone()));
        *self.function.lock().unwrap_or_else(PoisonError::into_inner) = function;
        let measured = if let Some(generator) = &self.generator {
            measure_on_aws(&subject, generator, plan, known_rate, progress).await
        } else {
            let function = outputs.probe_function_name.clone();
            let function = function.context("it has no probe: deploy it again with --probe")?;
            let mut measured =
                measure_on_aws(&subject, &Probe { aws, function: function.clone() }, plan, known_rate, progress).await;
            if let (Ok(measured), Some(fan_out)) = (&mut measured, &plan.by_probes) {
                let load = by_probes(&subject, &function, fan_out, plan.seed, progress).await;
                measured.by_probes = Some(Box::new(load.context("the load by many probes failed")?));
            }
            measured
        };
        *self.function.lock().unwrap_or_else(PoisonError::into_inner) = None;
        measured
    }
}
