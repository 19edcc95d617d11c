//! The closed form of the cold share, held against what the model plays and against a published simulation.

use std::time::Duration;

use choose::cold_share;
use model::{
    Arrivals, Compute, Connections, Function, Pattern, Retries, Sampler, Scenario, Shape, Share, Store, Traffic,
    simulate,
};

/// How long an idle environment stays, in seconds.
const KEEP_IDLE_S: f64 = 300.0;

/// A function whose calls take so long, more or less, and whose starts take no time.
fn function(ms: f64, sigma: f64) -> Scenario {
    let sampler = |median: f64, sigma: f64| Sampler::new(Shape { median, sigma, slow_weight: 0.0, slow_factor: 1.0 });
    Scenario {
        entrance: Vec::new(),
        compute: Compute::Function(Function {
            invoke: sampler(ms, sigma),
            cold: sampler(1e-3, 1e-9),
            vpc: None,
            cold_fixed_ms: 0.0,
            init_fixed_ms: 0.0,
            init: sampler(1.0, 1e-9),
            share: Share::new(2.0, Duration::from_millis(20)),
            keep_idle: Duration::from_secs_f64(KEEP_IDLE_S),
            concurrency: 1_000,
        }),
        store: Store {
            hops: Vec::new(),
            shares: Vec::new(),
            connect: None,
            connection_cpu_ms: 0.0,
            connections: Connections::Kept,
        },
        warm_cpu_ms: 0.0,
        first_cpu_ms: 0.0,
        init_cpu_ms: 1e-3,
        spread: sampler(1.0, 1e-9),
        retries: Retries::default(),
    }
}

#[test]
fn what_is_played_meets_as_many_cold_starts_as_the_closed_form_has() {
    // Calls that all take the same, and calls that differ as an exponential's do (a log-normal with its variance).
    for sigma in [1e-6, f64::ln(2.0).sqrt()] {
        for (per_second, ms, calls) in [
            (0.001, 20.0, 100_000),
            (0.01, 20.0, 100_000),
            (0.1, 20.0, 400_000),
            (0.38, 20.0, 400_000),
            (0.01, 2_000.0, 100_000),
        ] {
            let settle_ms = KEEP_IDLE_S * 1e3;
            let traffic = Traffic { per_second, pattern: Pattern::Steady, period_ms: 1.0, settle_ms };
            let scenario = function(ms, sigma);
            let played = simulate(&scenario, Arrivals::Traffic(traffic), calls, 7);
            let Compute::Function(of) = &scenario.compute else { unreachable!("it is a function") };
            let (cold, all) = (played.cold_ms.len() as f64, (played.cold_ms.len() + played.warm_ms.len()) as f64);
            let should = cold_share(per_second, of.invoke.mean() / 1e3, KEEP_IDLE_S);
            // Four standard deviations of so many, and 3 % for durations that are no exponential.
            let off = 4.0 / cold.sqrt() + 0.03;
            assert!(
                (cold / all / should - 1.0).abs() < off,
                "{per_second}/s, {ms} ms: {} instead of {should}",
                cold / all
            );
        }
    }
}

#[test]
fn the_closed_form_has_what_simfaas_published() {
    // The example of its documentation (pacssim 0.1.4: arrival rate 0.9, warm service time 1.991 s, expiration after 600 s):
    // 1,213 cold starts of 898,469 calls, 0.0014. It takes the environment that was started last, we the one that was used last.
    let (published, calls) = (1_213.0 / 898_469.0, 1_213.0_f64);
    let is = cold_share(0.9, 1.991, 600.0);
    assert!((is / published - 1.0).abs() < 2.0 / calls.sqrt(), "{is} instead of {published}");
}
