//! Valkey as a service sees it: connections that break while their answers are due, and a server that dies.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use artifact::Artifacts;
use cloud::Deployment;
use futures_util::future::join_all;
use require::require;
use ways::{Arch, Axis, Store, Update, Way, model};

use crate::exactness::answers;
use crate::support::{Caller, alone, built, cloud_with, runtime};

/// One way for each language that has a service, as server and as function, on this machine's processor.
fn ways() -> Vec<Way> {
    let machine = if cfg!(target_arch = "x86_64") { Arch::X86_64 } else { Arch::Arm64 };
    let mut seen = BTreeSet::new();
    let ways = model().ways().filter(|way| way.store == Store::Valkey && way.arch == machine);
    ways.filter(|way| seen.insert((way.language, way.compute.facts().service()))).collect()
}

/// Calls under which connections are broken, and how often: fewer times than a caller bears failures.
const CALLS: u64 = 2_000;
const BREAKS: u64 = 5;

/// Sends a command to a server, and gives the number that it answers with.
fn ask(server: &mut BufReader<TcpStream>, command: &str) -> u64 {
    server.get_mut().write_all(format!("{command}\r\n").as_bytes()).expect("sent");
    let mut line = String::new();
    server.read_line(&mut line).expect("answered");
    if line.starts_with('$') {
        line.clear();
        server.read_line(&mut line).expect("the value");
    }
    line.trim_start_matches(':').trim_end().parse().unwrap_or_else(|_| panic!("{command}: {line}"))
}

/// Breaks every connection to a server whenever its count has come some way further, and gives how many those were.
async fn break_connections(server: &str) -> u64 {
    let mut server = BufReader::new(TcpStream::connect(server).expect("the server is up"));
    let mut broken = 0;
    for round in 0..BREAKS {
        while ask(&mut server, "GET hits") < CALLS * (2 * round + 1) / (2 * BREAKS) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        broken += ask(&mut server, "CLIENT KILL TYPE normal SKIPME yes");
    }
    broken
}

/// A server's address in the URL of a store.
fn server_of(deployment: &Deployment) -> String {
    let store = &deployment.environment()["STORE"];
    store.strip_prefix("valkey://").and_then(|it| it.split('/').next()).expect("its server").to_owned()
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
                let server = server_of(&deployment);
                // It has a connection.
                assert_eq!(Caller::new().hit(deployment.url()).await, 1, "{way}, {build}");
                let (answers, broken) = tokio::join!(answers(deployment.url(), 8, CALLS), break_connections(&server));
                assert!(broken >= BREAKS, "{way}, {build}: {broken} connections were broken");
                let distinct: BTreeSet<_> = answers.numbers.iter().collect();
                let all = usize::try_from(CALLS).expect("few");
                assert_eq!((answers.numbers.len(), distinct.len()), (all, all), "{way}, {build}");
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

#[test]
fn a_service_whose_server_hangs_answers_503_by_itself() {
    let _alone = alone();
    runtime().block_on(async {
        let cloud = cloud_with(Update::Atomic).await;
        let mut hanging = Vec::new();
        for way in ways() {
            let Some(()) = require("valkey", Artifacts::available(way)) else { continue };
            for &build in model().builds(way) {
                let deployment = cloud.deploy(way, &built(way, build).await).await.expect("deployed");
                // It has a connection, on which nothing is answered any more, and no other one.
                assert_eq!(Caller::new().hit(deployment.url()).await, 1, "{way}, {build}");
                let mut server = TcpStream::connect(server_of(&deployment)).expect("the server is up");
                server.write_all(b"CLIENT PAUSE 600000 ALL\r\n").expect("sent");
                let mut line = String::new();
                BufReader::new(server).read_line(&mut line).expect("answered");
                assert_eq!(line, "+OK\r\n");
                hanging.push((way, build, deployment));
            }
        }
        let calls = hanging.iter().map(async |(way, build, deployment)| {
            let answer = Caller::new().call("GET", &format!("{}/hits", deployment.url())).await;
            // A function that ran out of time would be answered for by its front.
            let own = answer.headers.get("content-type").is_some_and(|it| it == "application/problem+json");
            assert!(answer.status == 503 && own, "{way}, {build}: {answer:?}");
        });
        join_all(calls).await;
        for (_, _, deployment) in hanging {
            deployment.stop().await;
        }
        cloud.shutdown().await;
    });
}
