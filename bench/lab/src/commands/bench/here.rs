//! Ways in the local cloud, measured in rounds, one after the other in each; the first round predicts too.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use artifact::{Artifacts, Description, describe};
use cloud::{Cloud, CloudConfig};
use measure::progress::Progress;
use measure::run::{Measurement, Outcome, Plan, Profile, Ran, Series, Watch};
use measure::{Deployed, Oha, Predicted, measure, predict};
use model::{Caller, Connections, Parameters, Setup};
use ways::{Variant, Way};

use super::journal::{Journal, in_short};
use super::{executable, one_line};
use crate::progress;

/// What a run works with.
pub(super) struct Here {
    ways: Vec<Variant>,
    /// Whether the caller named them.
    named: bool,
    artifacts: Artifacts,
    generator: Oha,
    plan: Plan,
}

/// One cloud for each profile of the plan.
type Clouds = Vec<(Profile, Cloud)>;

/// A round of a way.
struct Round<'a> {
    /// From 0.
    index: u32,
    /// What came of the rounds before.
    before: Option<Ran>,
    /// The way's name.
    name: &'a str,
    /// The way and the round, for progress.
    shown: &'a str,
}

/// What a way deploys, or what came of it.
type Built = Result<(cloud::Artifact, Description), Outcome>;

impl Here {
    /// Of ways by their names.
    ///
    /// # Errors
    /// When a name stands for no way.
    pub(super) fn new(names: &[String], named: bool, plan: Plan, root: &Path) -> anyhow::Result<Self> {
        let ways = names.iter().map(|name| name.parse()).collect::<Result<_, _>>();
        Ok(Self {
            ways: ways.context("the run names a way that this lab does not have")?,
            named,
            artifacts: Artifacts::new(root.to_owned()),
            generator: Oha::new(executable()?),
            plan,
        })
    }

    /// Measures them. A way that breaks fails its record, never the run.
    ///
    /// # Errors
    /// When the local cloud can't be started, or a record can't be kept.
    pub(super) async fn measure(&self, journal: &mut Journal) -> anyhow::Result<()> {
        let clouds = self.clouds().await?;
        // Built first, so that Cargo's progress and the bars don't share the terminal.
        self.artifacts.prepare(self.ways.iter().map(|it| (it.way, it.build))).await?;
        let mut built = Vec::new();
        for &way in &self.ways {
            built.push((way, self.built(way).await));
        }
        // What was given is nobody's to rebuild.
        let _unchanged = if artifact::builds_here()? { Some(self.artifacts.hold().await?) } else { None };
        let rounds = self.plan.rounds;
        let progress = progress::to_stderr(self.ways.len() * rounds as usize);
        for round in 0..rounds {
            for (way, built) in &built {
                let name = way.to_string();
                // In an interrupted run some are further than others, and what broke is not tried again.
                if journal.next_round(&name).is_none_or(|next| next > round) {
                    progress.skip();
                    continue;
                }
                let shown =
                    if rounds == 1 { name.clone() } else { format!("{name} (round {} of {rounds})", round + 1) };
                progress.way(&shown);
                let outcome = match built {
                    Ok((artifact, description)) => {
                        let before = journal.before(&name);
                        let round = Round { index: round, before, name: &name, shown: &shown };
                        self.outcome(&clouds, *way, artifact, description.clone(), &round, &*progress).await
                    }
                    Err(outcome) => outcome.clone(),
                };
                progress.done(&shown, &in_short(&outcome));
                journal.record(way.way, Some(way.build), None, outcome)?;
            }
        }
        progress.finish();
        for (_, cloud) in clouds {
            cloud.shutdown().await;
        }
        Ok(())
    }

    async fn clouds(&self) -> anyhow::Result<Clouds> {
        let mut clouds = Vec::new();
        for &profile in &self.plan.profiles {
            let speed = match profile {
                Profile::Bare => cloud::Profile::Bare,
                Profile::Aws | Profile::AwsAsPublished => cloud::Profile::CpuShare,
            };
            let config = CloudConfig { profile: speed, service_env: self.service_env(), ..CloudConfig::default() };
            clouds.push((profile, Cloud::start(config).await.context("can't start the local cloud")?));
        }
        Ok(clouds)
    }

