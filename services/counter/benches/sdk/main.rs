//! What the SDK costs per call: `DynamoDb::add` against the same request signed by hand and sent
//! over a bare hyper connection. Client and peer share one core, as a function's do, so that no
//! wake-up crosses cores; interleaved rounds, medians. Prints one table.

mod bare;
mod peer;

use std::time::Instant;

use bare::Bare;
use counter::aws::{Service, from_environment};
use counter::{DynamoDb, Store, Update};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 21;
const CALLS: usize = 1_000;

fn main() {
    pin();
    let address = peer::start();
    // One thread, as in a function.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be built");
    let endpoint = format!("http://{address}");
    let sdk = from_environment(Service::DynamoDb, move |name| match name {
        "AWS_ACCESS_KEY_ID" => Some(bare::KEY_ID.to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some(bare::SECRET.to_owned()),
        "AWS_REGION" => Some(bare::REGION.to_owned()),
        "AWS_ENDPOINT_URL" => Some(endpoint.clone()),
        _ => None,
    });
    let sdk = sdk.expect("all that is needed is set");
    let ours = DynamoDb::new(&sdk, bare::TABLE.to_owned(), bare::KEY.to_owned(), Update::Atomic);
    let mut bare = runtime.block_on(Bare::connect(address));
    let mut rounds = Vec::new();
    // The first round warms both up and does not count.
    for round in 0..=ROUNDS {
        let bare = runtime.block_on(measure(async || bare.add().await));
        let ours = runtime.block_on(measure(async || ours.add(1).await.expect("the peer answers")));
        if round > 0 {
            rounds.push((bare, ours));
        }
    }
    println!("UpdateItem on one core, {ROUNDS} interleaved rounds of {CALLS} calls, medians");
    println!("| | bare hyper and SigV4 | DynamoDb::add | ratio |");
    println!("|---|---|---|---|");
    row("p50, µs", &rounds, |call| call.p50_us);
    row("CPU per call, µs", &rounds, |call| call.cpu_us);
}

/// One round.
struct Call {
    p50_us: f64,
    /// Of the client's thread alone.
    cpu_us: f64,
}

async fn measure(mut call: impl AsyncFnMut() -> u64) -> Call {
    let mut latencies_ns = Vec::with_capacity(CALLS);
    let before = thread_cpu_us();
    for _ in 0..CALLS {
        let sent = Instant::now();
        assert_eq!(call().await, peer::COUNT);
        latencies_ns.push(sent.elapsed().as_nanos() as u64);
    }
    let cpu_us = (thread_cpu_us() - before) / CALLS as f64;
    latencies_ns.sort_unstable();
    Call { p50_us: latencies_ns[CALLS / 2] as f64 / 1e3, cpu_us }
}

fn thread_cpu_us() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// Keeps this thread, and the peer's that it starts, on the last core.
fn pin() {
    let allowed = sched_getaffinity(None).expect("Linux tells");
    let last = (0..CpuSet::MAX_CPU).rev().find(|core| allowed.is_set(*core));
    let mut set = CpuSet::new();
    set.set(last.expect("there is a core"));
    sched_setaffinity(None, &set).expect("the core is one of ours");
}

/// Prints one row.
fn row(what: &str, rounds: &[(Call, Call)], value: impl Fn(&Call) -> f64) {
    let bare = median(rounds.iter().map(|(bare, _)| value(bare)));
    let ours = median(rounds.iter().map(|(_, ours)| value(ours)));
    let ratio = median(rounds.iter().map(|(bare, ours)| value(ours) / value(bare)));
    println!("| {what} | {bare:.1} | {ours:.1} | {ratio:.2} |");
}

/// The middle value; of an even number of values, the upper of the two.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
