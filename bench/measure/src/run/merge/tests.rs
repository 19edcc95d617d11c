//! Merging, on runs that are made up: latencies are known, so that what comes of them is.

use super::*;
use crate::run::{ColdStart, Conditions, Exactness, Lab, Load, Plan, SCHEMA_VERSION, Samples, Shard};
use crate::stats::Summary;

/// The anchor of these runs.
const ANCHOR: &str = "ec2";

/// A round whose latencies are 1, 2, … 100 of `unit_us`, after a call that opened the connection.
fn round(unit_us: f64) -> Measurement {
    let duration_us: Vec<f64> = std::iter::once(1e6).chain((1..=100).map(|it| f64::from(it) * unit_us)).collect();
    let samples: Vec<_> = duration_us[1..].iter().map(|us| Duration::from_secs_f64(us / 1e6)).collect();
    let summary = Summary::of(&samples).expect("samples");
    let load = Load {
        connections: 1,
        summary: summary.clone(),
        samples: Samples {
            every: 1,
            status: vec![200; 101],
            duration_us,
            opened_connection: vec![0],
            unexpected: None,
        },
        acknowledged: 101,
        failed: 0,
        failures: Vec::new(),
        calls_per_second: 1e6 / unit_us,
        window_s: None,
        generator_cores: None,
        service_cpu_s: None,
        body_bytes: None,
    };
    Measurement {
        cold_start: Some(ColdStart { summary, total_ms: vec![1.0], init_ms: vec![1.0] }),
        latency: load.clone(),
        concurrency: load,
        at_rates: Vec::new(),
        exactness: Some(Exactness { acknowledged: 101, counted: 101, failed: 0 }),
        own: None,
        peak_memory_bytes: None,
        measured_as: None,
        conditions: Conditions::default(),
    }
}

fn record(way: &str, units_us: &[f64]) -> Record {
    let series = units_us.iter().map(|&unit_us| Series::Measured(round(unit_us))).collect();
    Record {
        way: way.to_owned(),
        build: None,
        deployment: None,
        stands_for: None,
        title: String::new(),
        durable: false,
        published_average_ms: None,
        rounds: units_us.len() as u32,
        took_s: 1.0,
        cost: None,
        warnings: Vec::new(),
        outcome: Outcome::Ran(Ran { artifact: None, series }),
    }
}

/// This machine, read once.
fn machine() -> Environment {
    static MACHINE: std::sync::LazyLock<Environment> = std::sync::LazyLock::new(Environment::read);
    MACHINE.clone()
}

/// A shard of `of`, as the run of that name.
fn shard(index: u32, of: u32, rows: Vec<Record>) -> (String, Run) {
    let run = Run {
        schema_version: SCHEMA_VERSION,
        started_at: format!("2026-11-28T00:00:0{index}Z"),
        duration_s: 1.0,
        lab: Lab { version: "1".to_owned(), commit: None, uncommitted_changes: None, oha_version: "1".to_owned() },
        environment: Environment { processors: index, ..machine() },
        plan: Plan::quick(),
        app: None,
        shard: Some(Shard { index, of, anchor: ANCHOR.to_owned() }),
        merged: None,
        rows,
        missing: Vec::new(),
    };
    (format!("run-{index}"), run)
}

fn refused(runs: Vec<(String, Run)>) -> String {
    let reason = merge(runs).expect_err("it is refused").to_string();
    assert_eq!(reason.lines().count(), 1, "{reason}");
    reason
}

#[test]
fn rows_become_multiples_of_the_anchor_of_their_own_shard() {
    // The second machine takes 5 % longer, the rounds differ by more.
    let runs = vec![
        shard(2, 2, vec![record(ANCHOR, &[10.5, 11.5, 10.5]), record("k8s", &[31.5, 34.5, 31.5])]),
        shard(1, 2, vec![record("fargate", &[20.0, 22.0, 24.0]), record(ANCHOR, &[10.0, 11.0, 12.0])]),
    ];
    let run = merge(runs).expect("they are shards of one run");
    let names: Vec<_> = run.rows.iter().map(Record::name).collect();
    assert_eq!((names, run.rows[0].rounds), (vec![ANCHOR.to_owned(), "fargate".to_owned(), "k8s".to_owned()], 6));
    assert_eq!((run.started_at.as_str(), run.duration_s, run.environment.processors), ("2026-11-28T00:00:01Z", 2.0, 1));
    let merged = run.merged.as_ref().expect("shards");
    let shards: Vec<_> = merged.shards.iter().map(|it| (it.index, it.environment.processors)).collect();
    assert_eq!(shards, [(1, 1), (2, 2)]);
    let [anchor, fargate, k8s] = merged.relative.as_slice() else { panic!("three rows") };
    assert_eq!([anchor.shard, fargate.shard, k8s.shard], [None, Some(1), Some(2)]);
    for (relative, wanted) in [(anchor, 1.0), (fargate, 2.0), (k8s, 3.0)] {
        // The anchor's rounds are disturbed, and none of it is left in the ratio.
        let Some(Figure { value, ci95: Some([low, high]), .. }) = relative.mean else { panic!("an interval") };
        assert!((value - wanted).abs() < 1e-9 && (high - low) < 1e-9, "{value} {low} {high}");
        let rate = relative.calls_per_second.as_ref().expect("a figure").value;
        assert!((rate * wanted - 1.0).abs() < 1e-9, "{rate}");
    }
    // As it is written and read again.
    let json = serde_json::to_string(&run).expect("JSON");
    assert_eq!(serde_json::from_str::<Run>(&json).expect("a run").merged, run.merged);
}

