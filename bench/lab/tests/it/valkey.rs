//! Valkey as a service sees it: connections that break while their answers are due, and a server that dies.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use artifact::Artifacts;
use require::require;
use ways::{Arch, Store, Update, Way, model};

use crate::exactness::answers;
use crate::support::{Caller, alone, built, cloud_with, runtime};

/// One way for each language that has a service, on this machine's processor.
fn ways() -> Vec<Way> {
    let machine = if cfg!(target_arch = "x86_64") { Arch::X86_64 } else { Arch::Arm64 };
    let mut seen = BTreeSet::new();
    let ways = model().ways().filter(|way| way.store == Store::Valkey && way.arch == machine);
    ways.filter(|way| seen.insert(way.language)).collect()
}

/// How often connections are broken: fewer times than a caller bears failures.
const BREAKS: u32 = 5;

/// Breaks every connection to a server, again and again, and gives how many those were.
async fn break_connections(server: &str) -> u64 {
    let mut broken = 0;
    for _ in 0..BREAKS {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut stream = TcpStream::connect(server).expect("the server is up");
        stream.write_all(b"CLIENT KILL TYPE normal SKIPME yes\r\n").expect("sent");
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).expect("answered");
        broken += line.trim_start_matches(':').trim_end().parse::<u64>().expect("a number");
    }
    broken
}

#[test]
fn an_answer_that_was_lost_gives_no_two_callers_one_number() {
    let _alone = alone();
    runtime().block_on(async {
        let cloud = cloud_with(Update::Atomic).await;
        for way in ways() {
            let Some(()) = require("valkey", Artifacts::available(way)) else { continue };
            for &build in model().builds(way) {
                let mut deployment = cloud.deploy(way, &built(way, build).await).await.expect("deployed");
                let store = deployment.environment()["STORE"].clone();
                let server = store.strip_prefix("valkey://").and_then(|it| it.split('/').next()).expect("its server");
                // It has a connection.
                assert_eq!(Caller::new().hit(deployment.url()).await, 1, "{way}, {build}");
                let (answers, broken) = tokio::join!(answers(deployment.url(), 8, 2_000), break_connections(server));
                assert!(broken > 0, "{way}, {build}: no connection was broken");
                let distinct: BTreeSet<_> = answers.numbers.iter().collect();
                assert_eq!((answers.numbers.len(), distinct.len()), (2_000, 2_000), "{way}, {build}");
                let next = Caller::new().hit(deployment.url()).await;
                assert!(next > *distinct.last().copied().expect("numbers"), "{way}, {build}: {next}");
                // Killed, and nothing in its place: an error, not a number.
                deployment.lose_store();
                let hits = format!("{}/hits", deployment.url());
                assert_eq!(Caller::new().call("GET", &hits).await.status, 503, "{way}, {build}");
                deployment.stop().await;
            }
        }
        cloud.shutdown().await;
    });
}
