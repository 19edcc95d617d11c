//! Measuring, with a counter and a load generator that stand in for real ones.

use std::cell::{Cell, RefCell};

use ::load::Call;

use super::*;
use crate::progress::Silent;
use crate::run::{Environment, Figures, Ran, SWEEP, Series, Verdict, Warning, calls_per_cpu_second};

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

/// The counter where no process runs it.
struct WithoutProcess<'a>(&'a Counter);

impl Subject for WithoutProcess<'_> {
    fn name(&self) -> String {
        self.0.name()
    }

    fn url(&self) -> String {
        self.0.url()
    }

    async fn hit(&self) -> anyhow::Result<u64> {
        self.0.hit().await
    }

    fn cpu_time(&self) -> Option<Duration> {
        None
    }
}

impl Local for WithoutProcess<'_> {
    fn has_process(&self) -> bool {
        false
    }

    async fn cold_call(&mut self) -> anyhow::Result<ColdSample> {
        anyhow::bail!("nothing starts")
    }

    fn exact_cpu_time(&self) -> Option<Duration> {
        None
    }

    fn cpu_share(&self) -> (String, bool) {
        ("no process".to_owned(), true)
    }

    fn peak_memory_bytes(&self) -> Option<u64> {
        None
    }
}

/// Makes each call on the counter, and keeps which loads it made.
struct Generator<'a> {
    counter: &'a Counter,
    /// The status of a call, by its index.
    status: fn(u32) -> u16,
    /// How long a call takes, in ms, by the calls of its load.
    call_ms: fn(u32) -> u64,
    /// Whether each call opens a connection.
    closes: bool,
    loads: RefCell<Vec<(u32, u32)>>,
    /// At which rates they were, where they were open-loop.
    rates: RefCell<Vec<f64>>,
}

impl<'a> Generator<'a> {
    fn new(counter: &'a Counter) -> Self {
        Self {
            counter,
            status: |_| 200,
            call_ms: |_| 1,
            closes: false,
            loads: RefCell::default(),
            rates: RefCell::default(),
        }
    }
}

impl LoadGenerator for Generator<'_> {
    async fn run(&self, spec: &LoadSpec) -> anyhow::Result<LoadResult> {
        let counts = spec.url == "http://mock/hits";
        assert!(counts || spec.url == "http://mock/healthz", "{}", spec.url);
        self.loads.borrow_mut().push((spec.connections, spec.calls));
        self.rates.borrow_mut().extend(spec.per_second);
        let calls_in_all = u32::try_from(spec.calls_in_all()).expect("few");
        let calls = (0..calls_in_all).map(|index| {
            if counts {
                self.counter.step();
            }
            Call {
                start: Duration::from_millis(u64::from(index / spec.connections)),
                duration: Duration::from_millis((self.call_ms)(calls_in_all)),
                connecting: (self.closes || index < spec.connections).then_some(Duration::from_millis(1)),
                status: (self.status)(index),
                expected: None,
            }
        });
        Ok(LoadResult { calls: calls.collect(), unanswered: 0, generator_cores: Some(1.2), body_bytes: 0 })
    }
}

fn one_round() -> Plan {
    Plan { rounds: 1, ..Plan::quick() }
}