    /// What a prediction is of.
    fn predicted(&self, profile: Profile, way: Way, package_bytes: u64) -> Predicted {
        let (caller, connections) = match profile {
            Profile::Bare | Profile::Aws => (Caller::InRegion, Connections::Kept),
            Profile::AwsAsPublished => (Caller::Study, Parameters::committed().published.connections(way.language)),
        };
        Predicted { way, package_bytes, setup: Setup { caller, update: self.plan.update, connections, calls: None } }
    }

    /// What every service gets in its environment.
    fn service_env(&self) -> BTreeMap<String, String> {
        let mut env = BTreeMap::from([self.plan.update.variable()]);
        if self.plan.profiles.contains(&Profile::AwsAsPublished) {
            // The original study's JavaScript opened a connection for each call, as version 2 of its SDK did by default.
            env.insert("AWS_NODEJS_CONNECTION_REUSE_ENABLED".to_owned(), "0".to_owned());
        }
        env
    }

    async fn built(&self, Variant { way, build }: Variant) -> Built {
        if let Err(reason) = Artifacts::available(way) {
            let reason = reason.to_string();
            // Named by the caller, a way that can't run is a failure; else it is only left out.
            return Err(if self.named { Outcome::Failed { reason } } else { Outcome::NotRun { reason } });
        }
        let artifact =
            self.artifacts.of(way, build).await.and_then(|artifact| Ok((artifact.clone(), describe(&artifact)?)));
        artifact.map_err(|error| failed(&error))
    }

    async fn outcome(
        &self,
        clouds: &Clouds,
        way: Variant,
        artifact: &cloud::Artifact,
        description: Description,
        round: &Round<'_>,
        progress: &dyn Progress,
    ) -> Outcome {
        let bytes = description.bytes;
        let mut ran = Ran { artifact: Some(description), series: Vec::new() };
        // A prediction is made once.
        for (profile, cloud) in clouds.iter().filter(|(profile, _)| *profile == Profile::Bare || round.index == 0) {
            let predicted = self.predicted(*profile, way.way, bytes);
            match self.series(*profile, cloud, predicted, artifact, round, progress).await {
                Ok(series) => ran.series.push(series),
                Err(error) => return failed(&error),
            }
        }
        Outcome::Ran(ran)
    }

    async fn series(
        &self,
        profile: Profile,
        cloud: &Cloud,
        predicted: Predicted,
        artifact: &cloud::Artifact,
        round: &Round<'_>,
        progress: &dyn Progress,
    ) -> anyhow::Result<Series> {
        progress.phase(round.shown, "start");
        let watch = Watch::begin();
        let mut deployment = cloud.deploy(predicted.way, artifact).await.context("can't start it")?;
        let mut subject = Deployed { name: round.name.to_owned(), deployment: &mut deployment };
        let (generator, plan) = (&self.generator, self.plan.of_round(round.index));
        let series = match profile {
            Profile::Bare => {
                let first = round.before.as_ref().and_then(|before| before.measured().first().copied());
                let known = first.map(|first| first.concurrency.calls_per_second);
                measure(&mut subject, generator, &plan, known, progress).await.map(Series::Measured)
            }
            Profile::Aws | Profile::AwsAsPublished => predict(&mut subject, generator, predicted, &plan, progress)
                .await
                .map(Series::Predicted)
                .context("the prediction failed"),
        };
        deployment.stop().await;
        series.map(|series| match series {
            Series::Measured(it) => Series::Measured(Measurement { conditions: watch.end(), ..it }),
            other => other,
        })
    }
}

pub(super) fn failed(error: &anyhow::Error) -> Outcome {
    Outcome::Failed { reason: one_line(&format!("{error:#}")) }
}
