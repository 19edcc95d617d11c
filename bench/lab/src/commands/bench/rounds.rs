//! Rounds in the local cloud, one way after the other in each, whatever it is that runs there; the first round builds and
//! predicts too.

use std::fmt::Display;
use std::ops::Range;

use anyhow::Context;
use artifact::lock::Lock;
use artifact::{Description, Unavailable, describe};
use cloud::{Cloud, CloudConfig};
use measure::progress::Progress;
use measure::run::{Measurement, Outcome, Plan, Profile, Ran, Series, Watch};
use measure::{Local, Needs, Oha, Predicted, measure, predict, predict_without_process};

use super::journal::{Journal, in_short};
use super::one_line;
use crate::progress;

/// One cloud for each profile of a plan.
pub(super) type Clouds = Vec<(Profile, Cloud)>;

/// What a way deploys, or what came of it.
pub(super) type Built = Result<(cloud::Artifact, Description), Outcome>;

/// What is measured next.
pub(super) struct Ready<W> {
    /// Each way with what it deploys.
    pub(super) built: Vec<(W, Built)>,
    /// Keeps it from being built again meanwhile.
    pub(super) unchanged: Option<Lock>,
}

/// A round of a way.
pub(super) struct Round<'a, W> {
    /// The way.
    pub(super) way: W,
    /// In which profile.
    pub(super) profile: Profile,
    /// Where it runs.
    pub(super) cloud: &'a Cloud,
    /// What is deployed.
    pub(super) artifact: &'a cloud::Artifact,
    /// Its size.
    pub(super) package_bytes: u64,
    /// Which round, from 0.
    pub(super) number: u32,
    /// What one round does of the plan.
    plan: Plan,
    /// What came of the rounds before.
    before: Option<&'a Ran>,
    progress: &'a dyn Progress,
}

impl<W> Round<'_, W> {
    /// Predicts a way whose service's needs are known.
    pub(super) fn predicted(&self, predicted: Predicted, needs: Needs) -> Series {
        Series::Predicted(predict(predicted, needs, &self.plan))
    }

    /// Predicts a way without a process, of which nothing is to be known first.
    pub(super) fn predicted_without_process(&self, predicted: Predicted) -> Series {
        Series::Predicted(predict_without_process(predicted, &self.plan))
    }

    /// Measures or predicts what was deployed.
    ///
    /// # Errors
    /// When it, or the load generator, breaks.
    pub(super) async fn series(
        &self,
        subject: &mut impl Local,
        generator: &Oha,
        predicted: Predicted,
    ) -> anyhow::Result<Series> {
        match self.profile {
            Profile::Bare => {
                let first = self.before.and_then(|before| before.measured().first().copied());
                let known = first.map(|first| first.concurrency.calls_per_second);
                measure(subject, generator, &self.plan, known, self.progress).await.map(Series::Measured)
            }
            Profile::Aws | Profile::AwsAsPublished => {
                let needs = Needs::measure(subject, generator, &self.plan, self.progress).await;
                Ok(self.predicted(predicted, needs.context("the prediction failed")?))
            }
        }
    }
}

/// What is measured in rounds.
pub(super) trait Subjects {
    /// One of them, named as runs name it.
    type Way: Copy + Display;

    /// Builds what some of them deploy.
    async fn build(&self, ways: &[Self::Way]) -> anyhow::Result<Ready<Self::Way>>;