fn measured(steps: &[u64], status: fn(u32) -> u16, closes: bool) -> (anyhow::Result<Measurement>, Vec<(u32, u32)>) {
    let counter = Counter::new(steps);
    let generator = Generator { status, closes, ..Generator::new(&counter) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let measurement = runtime.block_on(measure(&mut &counter, &generator, &one_round(), None, &Silent));
    (measurement, generator.loads.into_inner())
}

fn warned(measurement: &Measurement) -> Vec<Warning> {
    let ran = Ran { artifact: None, series: vec![Series::Measured(measurement.clone())] };
    warnings(&ran, &one_round(), &Environment { processors: 2, ..Environment::read() })
}

#[test]
fn a_way_is_measured_by_the_plan() {
    let (measurement, loads) = measured(&[], |_| 200, false);
    let measurement = measurement.expect("measured");
    // A health check of each connection, and it comes to rest; after the first calls too. 50 connections at 1 ms are 50,000 calls/s: a fifth of a second of it to warm
    // up, then a second.
    assert_eq!(loads, [(1, 50), (1, 201), (50, 50), (50, 150), (50, 150), (50, 10_000), (50, 55_050)]);
    let cold_start = measurement.cold_start.as_ref().expect("it has a process");
    assert_eq!(cold_start.total_ms, [20.0; 3]);
    assert_eq!(cold_start.init_ms, [15.0; 3]);
    assert_eq!(measurement.latency.summary.count, 200);
    assert_eq!(measurement.latency.summary.p99_ms, 1.0);
    let samples = &measurement.latency.samples;
    assert_eq!((samples.every, &samples.duration_us, &samples.status), (1, &vec![1000.0; 201], &vec![200; 201]));
    assert_eq!(samples.opened_connection, [0]);
    let concurrency = &measurement.concurrency;
    assert_eq!((concurrency.calls_per_second, concurrency.window_s), (50_000.0, Some(1.0)));
    assert_eq!(concurrency.acknowledged, 55_050);
    // One of 28 is kept: 2,000 at most.
    assert_eq!((concurrency.samples.every, concurrency.samples.status.len()), (28, 1_967));
    assert_eq!(calls_per_cpu_second(&[&measurement]), Some(4_000.0));
    assert_eq!(measurement.peak_memory_bytes, Some(4096));
}

#[test]
fn calls_that_fail_and_a_generator_that_is_the_limit_are_warnings() {
    let (measurement, _) = measured(&[], |index| if index % 10 == 9 { 503 } else { 200 }, false);
    let measurement = measurement.expect("measured");
    let [failures] = measurement.latency.failures.as_slice() else { panic!("one kind of failure") };
    assert_eq!((failures.status, failures.calls), (Some(503), 20));
    // They took as long as the others, and stand apart.
    assert_eq!(failures.latency.as_ref().map(|it| (it.count, it.p50_ms)), Some((20, 1.0)));
    assert_eq!(measurement.latency.summary.count, 180);
    let warnings = warned(&measurement);
    let failed = warnings.iter().find(|warning| matches!(warning, Warning::FailedCalls { .. }));
    assert!(failed.expect("a warning").to_string().contains(" calls failed ("), "{warnings:?}");
    // It was busy on 1.2 of 2 processors.
    assert!(warnings.contains(&Warning::GeneratorSaturated { cores: 1.2, processors: 2 }), "{warnings:?}");
    assert!(warnings.contains(&Warning::OneRound), "{warnings:?}");
}

#[test]
fn a_later_round_takes_the_rate_of_the_one_before() {
    let counter = Counter::new(&[]);
    let generator = Generator::new(&counter);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let plan = Plan::quick().of_round(1);
    let measurement = runtime.block_on(measure(&mut &counter, &generator, &plan, Some(50_000.0), &Silent));
    let window_s = measurement.expect("measured").concurrency.window_s.expect("a window");
    // A third of the calls, and of the second.
    assert_eq!(generator.loads.into_inner(), [(1, 50), (1, 68), (50, 50), (50, 150), (50, 10_000), (50, 18_383)]);
    assert!((window_s - 1.0 / 3.0).abs() < 1e-6, "{window_s}");
}

#[test]
fn a_sweep_loads_a_way_at_shares_of_its_rate_and_finds_the_knee() {
    let counter = Counter::new(&[]);
    let generator = Generator::new(&counter);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let plan = Plan { sweep: SWEEP.to_vec(), ..one_round() };
    let measurement = runtime.block_on(measure(&mut &counter, &generator, &plan, Some(50_000.0), &Silent));
    let mut measurement = measurement.expect("measured");
    assert_eq!(generator.rates.into_inner(), [5_000.0, 12_500.0, 25_000.0, 37_500.0, 45_000.0]);
    // For a second and a half each.
    assert_eq!(
        generator.loads.into_inner()[6..],
        [(50, 7_500), (50, 18_750), (50, 37_500), (50, 56_250), (50, 67_500)]
    );
    assert_eq!(measurement.exactness.map(Exactness::verdict), Some(Verdict::Exact));
    // Calls per second over ms: 5000 / 1, 12500 / 1, 25000 / 1.5, 37500 / 4, 45000 / 20.
    for (at, mean_ms) in measurement.at_rates.iter_mut().zip([1.0, 1.0, 1.5, 4.0, 20.0]) {
        at.load.summary.mean_ms = mean_ms;
    }
    let figures = Figures::measured(&[&measurement, &measurement]).expect("figures");
    assert_eq!((figures.at_rates.len(), figures.knee_per_second), (5, Some(25_000.0)));
    // At most twice what the way answers is due: calls that only wait show nothing.
    let generator = Generator::new(&counter);
    let plan = Plan { rate: Some(1e6), ..one_round() };
    runtime.block_on(measure(&mut &counter, &generator, &plan, Some(100.0), &Silent)).expect("measured");
    assert_eq!((generator.rates.into_inner(), generator.loads.into_inner().last()), (vec![1e6], Some(&(50, 300))));
}

#[test]
fn calls_that_fall_behind_their_rate_are_a_warning() {
    let (measurement, _) = measured(&[], |_| 200, false);
    let mut measurement = measurement.expect("measured");
    let load = Load { acknowledged: 1_050, window_s: Some(1.05), ..measurement.concurrency.clone() };
    let at = |per_second| AtRate { per_second, share: None, load: load.clone() };
    measurement.at_rates = vec![at(1_000.0)];
    let fell_behind = |it: &Measurement| warned(it).iter().any(|it| matches!(it, Warning::FellBehind { .. }));
    assert!(!fell_behind(&measurement));
    // 1000 calls were due in half a second, and took one.
    measurement.at_rates = vec![at(2_000.0)];
    assert!(fell_behind(&measurement));
}

#[test]
fn what_disturbed_the_machine_is_a_warning() {
    let (measurement, _) = measured(&[], |_| 200, false);
    let quiet = measurement.expect("measured");
    let mut slow = quiet.clone();
    // Two hundred calls, the last ones slow: a tenth of them takes more than half of the time.
    slow.latency.samples.duration_us = (0..201).map(|index| if index < 180 { 1000.0 } else { 20_000.0 }).collect();
    slow.conditions = Conditions { others_cores: Some(0.9), steal_share: Some(0.05), frequency_mhz: Some(2_000.0) };
    let mut fast = quiet;
    fast.conditions.frequency_mhz = Some(3_000.0);
    let environment = Environment {
        processors: 2,
        others_cores: Some(0.5),
        clock_reading_ns: Some(900.0),
        clock_source: Some("hpet".to_owned()),
        frequency_governor: Some("schedutil".to_owned()),
        ..Environment::read()
    };
    let ran = Ran { artifact: None, series: vec![Series::Measured(slow), Series::Measured(fast)] };
    let warnings = warnings(&ran, &Plan::quick(), &environment);
    let text = warnings.iter().map(Warning::to_string).collect::<Vec<_>>().join("\n");
    for wanted in [
        "21 of 400 sequential calls took 5",
        "reading the clock (hpet) takes 900 ns",
        "other processes kept 0.5 of 2 processors busy before the run",
        "other processes kept 0.9 of 2 processors busy meanwhile",
        "the hypervisor gave 5 % of the processors' time",
        "the processors ran at 2000 to 3000 MHz",
        "(governor schedutil)",
        "slow calls follow slow ones",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}

#[test]
fn a_way_that_closes_its_connections_fails_with_that_reason() {
    let (measurement, _) = measured(&[], |_| 200, true);
    let error = measurement.expect_err("each call opened a connection").to_string();
    assert!(error.contains("it closes its connections: 201 calls were acknowledged"), "{error}");
}

#[test]
fn calls_within_the_rest_of_a_quota_make_one_batch_long_and_not_all() {
    let counter = Counter::new(&[]);
    // Few calls take 1 ms each, more wait for their quota.
    let call_ms = |calls| if calls <= 10 { 1 } else { 10 };
    let generator = Generator { call_ms, ..Generator::new(&counter) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let (plan, mut subject) = (one_round(), &counter);
    runtime.block_on(Needs::measure(&mut subject, &generator, &plan, &Silent)).expect("measured");
    // 0.4 s of such calls each, but for the first that counts.
    assert_eq!(generator.loads.into_inner(), [vec![(1, 10), (1, 3), (1, 400)], vec![(1, 40); 7]].concat());
}

#[test]
fn a_prediction_needs_cold_starts_and_sequential_calls_and_no_load() {
    let counter = Counter::new(&[]);
    let generator = Generator::new(&counter);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let way = "lambda-dynamodb".parse().expect("a way");
    let of = Predicted { way, package_bytes: 1_000_000, setup: model::Setup::default() };
    let (plan, mut subject) = (one_round(), &counter);
    let needs = runtime.block_on(Needs::measure(&mut subject, &generator, &plan, &Silent)).expect("measured");
    let prediction = predict(of, needs, &plan);
    let again = predict(of, Needs::of(&prediction).expect("what it was made by"), &plan);
    assert_eq!(again, prediction);
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
        assert_eq!(measurement.expect("measured").exactness.map(Exactness::verdict), Some(verdict));
    }
}

#[test]
fn a_way_that_acknowledges_nothing_fails_with_what_it_answered() {
    let (measurement, _) = measured(&[], |_| 503, false);
    let error = measurement.expect_err("nothing was acknowledged").to_string();
    assert_eq!(error, "of 201 calls none was acknowledged: 201 got 503");
}

#[test]
fn what_has_no_process_has_neither_a_cold_start_nor_processor_time_nor_memory() {
    let counter = Counter::new(&[]);
    let generator = Generator::new(&counter);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let (mut subject, plan) = (WithoutProcess(&counter), one_round());
    let measured = runtime.block_on(measure(&mut subject, &generator, &plan, None, &Silent));
    let it = measured.expect("measured");
    assert_eq!((&it.cold_start, it.peak_memory_bytes), (&None, None));
    assert_eq!((it.latency.service_cpu_s, it.concurrency.service_cpu_s), (None, None));
    assert_eq!(it.exactness.map(|it| it.verdict()), Some(Verdict::Exact));
    assert_eq!(Figures::measured(&[&it]).and_then(|it| it.cold_start_ms), None);
    let json = serde_json::to_value(&it).expect("JSON");
    assert!(json.get("cold_start").is_none() && json.get("peak_memory_bytes").is_none());
}
