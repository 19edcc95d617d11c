//! Measuring, with a counter and a load generator that stand in for real ones.

use std::cell::{Cell, RefCell};

use ::load::Call;

use super::*;
use crate::progress::Silent;
use crate::run::{Failures, Ran, Series, Verdict, Warning};

/// A counter that loses or skips numbers as given.
struct Counter {
    count: Cell<u64>,
    /// What one generated call adds, in the order of the calls; 1 when it runs out.
    steps: RefCell<Vec<u64>>,
}

impl Counter {
    fn new(steps: &[u64]) -> Self {
        Self { count: Cell::new(0), steps: RefCell::new(steps.to_vec()) }
    }

    fn step(&self) {
        let step = self.steps.borrow_mut().pop().unwrap_or(1);
        self.count.set(self.count.get() + step);
    }
}

impl Subject for &Counter {
    fn name(&self) -> String {
        "mock".to_owned()
    }

    fn url(&self) -> String {
        "http://mock".to_owned()
    }

    async fn hit(&self) -> anyhow::Result<u64> {
        self.count.set(self.count.get() + 1);
        Ok(self.count.get())
    }

    fn cpu_time(&self) -> Option<Duration> {
        // A quarter of a millisecond for each call.
        Some(Duration::from_micros(250) * u32::try_from(self.count.get()).expect("few calls"))
    }
}

impl Local for &Counter {
    async fn cold_call(&mut self) -> anyhow::Result<ColdSample> {
        self.count.set(1);
        let init = Duration::from_millis(15);
        Ok(ColdSample { total: Duration::from_millis(20), init, init_cpu: Some(Duration::from_micros(200)) })
    }

    fn exact_cpu_time(&self) -> Option<Duration> {
        self.cpu_time()
    }

    fn cpu_share(&self) -> (String, bool) {
        ("a mock".to_owned(), true)
    }

    fn peak_memory_bytes(&self) -> Option<u64> {
        Some(4096)
    }
}

/// Makes each call on the counter, 1 ms each, and keeps which loads it made.
struct Generator<'a> {
    counter: &'a Counter,
    /// The status of a call, by its index.
    status: fn(u32) -> u16,
    /// Whether each call opens a connection.
    closes: bool,
    loads: RefCell<Vec<(u32, u32)>>,
}

impl LoadGenerator for Generator<'_> {
    async fn run(&self, spec: &LoadSpec) -> anyhow::Result<LoadResult> {
        assert_eq!(spec.url, "http://mock/hits");
        self.loads.borrow_mut().push((spec.connections, spec.calls));
        let calls = (0..spec.calls).map(|index| {
            self.counter.step();
            Call {
                start: Duration::from_millis(u64::from(index / spec.connections)),
                duration: Duration::from_millis(1),
                opened_connection: self.closes || index < spec.connections,
                status: (self.status)(index),
            }
        });
        Ok(LoadResult { calls: calls.collect(), unanswered: 0, generator_cores: Some(1.2) })
    }
}