    /// Deploys one of them, and measures or predicts it.
    async fn series(&self, round: &Round<'_, Self::Way>) -> anyhow::Result<Series>;

    /// Remembers what came of one of them in a round, for those that are measured after it.
    fn learn(&self, _round: &Round<'_, Self::Way>, _series: &Series) {}

    /// Keeps what came of a round.
    fn record(&self, journal: &mut Journal, way: Self::Way, outcome: Outcome) -> anyhow::Result<()>;
}

/// A cloud for each profile, else as configured.
///
/// # Errors
/// When one can't be started.
pub(super) async fn clouds(plan: &Plan, config: &CloudConfig) -> anyhow::Result<Clouds> {
    let mut clouds = Vec::new();
    for &profile in &plan.profiles {
        let speed = match profile {
            Profile::Bare => cloud::Profile::Bare,
            Profile::Aws | Profile::AwsAsPublished => cloud::Profile::CpuShare,
        };
        let config = CloudConfig { profile: speed, ..config.clone() };
        clouds.push((profile, Cloud::start(config).await.context("can't start the local cloud")?));
    }
    Ok(clouds)
}

/// What came of a way that can't run here: named by the caller it is a failure, else it is only left out.
pub(super) fn not_here(reason: &Unavailable, named: bool) -> Outcome {
    let reason = reason.to_string();
    if named { Outcome::Failed { reason } } else { Outcome::NotRun { reason } }
}

/// What was built, with its description.
pub(super) fn built(artifact: anyhow::Result<cloud::Artifact>) -> Built {
    artifact.and_then(|it| Ok((it.clone(), describe(&it)?))).map_err(|error| failed(&error))
}

/// Builds and measures them group by group in the first round, so that rows of the first are there before the others are
/// built, then all in each further round; and shuts the clouds down. One that breaks fails its record, never the run.
///
/// # Errors
/// When nothing can be built, or a record can't be kept.
pub(super) async fn run<S: Subjects>(
    subjects: &S,
    plan: &Plan,
    clouds: Clouds,
    groups: Vec<Vec<S::Way>>,
    journal: &mut Journal,
) -> anyhow::Result<()> {
    let ways = groups.iter().map(Vec::len).sum();
    let (mut all, mut unchanged) = (Vec::new(), None);
    for group in groups {
        // Nothing is built while anything is measured.
        drop(unchanged.take());
        let ready = subjects.build(&group).await?;
        unchanged = ready.unchanged;
        let begun = all.len();
        all.extend(ready.built);
        one(subjects, plan, (0, begun..ways), &clouds, &all[begun..], journal).await?;
    }
    for round in 1..plan.rounds {
        one(subjects, plan, (round, 0..ways), &clouds, &all, journal).await?;
    }
    drop(unchanged);
    for (_, cloud) in clouds {
        cloud.shutdown().await;
    }
    Ok(())
}

/// Measures some ways in one round: the first and the end of the places that they have among all ways.
async fn one<S: Subjects>(
    subjects: &S,
    plan: &Plan,
    (round, places): (u32, Range<usize>),
    clouds: &Clouds,
    built: &[(S::Way, Built)],
    journal: &mut Journal,
) -> anyhow::Result<()> {
    let rounds = plan.rounds;
    let progress = progress::to_stderr(places.end * rounds as usize);
    (0..places.end * round as usize + places.start).for_each(|_| progress.skip());
    for (way, built) in built {
        let name = way.to_string();
        // In an interrupted run some are further than others, and what broke is not tried again.
        if journal.next_round(&name).is_none_or(|next| next > round) {
            progress.skip();
            continue;
        }
        let shown = if rounds == 1 { name.clone() } else { format!("{name} (round {} of {rounds})", round + 1) };
        progress.way(&shown);
        let outcome = match built {
            Ok((artifact, description)) => {
                let before = journal.before(&name);
                // A prediction is made once.
                let clouds = clouds.iter().filter(|(profile, _)| *profile == Profile::Bare || round == 0);
                let rounds = clouds.map(|(profile, cloud)| Round {
                    way: *way,
                    profile: *profile,
                    cloud,
                    artifact,
                    package_bytes: description.bytes,
                    number: round,
                    plan: plan.of_round(round),
                    before: before.as_ref(),
                    progress: &*progress,
                });
                outcome(subjects, rounds, description.clone(), &shown).await
            }
            Err(outcome) => outcome.clone(),
        };
        progress.done(&shown, &in_short(&outcome));
        subjects.record(journal, *way, outcome)?;
    }
    progress.finish();
    Ok(())
}

/// A way in the clouds of one round; `shown` is the way and the round, for progress.
async fn outcome<'a, S: Subjects>(
    subjects: &S,
    rounds: impl Iterator<Item = Round<'a, S::Way>>,
    description: Description,
    shown: &str,
) -> Outcome {
    let mut ran = Ran { artifact: Some(description), series: Vec::new() };
    for round in rounds {
        round.progress.phase(shown, "start");
        let watch = Watch::begin();
        let series = match subjects.series(&round).await {
            Ok(Series::Measured(it)) if it.measured_as.is_none() => {
                Series::Measured(Measurement { conditions: watch.end(), ..it })
            }
            Ok(series) => series,
            Err(error) => return failed(&error),
        };
        subjects.learn(&round, &series);
        ran.series.push(series);
    }
    Outcome::Ran(ran)
}

fn failed(error: &anyhow::Error) -> Outcome {
    Outcome::Failed { reason: one_line(&format!("{error:#}")) }
}
