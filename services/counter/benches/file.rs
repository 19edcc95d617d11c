//! What sharing a durable write buys: the `file` store behind `Batched` with 64 callers, against
//! the same temporary file, fsync, rename and fsync of the folder once per increment. Prints
//! one table; exits with 1 below the bar. Interleaved rounds, medians.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use counter::{Batched, File, Store, Update};

const CALLERS: u64 = 64;
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(700);
/// The bar: at least this many times the increments per second.
const BAR: f64 = 20.0;

fn main() -> ExitCode {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be built");
    let mut rounds: Vec<(f64, f64)> = Vec::new();
    for round in 0..ROUNDS {
        let single = one_at_a_time(folder.path());
        let path = folder.path().join(format!("hits-{round}"));
        let batched = runtime.block_on(batched(&path));
        rounds.push((single, batched));
    }
    let single = median(rounds.iter().map(|round| round.0));
    let batched = median(rounds.iter().map(|round| round.1));
    let ratio = median(rounds.iter().map(|(single, batched)| batched / single));
    println!("durable increments, {ROUNDS} interleaved rounds of {ROUND:?}, medians");
    println!("| one fsync'd write at a time | Batched file store, {CALLERS} callers | ratio | bar |");
    println!("|---|---|---|---|");
    println!("| {single:.0}/s | {batched:.0}/s | {ratio:.1}x | {BAR:.0}x |");
    if ratio < BAR { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Increments per second of plain sequential durable writes.
fn one_at_a_time(folder: &Path) -> f64 {
    let (temporary, path) = (folder.join("single.new"), folder.join("single"));
    let open = fs::File::open(folder).expect("the folder is there");
    let started = Instant::now();
    let mut count = 0_u64;
    while started.elapsed() < ROUND {
        count += 1;
        let mut file = fs::File::create(&temporary).expect("the folder is writable");
        let written = file.write_all(format!("{count}\n").as_bytes()).and_then(|()| file.sync_all());
        written
            .and_then(|()| fs::rename(&temporary, &path))
            .and_then(|()| open.sync_all())
            .expect("the disk takes a few bytes");
    }
    count as f64 / started.elapsed().as_secs_f64()
}

/// Acknowledged increments per second of all callers together.
async fn batched(path: &Path) -> f64 {
    let file = File::open(path, Update::Atomic).expect("the folder is writable");
    let store = Arc::new(Batched::new(file));
    let started = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut calls = 0_u64;
                while started.elapsed() < ROUND {
                    store.add(1).await.expect("the disk takes a few bytes");
                    calls += 1;
                }
                calls
            })
        })
        .collect();
    let mut calls = 0;
    for caller in callers {
        calls += caller.await.expect("no caller panics");
    }
    let rate = calls as f64 / started.elapsed().as_secs_f64();
    let count = store.add(0).await.expect("the disk takes a few bytes");
    assert_eq!(count, calls, "every call is counted once");
    rate
}

/// The middle value; of an even number of values, the upper of the two.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