#[test]
fn percentiles_over_shards_are_those_of_all_raw_samples() {
    for shards in [2, 8, 64] {
        let runs: Vec<_> = (1..=shards)
            .map(|index| {
                let slower = 10.0 * (1.0 + 0.001 * f64::from(index));
                shard(index, shards, vec![record(ANCHOR, &[slower, slower * 2.0])])
            })
            .collect();
        let mut raw: Vec<f64> = Vec::new();
        for (_, run) in &runs {
            raw.extend(run.rows[0].measured().iter().flat_map(|round| &round.latency.samples.duration_us[1..]));
        }
        raw.sort_by(f64::total_cmp);
        let run = merge(runs).expect("shards of one run");
        let pooled = run.merged.expect("shards").relative[0].all_calls.clone().expect("calls");
        assert_eq!(pooled.count, raw.len() as u64);
        for (percent, got) in [(50.0, pooled.p50_ms), (90.0, pooled.p90_ms), (99.0, pooled.p99_ms)] {
            let wanted = raw[(percent / 100.0 * raw.len() as f64).ceil() as usize - 1] / 1e3;
            assert!((got / wanted - 1.0).abs() <= 0.001, "p{percent} of {shards}: {got} {wanted}");
        }
    }
}

#[test]
fn anchors_that_differ_beyond_their_intervals_are_refused_with_both_figures() {
    let runs = |factor: f64| {
        [1.0, 1.0, factor]
            .into_iter()
            .zip(1..)
            .map(|(it, index)| shard(index, 3, vec![record(ANCHOR, &[10.0 * it, 10.2 * it, 9.9 * it])]))
    };
    assert!(merge(runs(1.05).collect()).is_ok(), "within the interval");
    let reason = refused(runs(1.5).collect());
    // 1 to 100 times 10 to 10.2 µs: a mean of some 0.5 ms, and one and a half times as much.
    assert!(reason.starts_with("the anchor ec2 differs between run-3 and run-"), "{reason}");
    assert!(reason.contains("mean 0.760 [") && reason.contains("] ms and 0.507 ["), "{reason}");
    assert!(reason.contains("times as much"), "{reason}");
}

#[test]
fn what_is_no_set_of_shards_is_refused() {
    let whole = || shard(1, 2, vec![record(ANCHOR, &[1.0, 1.1])]);
    let other = || shard(2, 2, vec![record(ANCHOR, &[1.0, 1.1])]);
    assert!(refused(vec![whole()]).contains("two shards"));
    assert!(refused(vec![whole(), whole()]).contains("both shard 1"));
    let (name, run) = other();
    assert!(refused(vec![whole(), (name, Run { shard: None, ..run })]).contains("run-2 is no shard"));
    let (name, run) = other();
    let plan = Plan { connections: 7, ..Plan::quick() };
    assert!(refused(vec![whole(), (name, Run { plan, ..run })]).contains("the plan differs"));
    assert!(refused(vec![whole(), shard(2, 3, Vec::new())]).contains("the number of shards differs (2; 3)"));
    assert!(refused(vec![whole(), shard(2, 2, Vec::new())]).contains("run-2: its anchor ec2 was not measured"));
    assert!(refused(vec![whole(), shard(2, 2, vec![record(ANCHOR, &[1.0])])]).contains("one round"));
    let broken = Record { outcome: Outcome::Failed { reason: "it broke".to_owned() }, ..record(ANCHOR, &[]) };
    assert!(refused(vec![whole(), shard(2, 2, vec![broken])]).contains("did not run: it broke"));
}
