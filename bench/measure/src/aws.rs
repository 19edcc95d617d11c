//! A deployment on AWS, as something that can be measured: over its public URL, from here or from a probe beside it.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use bytes::Bytes;
use load::LoadSpec;
use serde_json::{Map, Value};

use super::cold::{Forced, verified};
use super::deployed::read_number;
use super::report::{self, LogLine, Report};
use super::{Calls, LoadGenerator, Subject, calls};
use crate::progress::Progress;
use crate::run::{ForcedColdStarts, MeasuredOnAws, Plan, Reports};
use crate::stats::{Summary, milliseconds};

/// The variable that is changed to have new environments started: nothing reads it.
const FORCING: &str = "LAB_COLD_START";

const NOT_RESTORED: &str = "failed to restore the function's environment variables";

/// How a function's cold starts were forced, in words.
const FORCED_HOW: &str = "each a first call after a change of the function's environment, a new connection included";

/// CloudWatch has the last lines some seconds after the calls, or some minutes: they are read so often, so far apart.
const LOGS_READS: u32 = 8;
const LOGS_PAUSE: Duration = Duration::from_secs(15);

/// What measuring needs of AWS in one region. This crate does not know how it is reached.
pub trait AwsAccess {
    /// A function's environment variables.
    fn function_environment(&self, function: &str) -> impl Future<Output = anyhow::Result<Map<String, Value>>>;
    /// Gives a function its environment variables, waits until AWS has them, and returns when it changed them, by its own
    /// clock.
    fn set_function_environment(
        &self,
        function: &str,
        variables: &Map<String, Value>,
    ) -> impl Future<Output = anyhow::Result<SystemTime>>;
    /// How many executions of functions the account may have at once, those that others have reserved left out.
    fn concurrency(&self) -> impl Future<Output = anyhow::Result<u32>>;
    /// How many calls of a function AWS has throttled from a time on.
    fn throttled(&self, function: &str, since: SystemTime) -> impl Future<Output = anyhow::Result<u64>>;
    /// The REPORT lines of a log group from a time on, by AWS's clock, at most so many.
    fn report_lines(
        &self,
        log_group: &str,
        since: SystemTime,
        lines_max: u32,
    ) -> impl Future<Output = anyhow::Result<Vec<LogLine>>>;
    /// What a function answers to an event.
    fn invoke(&self, function: &str, event: &Value) -> impl Future<Output = anyhow::Result<Value>>;
    /// The status and body of one GET.
    fn get(&self, url: &str) -> impl Future<Output = anyhow::Result<(u16, Bytes)>>;
}

/// A deployment.
#[derive(Debug)]
pub struct OnAws<A> {
    /// Its name.
    pub name: String,
    /// Where it answers, without a slash at the end.
    pub url: String,
    /// AWS in its region.
    pub aws: A,
    /// The function and its log group, where it is one.
    pub function: Option<(String, String)>,
    /// The region's name.
    pub region: String,
    /// Where it is called from: `here`, or `probe`.
    pub from: String,
}

impl<A: AwsAccess> Subject for OnAws<A> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    async fn hit(&self) -> anyhow::Result<u64> {
        let (status, body) = self.aws.get(&format!("{}/hits", self.url)).await?;
        ensure!(status == 200, "GET /hits got {status}");
        read_number(&body)
    }

    fn cpu_time(&self) -> Option<Duration> {
        None
    }
}

/// Measures a deployment in one round, by that round's plan.
///
/// # Errors
/// When it, or AWS, or the load generator breaks.
pub async fn measure_on_aws<A: AwsAccess>(
    subject: &OnAws<A>,
    generator: &impl LoadGenerator,
    plan: &Plan,
    known_rate: Option<f64>,
    progress: &dyn Progress,
) -> anyhow::Result<MeasuredOnAws> {
    let mut plan = plan.clone();
    let cold_start = match &subject.function {
        Some((function, log_group)) => {
            plan.connections = plan.connections.min(executions(subject).await?);
            progress.phase(&subject.name, "cold starts");
            Some(cold_starts(subject, function, log_group, generator, &plan).await.context("a cold start failed")?)
        }
        None => None,
    };
    let Calls { latency, concurrency, at_rates: _, exactness, own: _ } =
        calls(subject, generator, &plan, known_rate, progress).await?;
    let exactness = exactness.context("a deployment's calls are not counted")?;
    let reports = match subject.function.as_ref().zip(cold_start.as_ref()) {
        Some(((function, log_group), (_, began))) => {
            progress.phase(&subject.name, "reading the logs");
            // A throttled call never reaches the function, and has no line.
            let calls = exactness.acknowledged + u64::from(plan.cold_starts);
            let reports = logged(&subject.aws, log_group, *began, calls).await?;
            let throttled = match exactness.failed {
                0 => 0,
                _ => {
                    subject.aws.throttled(function, *began).await.context("can't read how many calls were throttled")?
                }
            };
            summarised(&reports, calls, throttled)
        }
        None => None,
    };
    let cold_start = cold_start.map(|(forced, _)| forced);
    let (deployment, region, from) = (subject.name.clone(), subject.region.clone(), subject.from.clone());
    Ok(MeasuredOnAws {
        deployment,
        region,
        from,
        cold_start,
        latency,
        concurrency,
        exactness,
        reports,
        by_probes: None,
    })
}