fn measured(steps: &[u64], status: fn(u32) -> u16, closes: bool) -> (anyhow::Result<Measurement>, Vec<(u32, u32)>) {
    let counter = Counter::new(steps);
    let generator = Generator { counter: &counter, status, closes, loads: RefCell::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let measurement = runtime.block_on(measure(&mut &counter, &generator, &Plan::quick(), &Silent));
    (measurement, generator.loads.into_inner())
}

fn warned(measurement: &Measurement) -> Vec<Warning> {
    let ran = Ran { artifact: None, series: vec![Series::Measured(measurement.clone())] };
    warnings(&ran, &Plan::quick(), 2)
}

#[test]
fn a_way_is_measured_by_the_plan() {
    let (measurement, loads) = measured(&[], |_| 200, false);
    let measurement = measurement.expect("measured");
    // 50 connections at 1 ms are 50,000 calls/s: a fifth of a second of it to warm up, then a second.
    assert_eq!(loads, [(1, 50), (1, 201), (50, 150), (50, 10_000), (50, 50_050)]);
    assert_eq!(measurement.cold_start.total_ms, [20.0; 3]);
    assert_eq!(measurement.cold_start.init_ms, [15.0; 3]);
    assert_eq!(measurement.latency.summary.count, 200);
    assert_eq!(measurement.latency.summary.p99_ms, 1.0);
    let samples = &measurement.latency.samples;
    assert_eq!((samples.every, &samples.duration_us, &samples.status), (1, &vec![1000.0; 201], &vec![200; 201]));
    assert_eq!(samples.opened_connection, [0]);
    let concurrency = &measurement.concurrency;
    assert_eq!((concurrency.calls_per_second, concurrency.window_s), (50_000.0, Some(1.0)));
    assert_eq!(concurrency.acknowledged, 50_050);
    // One of three is kept.
    assert_eq!((concurrency.samples.every, concurrency.samples.status.len()), (3, 16_684));
    assert_eq!(concurrency.calls_per_cpu_second(), Some(4_000.0));
    assert_eq!(measurement.peak_memory_bytes, Some(4096));
}

#[test]
fn calls_that_fail_and_a_generator_that_is_the_limit_are_warnings() {
    let (measurement, _) = measured(&[], |index| if index % 10 == 9 { 503 } else { 200 }, false);
    let measurement = measurement.expect("measured");
    assert_eq!(measurement.latency.failures, [Failures { status: Some(503), calls: 20 }]);
    let warnings = warned(&measurement);
    let failed = warnings.iter().find(|warning| matches!(warning, Warning::FailedCalls { .. }));
    assert!(failed.expect("a warning").to_string().contains(" calls failed ("), "{warnings:?}");
    // It was busy on 1.2 of 2 processors.
    assert!(warnings.contains(&Warning::GeneratorSaturated { cores: 1.2, processors: 2 }), "{warnings:?}");
    let no_interval = Warning::NoInterval { figure: "cold start p50".to_owned(), samples: 3 };
    assert!(warnings.contains(&no_interval), "{warnings:?}");
}

#[test]
fn a_way_that_closes_its_connections_fails_with_that_reason() {
    let (measurement, _) = measured(&[], |_| 200, true);
    let error = measurement.expect_err("each call opened a connection").to_string();
    assert!(error.contains("it closes its connections: 201 calls were acknowledged"), "{error}");
}

#[test]
fn a_prediction_needs_cold_starts_and_sequential_calls_and_no_load() {
    let counter = Counter::new(&[]);
    let generator = Generator { counter: &counter, status: |_| 200, closes: false, loads: RefCell::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let way = "lambda-dynamodb".parse().expect("a way");
    let of = Predicted { way, package_bytes: 1_000_000, setup: model::Setup::default() };
    let (plan, mut subject) = (Plan::quick(), &counter);
    let predicted = predict(&mut subject, &generator, of, &plan, &Silent);
    let prediction = runtime.block_on(predicted).expect("predicted");
    // After the warm-up a batch of few calls, by which those of the others are known: 1 ms each.
    assert_eq!(generator.loads.into_inner(), [vec![(1, 10), (1, 3)], vec![(1, 400); 8]].concat());
    let demand = prediction.demand.expect("a demand");
    assert_eq!((demand.init_cpu_ms, demand.first_cpu_ms), (vec![0.2; 3], vec![0.05; 3]));
    assert_eq!(demand.call_cpu_ms, [0.25; 8]);
    assert!(demand.call_turn_ms.iter().chain(&demand.start_turn_ms).all(|turn| *turn > 0.0));
    assert_eq!((prediction.latency.summary.count, prediction.latency.samples.status.len()), (100_000, 1_000));
    assert!(prediction.function_mean_ms > Some(4.0) && prediction.cpu_share_held);
}

#[test]
fn lost_and_skipped_numbers_are_found() {
    for (steps, verdict) in
        [(&[][..], Verdict::Exact), (&[0, 0, 1, 0], Verdict::Lost(3)), (&[1, 1, 4], Verdict::Extra(3))]
    {
        let (measurement, _) = measured(steps, |_| 200, false);
        assert_eq!(measurement.expect("measured").exactness.verdict(), verdict);
    }
}

#[test]
fn a_way_that_acknowledges_nothing_fails_with_what_it_answered() {
    let (measurement, _) = measured(&[], |_| 503, false);
    let error = measurement.expect_err("nothing was acknowledged").to_string();
    assert_eq!(error, "of 201 calls none was acknowledged: 201 got 503");
}
