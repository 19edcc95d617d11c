//! What the SDK costs per call: `DynamoDb::add` against the same request signed by hand and sent
//! over a bare hyper connection. Client and peer share one core, as a function's do, so that no
//! wake-up crosses cores; interleaved rounds, medians. Prints one table.

mod bare;
mod measure;
mod peer;
mod table;

use bare::Bare;
use counter::aws::{Service, from_environment};
use counter::{DynamoDb, Store, Update};
use measure::{CALLS, measure, pin};
use table::row;

const ROUNDS: usize = 21;

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
