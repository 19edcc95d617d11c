//! What must hold of any simulation: calls end once, more is never slower, closed forms come out, a seed repeats.

use std::time::Duration;

use model::{
    Arrivals, Bandwidth, Compute, Connections, Figures, Function, Pattern, Played, Retries, Sampler, Scenario, Server,
    Shape, Share, Store, Traffic, simulate,
};
use proptest::prelude::*;

/// The same each time.
fn constant(ms: f64) -> Sampler {
    Sampler::new(Shape { median: ms, sigma: 1e-9, slow_weight: 0.0, slow_factor: 1.0 })
}

fn varying(ms: f64) -> Sampler {
    Sampler::new(Shape { median: ms, sigma: 0.4, slow_weight: 0.03, slow_factor: 3.0 })
}

fn scenario(compute: Compute, cpu_ms: f64) -> Scenario {
    Scenario {
        entrance: vec![varying(2.0)],
        compute,
        store: Store {
            hops: vec![varying(4.0)],
            shares: vec![],
            connect: Some(varying(2.0)),
            connection_cpu_ms: 1.5,
            connections: Connections::Kept,
        },
        warm_cpu_ms: cpu_ms,
        first_cpu_ms: cpu_ms * 5.0,
        init_cpu_ms: 20.0,
        spread: varying(1.0),
        retries: Retries { attempts: 2, base_ms: 50.0 },
    }
}

fn function(vcpus: f64, concurrency: u32) -> Compute {
    Compute::Function(Function {
        invoke: varying(8.0),
        cold: varying(110.0),
        vpc: Some(varying(30.0)),
        cold_fixed_ms: 10.0,
        init_fixed_ms: 12.0,
        init: varying(1.0),
        share: Share::new(vcpus, Duration::from_millis(20)),
        keep_idle: Duration::from_secs(60),
        concurrency,
    })
}

fn server(workers: u32, vcpus: f64) -> Compute {
    Compute::Server(Server { workers, share: Share::new(vcpus, Duration::from_millis(100)) })
}

/// A server without hops, whose calls take the same CPU time each.
fn bare(workers: u32, vcpus: f64, cpu_ms: f64) -> Scenario {
    let store =
        Store { hops: vec![], shares: vec![], connect: None, connection_cpu_ms: 0.0, connections: Connections::Kept };
    Scenario { entrance: vec![], store, spread: constant(1.0), ..scenario(server(workers, vcpus), cpu_ms) }
}

fn ended(played: &Played) -> u64 {
    (played.warm_ms.len() + played.cold_ms.len()) as u64 + played.throttled
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_call_ends_once(
        calls in 0_usize..3_000,
        clients in 1_u32..60,
        per_second in 1.0_f64..3_000.0,
        concurrency in 1_u32..50,
        vcpus in 0.05_f64..2.0,
        seed: u64,
    ) {
        for arrivals in [Arrivals::Closed { clients, think_ms: 0.0, pace: None }, Arrivals::Open { per_second }] {
            for compute in [function(vcpus, concurrency), server(2, vcpus)] {
                let is_function = matches!(compute, Compute::Function(_));
                let played = simulate(&scenario(compute, 1.0), arrivals, calls, seed);
                prop_assert_eq!(ended(&played), calls as u64);
                let figures = played.warm_ms.iter().chain(&played.cold_ms);
                prop_assert!(figures.copied().all(|ms| ms.is_finite() && ms > 0.0));
                if is_function {
                    prop_assert!(played.most_busy <= concurrency);
                    prop_assert_eq!(played.started as usize, played.cold_ms.len());
                } else {
                    prop_assert_eq!(played.throttled, 0);
                }
            }
        }
    }

    #[test]
    fn more_processor_is_never_slower(
        small in 0.05_f64..1.0,
        more in 1.0_f64..4.0,
        cpu_ms in 0.1_f64..30.0,
        phase in 0.0_f64..1.0,
        gaps in proptest::collection::vec(0.0_f64..50.0, 1..40),
    ) {
        let period = Duration::from_millis(20);
        let mut one = Bandwidth::new(Share::new(small, period), phase);
        let mut other = Bandwidth::new(Share::new(small * more, period), phase);
        let (mut one_ready, mut other_ready) = (0.0_f64, 0.0_f64);
        for gap in gaps {
            one_ready = one.run(one_ready + gap, cpu_ms);
            other_ready = other.run(other_ready + gap, cpu_ms);
            prop_assert!(other_ready <= one_ready + 1e-6, "{} {}", other_ready, one_ready);
        }
    }

    #[test]
    fn work_alone_takes_the_steps_of_a_staircase(vcpus in 0.05_f64..0.95, cpu_ms in 0.01_f64..100.0) {
        // From the beginning of a period: each quota that is used up before the end costs the rest of its period.
        let (period, quota) = (20.0, 20.0 * vcpus);
        let waits = (cpu_ms / quota - 1e-12).ceil() - 1.0;
        let closed_form = cpu_ms + waits.max(0.0) * (period - quota);
        let share = Share::new(vcpus, Duration::from_millis(20));
        let took = Bandwidth::new(share, 1.0).run(0.0, cpu_ms);
        prop_assert!((took - closed_form).abs() < 1e-6, "{} instead of {}", took, closed_form);
    }

    #[test]
    fn a_seed_always_gives_the_same(seed: u64, per_second in 1.0_f64..2_000.0) {
        let scenario = scenario(function(0.1, 20), 1.0);
        let play = |seed| simulate(&scenario, Arrivals::Open { per_second }, 500, seed);
        prop_assert_eq!(play(seed), play(seed));
        prop_assert_ne!(play(seed), play(seed.wrapping_add(1)));
    }
}

