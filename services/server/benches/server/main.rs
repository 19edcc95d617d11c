//! What the server costs beyond HTTP itself: `memory`, `GET /hits`, against a bare `hyper`
//! service that returns a constant, each in a process of its own (this binary again). Server on
//! one core, client on another, interleaved rounds, medians of per-round ratios. The client is
//! a loop over raw sockets, so that it is not what is measured. Exits with 1 beyond the bar.

mod bare;
mod client;
mod host;
mod row;

use std::process::ExitCode;
use std::time::Duration;

use client::Load;
use host::Host;
use row::row;

const ROUNDS: usize = 11;
const ROUND: Duration = Duration::from_millis(800);
/// The bar: p50 and throughput within this factor of bare hyper.
const BAR: f64 = 1.10;

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--serve-bare") {
        bare::serve();
        return ExitCode::SUCCESS;
    }
    let cores = host::cores();
    let (server_core, client_core) = (cores[0], cores[cores.len() - 1]);
    let bare = Host::start(host::bare(), server_core);
    let ours = Host::start(host::ours(), server_core);
    host::pin_self(client_core);
    println!(
        "GET /hits, server on core {server_core}, client on core {client_core}, {ROUNDS} interleaved \
         rounds of {ROUND:?}, medians; ratios above 1 are ours being slower"
    );
    println!("| connections | | bare hyper | server | ratio | bar |");
    println!("|---|---|---|---|---|---|");
    let mut met = true;
    for connections in [1, 50] {
        // Each is warm before anything counts.
        for host in [&bare, &ours] {
            client::run(host, connections, ROUND / 4);
        }
        let rounds: Vec<(Load, Load)> = (0..ROUNDS)
            .map(|round| {
                // Whoever goes first changes every round.
                let first_bare = (round % 2 == 0).then(|| client::run(&bare, connections, ROUND));
                let ours = client::run(&ours, connections, ROUND);
                let bare = first_bare.unwrap_or_else(|| client::run(&bare, connections, ROUND));
                (bare, ours)
            })
            .collect();
        met &= row(connections, "p50, µs", &rounds, |load| load.p50_us, Some(BAR), false);
        met &= row(connections, "requests/s", &rounds, |load| load.per_second, Some(BAR), true);
        row(connections, "CPU per request, µs", &rounds, |load| load.cpu_us, None, false);
    }
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
