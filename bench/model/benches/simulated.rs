//! How fast the model is: simulated calls per second on one core for `lambda-dynamodb` (bar: 1,000,000), and how long all
//! ways take at their default size, with how much memory (bars: 2 s, 60 MB). `cargo bench -p model`.

use std::time::{Duration, Instant};

use model::{Arrivals, Aws, Demand, Parameters, Setup, simulate};

const CALLS: usize = 2_000_000;
const ROUNDS: usize = 5;

fn main() {
    let demand = Demand {
        init_cpu: Duration::from_millis(20),
        first_cpu: Duration::from_millis(4),
        warm_cpu: Duration::from_micros(500),
        package_bytes: 2_000_000,
    };
    let aws = Aws::new(Parameters::committed());
    let way = "lambda-dynamodb".parse().expect("a way");
    let scenario = aws.scenario(way, &demand, Setup::default());
    for (what, arrivals) in [
        ("one client", Arrivals::Closed { clients: 1, think_ms: 0.0, pace: None }),
        ("50 clients", Arrivals::Closed { clients: 50, think_ms: 0.0, pace: None }),
        ("1,000 calls a second", Arrivals::Open { per_second: 1_000.0 }),
    ] {
        let rate = (0..ROUNDS).map(|round| {
            let begun = Instant::now();
            let played = simulate(&scenario, arrivals, CALLS, round as u64);
            assert_eq!(played.warm_ms.len() + played.cold_ms.len(), CALLS);
            CALLS as f64 / begun.elapsed().as_secs_f64()
        });
        let rate = rate.fold(0.0, f64::max);
        println!("lambda-dynamodb, {what}: {:.1} million calls per second and core", rate / 1e6);
    }
    let best = (0..ROUNDS).map(|_| {
        let ways: Vec<_> = ways::model().ways().map(|way| (way, demand)).collect();
        let begun = Instant::now();
        let predicted = Aws::new(Parameters::committed()).predict_all(&ways, Setup::default(), 1).len();
        (begun.elapsed(), predicted)
    });
    let (time, ways) = best.min().expect("rounds");
    println!("{ways} ways: {:.2} s, at most {} MB resident", time.as_secs_f64(), peak_mb());
}

/// The largest resident memory so far, in MB (Linux).
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}