#[test]
fn more_memory_is_not_slower_in_distribution() {
    let at = |vcpus: f64| {
        let arrivals = Arrivals::Closed { clients: 1, think_ms: 0.0, pace: None };
        Figures::of(&mut simulate(&scenario(function(vcpus, 10), 2.0), arrivals, 50_000, 1).warm_ms).unwrap()
    };
    let figures = [128.0, 256.0, 512.0, 1024.0, 1769.0, 3008.0].map(|mb| at(mb / 1769.0));
    for pair in figures.windows(2) {
        let (less, more) = (pair[0], pair[1]);
        for (less, more) in [(less.mean_ms, more.mean_ms), (less.p50_ms, more.p50_ms), (less.p99_ms, more.p99_ms)] {
            assert!(more <= less * 1.01, "{figures:?}");
        }
    }
}

#[test]
fn a_queue_of_one_worker_waits_as_long_as_pollaczek_and_khinchin_have_it() {
    // M/D/1: ρ / (2 (1 − ρ)) service times.
    for load in [0.3, 0.6, 0.8] {
        let arrivals = Arrivals::Open { per_second: load * 1_000.0 };
        let figures = Figures::of(&mut simulate(&bare(1, 1.0, 1.0), arrivals, 200_000, 3).warm_ms).unwrap();
        let (wait, should) = (figures.mean_ms - 1.0, load / 2.0 / (1.0 - load));
        assert!((wait / should - 1.0).abs() < 0.05, "ρ = {load}: {wait} instead of {should}");
    }
}

#[test]
fn a_queue_of_several_workers_waits_as_long_as_cosmetatos_has_it() {
    // M/D/c by G. P. Cosmetatos, "Some approximate equilibrium results for the multi-server queue (M/G/r)", 1976:
    // half of M/M/c's wait (Erlang's C) times 1 + (1 − ρ)(c − 1)(√(4 + 5c) − 2) / (16 ρ c).
    for (workers, load) in [(2_u32, 0.7), (4, 0.8)] {
        let (c, offered) = (f64::from(workers), f64::from(workers) * load);
        let term = |n: u32| (1..=n).fold(1.0, |term, k| term * offered / f64::from(k));
        let last = term(workers) / (1.0 - load);
        let erlang_c = last / ((0..workers).map(term).sum::<f64>() + last);
        let correction = 1.0 + (1.0 - load) * (c - 1.0) * ((4.0 + 5.0 * c).sqrt() - 2.0) / (16.0 * load * c);
        let should = erlang_c / (c - offered) / 2.0 * correction;
        let arrivals = Arrivals::Open { per_second: offered * 1_000.0 };
        let scenario = bare(workers, 1.0, 1.0);
        let figures = Figures::of(&mut simulate(&scenario, arrivals, 200_000, 3).warm_ms).unwrap();
        let wait = figures.mean_ms - 1.0;
        assert!((wait / should - 1.0).abs() < 0.05, "c = {c}: {wait} instead of {should}");
    }
}

#[test]
fn environments_start_when_calls_overlap_or_come_too_late_and_else_are_used_again() {
    let play =
        |per_second: f64| simulate(&scenario(function(1.0, 1_000), 1.0), Arrivals::Open { per_second }, 2_000, 1);
    // A call in ten minutes finds nothing; 200 a second keep as many as Little's law has busy, and some.
    assert!(play(1.0 / 600.0).cold_ms.len() > 1_700);
    let busy = play(200.0);
    assert!(busy.started < 100 && busy.most_busy > 2, "{} {}", busy.started, busy.most_busy);
}

#[test]
fn calls_that_come_before_it_has_settled_are_played_and_not_counted() {
    let play = |settle_ms: f64| {
        let traffic = Traffic { per_second: 100.0, pattern: Pattern::Jump, period_ms: 10_000.0, settle_ms };
        simulate(&scenario(function(1.0, 1_000), 1.0), Arrivals::Traffic(traffic), 3_000, 1)
    };
    let (all, settled) = (play(0.0), play(10_000.0));
    assert_eq!(ended(&all), 3_000);
    // A period of three has a thousand calls.
    assert!(ended(&settled).abs_diff(2_000) < 200, "{}", ended(&settled));
    assert_eq!((all.started, all.end_ms.to_bits()), (settled.started, settled.end_ms.to_bits()));
    assert!(settled.cold_ms.len() < all.cold_ms.len() && settled.init_ms.len() == settled.cold_ms.len());
}
