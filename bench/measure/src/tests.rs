//! Measuring, with a counter and a load generator that are not there.

use std::cell::{Cell, RefCell};

use load::Call;

use super::*;
use crate::progress::Silent;
use crate::run::Verdict;

/// A counter that loses or skips numbers as told.
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
}

impl Local for &Counter {
    async fn cold_call(&mut self) -> anyhow::Result<ColdSample> {
        self.count.set(1);
        Ok(ColdSample { total: Duration::from_millis(20), init: Duration::from_millis(15) })
    }

    fn function_durations(&self) -> Vec<Duration> {
        // The first calls are those of the cold start and the warm-up.
        [vec![Duration::from_millis(500); 6], vec![Duration::from_millis(2); 20]].concat()
    }

    fn cpu_share(&self) -> (String, bool) {
        ("a mock".to_owned(), true)
    }

    fn peak_memory_bytes(&self) -> Option<u64> {
        Some(4096)
    }
}

/// Makes each call on the counter, 1 ms each, and keeps what it was asked for.
struct Generator<'a> {
    counter: &'a Counter,
    status: u16,
    asked: RefCell<Vec<(u32, u32)>>,
}

impl LoadGenerator for Generator<'_> {
    async fn run(&self, spec: &LoadSpec) -> anyhow::Result<LoadResult> {
        assert_eq!(spec.url, "http://mock/hits");
        self.asked.borrow_mut().push((spec.connections, spec.calls));
        let calls = (0..spec.calls).map(|index| {
            self.counter.step();
            Call {
                start: Duration::from_millis(u64::from(index / spec.connections)),
                duration: Duration::from_millis(1),
                opened_connection: index < spec.connections,
                status: self.status,
            }
        });
        Ok(LoadResult { calls: calls.collect(), unanswered: 0 })
    }
}

fn measured(steps: &[u64], status: u16) -> (anyhow::Result<Measurement>, Vec<(u32, u32)>) {
    let counter = Counter::new(steps);
    let generator = Generator { counter: &counter, status, asked: RefCell::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let measurement = runtime.block_on(measure(&mut &counter, &generator, &Plan::quick(), &Silent));
    (measurement, generator.asked.into_inner())
}

#[test]
fn a_way_is_measured_by_the_plan() {
    let (measurement, asked) = measured(&[], 200);
    let measurement = measurement.expect("measured");
    // 50 connections at 1 ms are 50,000 calls/s: one second of it is more than samples are kept of.
    assert_eq!(asked, [(1, 50), (1, 201), (50, 150), (50, 150), (50, 20_000)]);
    assert_eq!(measurement.cold_start.total_ms, [20.0; 3]);
    assert_eq!(measurement.cold_start.init_ms, [15.0; 3]);
    assert_eq!(measurement.latency.summary.count, 200);
    assert_eq!(measurement.latency.summary.p99_ms, 1.0);
    assert_eq!(measurement.latency.samples_us, vec![1000.0; 200]);
    assert_eq!(measurement.concurrency.calls_per_second, 50_000.0);
    assert_eq!(measurement.concurrency.acknowledged, 20_000);
    assert_eq!(measurement.peak_memory_bytes, Some(4096));
}

#[test]
fn a_prediction_is_cold_starts_and_sequential_calls_and_no_load() {
    let counter = Counter::new(&[]);
    let generator = Generator { counter: &counter, status: 200, asked: RefCell::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let prediction = runtime.block_on(predict(&mut &counter, &generator, &Plan::quick(), &Silent)).expect("predicted");
    assert_eq!(generator.asked.into_inner(), [(1, 5), (1, 21)]);
    assert_eq!(prediction.cold_start.total_ms, [20.0]);
    assert_eq!(prediction.latency.samples_us, vec![1000.0; 20]);
    assert_eq!(prediction.function_mean_ms, Some(2.0));
    assert!(prediction.cpu_share_held);
}

#[test]
fn lost_and_skipped_numbers_are_found() {
    for (steps, verdict) in
        [(&[][..], Verdict::Exact), (&[0, 0, 1, 0], Verdict::Lost(3)), (&[1, 1, 4], Verdict::Extra(3))]
    {
        let (measurement, _) = measured(steps, 200);
        assert_eq!(measurement.expect("measured").exactness.verdict(), verdict);
    }
}

#[test]
fn a_way_that_acknowledges_nothing_fails_and_says_what_it_answered() {
    let (measurement, _) = measured(&[], 503);
    let error = measurement.expect_err("nothing was acknowledged").to_string();
    assert!(error.contains("503"), "{error}");
}
