//! Ways in the local cloud, measured and predicted one after the other.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use cloud::{Aws, Caller, Cloud, CloudConfig};
use ways::{NameError, Way, model};

use super::{one_line, row, told, update};
use crate::cli;
use crate::progress;
use artifact::{Artifacts, describe};
use deploy::Refused;
use measure::progress::Progress;
use measure::run::{Figures, Outcome, Plan, Profile, Row};
use measure::{Deployed, Oha, measure, predict};

/// The ways asked for, or the catalogue, or its rows that the origin published.
fn ways(arguments: &cli::Bench) -> Result<Vec<Way>, NameError> {
    if !arguments.names.is_empty() {
        return arguments.names.iter().map(|name| name.parse()).collect();
    }
    let rows = model().catalogue().filter(|row| row.published.is_some() || !arguments.as_published);
    Ok(rows.map(|row| row.way).collect())
}

/// What every service gets in its environment.
fn service_env(arguments: &cli::Bench) -> BTreeMap<String, String> {
    let mut env = update(arguments).environment();
    if arguments.as_published {
        // The origin's JavaScript opened a connection for each call, as version 2 of its SDK did by default.
        env.insert("AWS_NODEJS_CONNECTION_REUSE_ENABLED".to_owned(), "0".to_owned());
    }
    env
}

/// What a run works with.
pub(super) struct Here {
    ways: Vec<Way>,
    /// Whether the lab chose the ways, and not the caller by their names.
    chosen: bool,
    artifacts: Artifacts,
    generator: Oha,
    /// What every service gets in its environment.
    service_env: BTreeMap<String, String>,
    plan: Plan,
}

/// One cloud for each profile of the plan.
type Clouds = Vec<(Profile, Cloud)>;

impl Here {
    /// The ways that the arguments name, checked.
    ///
    /// # Errors
    /// When a name is no way's.
    pub(super) fn new(arguments: &cli::Bench, root: &Path, plan: Plan) -> anyhow::Result<Self> {
        if arguments.probe {
            return Err(
                Refused("--probe goes with --target aws: the local cloud is called from here".to_owned()).into()
            );
        }
        Ok(Self {
            ways: ways(arguments).map_err(|error| Refused(error.to_string()))?,
            chosen: arguments.names.is_empty(),
            artifacts: Artifacts::new(root.to_owned()),
            generator: Oha::new(std::env::current_exe().context("the lab's own executable is gone")?),
            service_env: service_env(arguments),
            plan,
        })
    }

    /// Measures them. A way that breaks fails its row, never the run.
    ///
    /// # Errors
    /// When the local cloud can't be started.
    pub(super) async fn rows(&self) -> anyhow::Result<Vec<Row>> {
        let clouds = self.clouds().await?;
        // Build first, so that Cargo's progress and the bars don't share the terminal.
        for way in self.ways.iter().filter(|way| Artifacts::available(**way).is_ok()) {
            let _ = self.artifacts.of(*way).await;
        }
        let _unchanged = self.artifacts.hold().await?;
        let progress = progress::to_stderr(self.ways.len());
        let mut rows = Vec::new();
        for &way in &self.ways {
            progress.way(&way.to_string());
            let outcome = self.outcome(&clouds, way, progress.as_ref()).await;
            progress.done(&way.to_string(), &told(&outcome));
            rows.push(row(way, outcome));
        }
        progress.finish();
        for (_, cloud) in clouds {
            cloud.shutdown().await;
        }
        Ok(rows)
    }

    async fn clouds(&self) -> anyhow::Result<Clouds> {
        let mut clouds = Vec::new();
        for &profile in &self.plan.profiles {
            let (speed, service_env) = (self.speed(profile), self.service_env.clone());
            let config = CloudConfig { profile: speed, service_env, ..CloudConfig::default() };
            clouds.push((profile, Cloud::start(config).await.context("can't start the local cloud")?));
        }
        Ok(clouds)
    }

    fn speed(&self, profile: Profile) -> cloud::Profile {
        let aws = Aws::new(self.plan.seed);
        match profile {
            Profile::Bare => cloud::Profile::Bare,
            Profile::Aws => cloud::Profile::Aws(aws),
            Profile::AwsAsPublished => cloud::Profile::Aws(Aws { caller: Caller::Origin, ..aws }),
        }
    }

    async fn outcome(&self, clouds: &Clouds, way: Way, progress: &dyn Progress) -> Outcome {
        match Artifacts::available(way) {
            // Asked for by name, a way that can't run is a failure; else it is only missing.
            Err(reason) if self.chosen => return Outcome::NotRun { reason: reason.to_string() },
            Err(reason) => return Outcome::Failed { reason: reason.to_string() },
            Ok(()) => {}
        }
        match self.figures(clouds, way, progress).await {
            Ok(figures) => Outcome::Ran(Box::new(figures)),
            Err(error) => Outcome::Failed { reason: one_line(&format!("{error:#}")) },
        }
    }

    async fn figures(&self, clouds: &Clouds, way: Way, progress: &dyn Progress) -> anyhow::Result<Figures> {
        progress.phase(&way.to_string(), "build");
        let artifact = self.artifacts.of(way).await?;
        let mut figures =
            Figures { artifact: Some(describe(&artifact)?), measured: None, predicted: None, on_aws: None };
        for (profile, cloud) in clouds {
            progress.phase(&way.to_string(), "start");
            let mut deployment = cloud.deploy(way, &artifact).await.context("can't start it")?;
            let mut subject = Deployed { way, deployment: &mut deployment };
            let (generator, plan) = (&self.generator, &self.plan);
            let outcome = match profile {
                Profile::Bare => measure(&mut subject, generator, plan, progress)
                    .await
                    .map(|measured| figures.measured = Some(measured)),
                Profile::Aws | Profile::AwsAsPublished => predict(&mut subject, generator, plan, progress)
                    .await
                    .map(|predicted| figures.predicted = Some(predicted))
                    .context("no prediction"),
            };
            deployment.stop().await;
            outcome?;
        }
        Ok(figures)
    }
}
