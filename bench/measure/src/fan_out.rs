//! A load that many probes make together: all are invoked at once, open their connections, and begin at one time, by their own
//! clocks. Who is late makes no call. Their histograms are added up.

use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use futures_util::future::join_all;
use load::{LoadSpec, Start, Tally};
use serde_json::json;

use super::progress::Progress;
use super::{AwsAccess, OnAws, Subject};
use crate::run::{ByProbes, Exactness, FanOut};

/// How long before the beginning the probes are invoked: a cold start, and opening the connections over the network. AWS's command
/// line, which is a process for each probe, takes most of a second to start.
const AHEAD: Duration = Duration::from_secs(5);
const AHEAD_OF_EACH: Duration = Duration::from_millis(500);

impl FanOut {
    /// From the invocations to the end of the load.
    #[must_use]
    pub fn takes(&self) -> Duration {
        self.ahead() + Duration::from_secs_f64(self.length_s)
    }

    fn ahead(&self) -> Duration {
        AHEAD + AHEAD_OF_EACH * self.probes
    }

    /// Calls that are made at most, those that open connections and the readings of the counter included.
    #[must_use]
    pub fn calls(&self) -> u64 {
        u64::from(self.probes) * (u64::from(self.calls_of_each()) + u64::from(self.connections)) + 2
    }

    /// Calls that are due at each probe.
    #[must_use]
    pub fn calls_of_each(&self) -> u32 {
        (self.per_second * self.length_s / f64::from(self.probes)).round() as u32
    }

    /// What a probe is to make.
    fn load(&self, url: &str, probe: u32, unix_ms: u64, seed: u64) -> LoadSpec {
        LoadSpec {
            url: format!("{url}/hits"),
            connections: self.connections,
            calls: self.calls_of_each(),
            per_second: Some(self.per_second / f64::from(self.probes)),
            mix: None,
            // Seeds of a run's probes are far from those of the next run's.
            start: Some(Start { unix_ms, seed: seed.wrapping_mul(1 << 16).wrapping_add(u64::from(probe)) }),
        }
    }
}

/// Has many probes load a deployment at once. One that is late or breaks is in the result with its reason.
///
/// # Errors
/// When the counter can't be read, or no probe made its load.
pub async fn by_probes<A: AwsAccess>(
    subject: &OnAws<A>,
    function: &str,
    plan: &FanOut,
    seed: u64,
    progress: &dyn Progress,
) -> anyhow::Result<ByProbes> {
    ensure!(subject.url.starts_with("http://"), "many probes call http:// URLs only: {} is none", subject.url);
    ensure!(plan.calls_of_each() > 0, "no call is due: ask for more calls a second, or for longer");
    let before = subject.hit().await?;
    progress.phase(&subject.name, &format!("{} probes, {:.0} calls/s", plan.probes, plan.per_second));
    let start = SystemTime::now() + plan.ahead();
    let unix_ms = start.duration_since(SystemTime::UNIX_EPOCH).context("the clock is before 1970")?.as_millis() as u64;
    let invoked = (0..plan.probes).map(|probe| async move {
        let event = json!(plan.load(&subject.url, probe, unix_ms, seed));
        let answer = subject.aws.invoke(function, &event).await.map_err(|error| one_line(&error))?;
        serde_json::from_value::<Tally>(answer).map_err(|error| format!("its answer is no tally: {error}"))
    });
    let tallies = join_all(invoked).await;
    let after = subject.hit().await?;
    if let Some(reason) = tallies.iter().all(Result::is_err).then(|| tallies.iter().find_map(|it| it.as_ref().err())) {
        anyhow::bail!("no probe made its load: {}", reason.map_or("there is none", String::as_str));
    }
    let acknowledged: u64 = tallies.iter().flatten().map(Tally::acknowledged).sum();
    let failed: u64 = tallies.iter().flatten().map(Tally::failed).sum();
    // A probe that gave up may have opened connections, by calls that were counted.
    let gave_up = tallies.iter().filter(|tally| tally.is_err()).count() as u64 * u64::from(plan.connections);
    let exactness =
        Exactness { acknowledged: acknowledged + 1, counted: after.saturating_sub(before), failed: failed + gave_up };
    // The length that so many whole calls take at the rate.
    let length_s = f64::from(plan.calls_of_each()) * f64::from(plan.probes) / plan.per_second;
    Ok(ByProbes::of(plan.per_second, length_s, &tallies, exactness))
}

fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").lines().map(str::trim).collect::<Vec<_>>().join("; ")
}
