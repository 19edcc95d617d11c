//! Environments: reused, scaled out, frozen, retired, bounded, and never left behind.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use cloud::lambda::{LambdaConfig, Outcome, Status, Throttle};
use tokio::task::JoinSet;

use crate::lambda_support::{Fixture, body_of, code, ended, example, soon, state, until};

#[tokio::test]
async fn a_warm_environment_is_used_again_and_reports_its_init_once() {
    let fixture = Fixture::new().await;
    for calls in 1..=3 {
        assert_eq!(fixture.body("").await["calls"], calls);
    }
    let reports = fixture.function.reports();
    assert_eq!(reports.len(), 3);
    assert!(reports[0].init_duration.unwrap() > Duration::from_micros(100));
    assert!(reports[0].billed_duration >= reports[0].duration + reports[0].init_duration.unwrap());
    assert!(reports[1..].iter().all(|report| report.init_duration.is_none() && report.status == Status::Success));
    assert!(reports[2].max_memory_used_mib > 0 && fixture.function.peak_memory_bytes() > 1 << 20);
    assert_eq!(fixture.function.environment_pids().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_callers_get_fifty_right_answers_and_as_many_environments() {
    let fixture = Fixture::new().await;
    let mut callers = JoinSet::new();
    for caller in 0..50 {
        let function = fixture.function.clone();
        callers.spawn(async move {
            let outcome = function.invoke(format!(r#"{{"do":"sleep","caller":{caller}}}"#)).await;
            let Outcome::Success(payload) = outcome else { panic!("{outcome:?}") };
            body_of(&payload)["event"]["caller"].as_i64().unwrap()
        });
    }
    let mut answers = soon(callers.join_all()).await;
    answers.sort_unstable();
    assert_eq!(answers, (0..50).collect::<Vec<_>>());
    assert!(fixture.function.environment_pids().len() > 1);
    soon(fixture.lambda.shutdown()).await;
    assert!(fixture.function.environment_pids().is_empty());
}

#[tokio::test]
async fn an_idle_environment_stands_still_until_it_is_called() {
    let fixture = Fixture::new().await;
    let first = fixture.body("").await;
    let pid = i32::try_from(first["pid"].as_i64().unwrap()).unwrap();
    until(|| state(pid) == Some('T')).await;
    let frozen_for = Duration::from_millis(300);
    tokio::time::sleep(frozen_for).await;
    let second = fixture.body("").await;
    assert_eq!(second["pid"], first["pid"]);
    // It ticks every millisecond while it runs: it ran for the few before it was frozen.
    let ticks = second["ticks"].as_u64().unwrap() - first["ticks"].as_u64().unwrap();
    assert!(ticks < 150, "{ticks} ticks while frozen for {frozen_for:?}");
}

#[tokio::test]
async fn a_retired_function_starts_cold() {
    let fixture = Fixture::new().await;
    let first = fixture.body("").await;
    soon(fixture.function.retire()).await;
    ended(i32::try_from(first["pid"].as_i64().unwrap()).unwrap()).await;
    let second = fixture.body("").await;
    assert_eq!((&second["calls"], second["pid"] != first["pid"]), (&1.into(), true));
    assert!(fixture.function.last_report().unwrap().init_duration.is_some());
}

#[tokio::test]
async fn a_busy_environment_is_retired_after_its_invocation() {
    let fixture = Fixture::new().await;
    fixture.body("").await;
    // In this order: a call has its environment when it is first polled.
    let (busy, ()) = tokio::join!(biased; fixture.body("sleep"), soon(fixture.function.retire()));
    assert_eq!(busy["calls"], 2);
    assert_eq!(fixture.body("").await["calls"], 1);
}

#[tokio::test]
async fn idle_environments_are_ended_after_a_while() {
    let lambda = LambdaConfig { keep_idle: Duration::from_millis(100), ..LambdaConfig::default() };
    let fixture = Fixture::with(|_| {}, lambda).await;
    fixture.body("").await;
    until(|| fixture.function.environment_pids().is_empty()).await;
    assert_eq!(fixture.body("").await["calls"], 1);
}

#[tokio::test]
async fn callers_who_wait_for_an_init_take_an_environment_that_becomes_free() {
    let slow = |config: &mut cloud::lambda::FunctionConfig| {
        config.env.insert("INIT".into(), "slow".into());
    };
    let fixture = Fixture::with(slow, LambdaConfig::default()).await;
    let first = fixture.body("").await;
    // One sleeps 200 ms in the warm environment; the other's own would take 300 ms and more to start.
    let (sleeping, waiting) = tokio::join!(fixture.body("sleep"), fixture.body(""));
    assert_eq!((&sleeping["pid"], &waiting["pid"]), (&first["pid"], &first["pid"]));
}

#[tokio::test]
async fn a_start_that_is_left_over_is_the_next_callers() {
    let slow = |config: &mut cloud::lambda::FunctionConfig| {
        config.env.insert("INIT".into(), "slow".into());
    };
    let fixture = Fixture::with(slow, LambdaConfig::default()).await;
    fixture.body("").await;
    // Each time the warm environment serves both, while the start that the second caller needed still goes on.
    for _ in 0..3 {
        tokio::join!(fixture.body("sleep"), fixture.body(""));
    }
    until(|| fixture.function.starting() == 0).await;
    assert_eq!(fixture.function.environment_pids().len(), 2);
}

/// How many of the environments that callers at once need initialise at one time, by their `INIT`.
async fn initialise_at_once(init: &str, callers: usize) -> usize {
    let init = |config: &mut cloud::lambda::FunctionConfig| drop(config.env.insert("INIT".into(), init.into()));
    let fixture = Fixture::with(init, LambdaConfig::default()).await;
    let mut calls = JoinSet::new();
    for _ in 0..callers {
        let function = fixture.function.clone();
        calls.spawn(async move { function.invoke(r#"{"do":"sleep"}"#).await });
    }
    soon(calls.join_all()).await;
    until(|| fixture.function.starting() == 0).await;
    let log = fixture.function.log();
    let mut edges = Vec::new();
    for line in log.lines().filter_map(|line| line.strip_prefix("initialised ")) {
        let (begun, ended) = line.split_once(' ').unwrap();
        edges.extend([(begun.parse::<u64>().unwrap(), 1_isize), (ended.parse().unwrap(), -1)]);
    }
    assert_eq!(edges.len(), 2 * callers, "{log}");
    edges.sort_unstable();
    let mut now = 0_isize;
    edges
        .iter()
        .map(|edge| {
            now += edge.1;
            now
        })
        .max()
        .unwrap()
        .cast_unsigned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_initialises_as_many_together_as_there_are_processors_and_those_that_wait_beside() {
    let processors = std::thread::available_parallelism().unwrap().get();
    let callers = 4 * processors;
    let computing = initialise_at_once("compute", callers).await;
    assert!(computing <= 2 * processors, "{computing} of {callers} computed together on {processors} processors");
    let waiting = initialise_at_once("slow", callers).await;
    assert!(waiting > processors, "{waiting} of {callers} waited together");
}

#[tokio::test]
async fn reserved_concurrency_throttles_what_exceeds_it() {
    let fixture = Fixture::with(|config| config.reserved_concurrency = Some(1), LambdaConfig::default()).await;
    let (first, second) = tokio::join!(biased; fixture.invoke("sleep"), fixture.invoke("sleep"));
    assert!(matches!(first, Outcome::Success(_)), "{first:?}");
    assert!(matches!(second, Outcome::Throttled(Throttle::Reserved)), "{second:?}");
    assert!(matches!(fixture.invoke("").await, Outcome::Success(_)));
}

#[tokio::test]
async fn functions_without_a_reservation_share_the_accounts_concurrency() {
    let lambda = LambdaConfig { account_concurrency: 1, ..LambdaConfig::default() };
    let fixture = Fixture::with(|_| {}, lambda).await;
    let (_, second) = tokio::join!(biased; fixture.invoke("sleep"), fixture.invoke("sleep"));
    assert!(matches!(second, Outcome::Throttled(Throttle::Account)), "{second:?}");
}

#[tokio::test]
async fn an_invocation_goes_on_when_its_caller_goes_away() {
    let fixture = Fixture::new().await;
    fixture.body("").await;
    tokio::select! {
        biased;
        outcome = fixture.function.invoke(r#"{"do":"sleep"}"#) => panic!("{outcome:?}"),
        // It was polled once, so that it has begun.
        () = std::future::ready(()) => {}
    }
    until(|| fixture.function.reports().len() == 2).await;
    // The same environment, free again.
    assert_eq!(fixture.body("").await["calls"], 3);
}

#[tokio::test]
async fn an_environment_has_the_variables_that_aws_documents() {
    let own = |config: &mut cloud::lambda::FunctionConfig| {
        config.env.insert("OWN".into(), "mine".into());
    };
    let fixture = Fixture::with(own, LambdaConfig::default()).await;
    let body = fixture.body("").await;
    let variables = body["environment"].as_object().unwrap();
    for (name, value) in [
        ("AWS_DEFAULT_REGION", "eu-west-2"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_NAME", "faulty"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/faulty"),
        ("AWS_REGION", "eu-west-2"),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("LAMBDA_TASK_ROOT", fixture.code.path().to_str().unwrap()),
        ("LANG", "en_US.UTF-8"),
        ("OWN", "mine"),
        ("TZ", ":UTC"),
        ("_HANDLER", "bootstrap"),
    ] {
        assert_eq!(variables[name], value, "{name}");
    }
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LD_LIBRARY_PATH",
        "PATH",
    ] {
        assert!(variables.contains_key(name), "{name}");
    }
    let stream = variables["AWS_LAMBDA_LOG_STREAM_NAME"].as_str().unwrap();
    let (date, id) = stream.split_once("/[$LATEST]").unwrap();
    assert_eq!(date.split('/').map(str::len).collect::<Vec<_>>(), [4, 2, 2], "{stream}");
    assert!(id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit()), "{stream}");
    assert!(!variables.contains_key("HOME"), "nothing is inherited");
    assert!(!variables.contains_key("AWS_EXECUTION_ENV"), "AWS sets none for `provided`");
    let trace = body["trace"].as_str().unwrap();
    assert!(trace.starts_with("Root=1-") && trace.contains(";Parent=") && trace.ends_with(";Sampled=0"), "{trace}");
}

/// Whenever a caller hangs up, be it while the log is waited for, the invocation ends, is reported, and its environment
/// lives on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_hangs_up_at_any_moment_harms_nothing() {
    const CALLS: usize = 400;
    let fixture = Fixture::new().await;
    fixture.body("").await;
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..CALLS {
        let call = cloud::lambda::Call { payload: "{}".into(), log: n % 4 != 0, ..cloud::lambda::Call::default() };
        let patience = Duration::from_micros((n as u64 * 37) % 6_000);
        drop(tokio::time::timeout(patience, fixture.function.call(call)).await);
        seen.extend(fixture.function.environment_pids());
    }
    // A call that was cut off while it waited for an environment has not begun: the others are all reported.
    let mut reports = fixture.function.reports().len();
    soon(async {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let now = fixture.function.reports().len();
            if now == reports {
                break;
            }
            reports = now;
        }
    })
    .await;
    assert!(fixture.function.reports().iter().all(|report| report.status == Status::Success));
    let now: std::collections::BTreeSet<i32> = fixture.function.environment_pids().into_iter().collect();
    assert!(seen.is_subset(&now), "killed: {:?}", seen.difference(&now).collect::<Vec<_>>());
    fixture.body("").await;
}

/// A child that left its process group with `setsid` ends with the function, in order or not; so does a daemon, also where
/// the function itself has ended.
#[tokio::test]
async fn a_child_in_a_session_of_its_own_ends_with_its_function() {
    for word in ["setsid", "daemon"] {
        for end in ["retire", "drop", "exit"] {
            let fixture = Fixture::new().await;
            let pid = i32::try_from(fixture.body(word).await["child"].as_i64().unwrap()).unwrap();
            assert!(state(pid).is_some());
            match end {
                "retire" => soon(fixture.function.retire()).await,
                "drop" => drop(fixture),
                exit => drop(soon(fixture.function.invoke(format!(r#"{{"do":"{exit}"}}"#))).await),
            }
            ended(pid).await;
        }
    }
}

#[tokio::test]
async fn dropping_a_cloud_ends_its_environments() {
    let fixture = Fixture::new().await;
    let pid = i32::try_from(fixture.body("").await["pid"].as_i64().unwrap()).unwrap();
    drop(fixture);
    ended(pid).await;
}

#[tokio::test]
async fn killing_the_host_of_a_cloud_leaves_no_environment() {
    let code = code("function-faulty");
    let mut host = Command::new(example("cloud-host")).arg(code.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(host.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let pids: Vec<i32> = line.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    assert_eq!(pids.len(), 3, "{line}");
    assert!(pids.iter().all(|pid| state(*pid).is_some()));
    host.kill().unwrap();
    host.wait().unwrap();
    for pid in pids {
        ended(pid).await;
    }
}