/// The executions that the account has for the function: calls beyond are throttled, and measure AWS's refusals. A probe is
/// one of its own.
async fn executions<A: AwsAccess>(subject: &OnAws<A>) -> anyhow::Result<u32> {
    let of_account =
        subject.aws.concurrency().await.context("can't read how many functions the account may run at once")?;
    let executions = of_account.saturating_sub(u32::from(subject.from == "probe"));
    ensure!(executions > 0, "the account may run {of_account} functions at once: none is left for this one");
    Ok(executions)
}

/// Has new environments started, by changes of the function's configuration, and calls each once; and when the first
/// change was, by AWS's clock. The configuration is as it was at the end.
async fn cold_starts<A: AwsAccess>(
    subject: &OnAws<A>,
    function: &str,
    log_group: &str,
    generator: &impl LoadGenerator,
    plan: &Plan,
) -> anyhow::Result<(ForcedColdStarts, SystemTime)> {
    let aws = &subject.aws;
    let mut variables = aws.function_environment(function).await?;
    // A run that was killed left it.
    variables.remove(FORCING);
    let mut calls = Vec::new();
    let mut outcome = Ok(());
    for index in 0..plan.cold_starts {
        let forced = forced(&variables, index);
        match cold_start(subject, function, &forced, generator).await {
            Ok(call) => calls.push(call),
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    // Before the environment is restored, which starts one more.
    let reports = match (&outcome, calls.first()) {
        (Ok(()), Some(first)) => logged(aws, log_group, first.changed, calls.len() as u64).await,
        _ => Ok(Vec::new()),
    };
    // Whatever came of it: else Terraform would find the function changed.
    aws.set_function_environment(function, &variables).await.context(NOT_RESTORED)?;
    outcome?;
    let (samples, verdict) = verified(&calls, &reports?)?;
    let (summary, first) = Summary::of(&samples).zip(calls.first()).context("the plan has no cold start")?;
    let forced = ForcedColdStarts {
        summary,
        total_ms: samples.into_iter().map(milliseconds).collect(),
        how: format!("{FORCED_HOW}; {verdict}"),
        unverified: verdict.unverified,
    };
    Ok((forced, first.changed))
}

/// Restores a function's environment after an interruption, if cold starts were being forced.
///
/// # Errors
/// When AWS can't be reached.
pub async fn restore<A: AwsAccess>(aws: &A, function: &str) -> anyhow::Result<()> {
    let mut variables = aws.function_environment(function).await.context(NOT_RESTORED)?;
    match variables.remove(FORCING) {
        Some(_) => aws.set_function_environment(function, &variables).await.map(drop).context(NOT_RESTORED),
        None => Ok(()),
    }
}

/// The environment with a value that it did not have: when, and which.
fn forced(variables: &Map<String, Value>, index: u32) -> Map<String, Value> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let mut variables = variables.clone();
    variables.insert(FORCING.to_owned(), format!("{now}-{index}").into());
    variables
}

async fn cold_start<A: AwsAccess>(
    subject: &OnAws<A>,
    function: &str,
    variables: &Map<String, Value>,
    generator: &impl LoadGenerator,
) -> anyhow::Result<Forced> {
    let changed = subject.aws.set_function_environment(function, variables).await?;
    let url = format!("{}/hits", subject.url);
    let spec = LoadSpec { url, connections: 1, calls: 1, per_second: None, mix: None, start: None };
    let result = generator.run(&spec).await?;
    let call = result.calls.first().context("it was not answered")?;
    ensure!(call.status == 200, "it was answered {}", call.status);
    Ok(Forced { duration: call.duration, changed })
}

/// The REPORT lines of a log group from a time on: all, or those that are there after the last of some reads.
async fn logged(aws: &impl AwsAccess, log_group: &str, since: SystemTime, calls: u64) -> anyhow::Result<Vec<Report>> {
    let mut reports = Vec::new();
    for read in 0..LOGS_READS {
        if read > 0 {
            tokio::time::sleep(LOGS_PAUSE).await;
        }
        let lines = aws.report_lines(log_group, since, report::LINES_MAX).await?;
        // CloudWatch may have a line twice.
        let mut seen = BTreeSet::new();
        reports = lines.iter().filter_map(Report::read).filter(|it| seen.insert(it.request_id.clone())).collect();
        if reports.len() as u64 >= calls {
            break;
        }
    }
    Ok(reports)
}

fn summarised(reports: &[Report], calls: u64, throttled: u64) -> Option<Reports> {
    let durations: Vec<_> =
        reports.iter().filter(|report| report.init.is_none()).map(|report| report.duration).collect();
    let inits: Vec<_> = reports.iter().filter_map(|report| report.init).collect();
    Some(Reports {
        count: reports.len() as u64,
        calls,
        throttled,
        duration: Summary::of(&durations)?,
        init: Summary::of(&inits),
        billed_ms: reports.iter().map(|report| milliseconds(report.billed)).sum(),
        max_memory_used_mb: reports.iter().map(|report| report.max_memory_used_mb).max()?,
    })
}
