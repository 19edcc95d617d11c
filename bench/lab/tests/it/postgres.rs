//! PostgreSQL as a service sees it: connections that break while their answers are due, a server that crashes and recovers, one that
//! hangs, one that is lost; and a service that is killed.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use artifact::Artifacts;
use cloud::Deployment;
use futures_util::future::join_all;
use require::require;
use tokio::net::TcpStream;
use tokio_postgres::{Client, Config, NoTls};
use ways::{Arch, Axis, Kind, Store, Update, Way, model};

use crate::exactness::answers;
use crate::support::{Caller, alone, built, cloud_with, runtime};

/// One way for each language that has a service, as server and as function, on this machine's processor.
fn ways() -> Vec<Way> {
    let machine = if cfg!(target_arch = "x86_64") { Arch::X86_64 } else { Arch::Arm64 };
    let mut seen = BTreeSet::new();
    let ways = model().ways().filter(|way| way.store == Store::Postgres && way.arch == machine);
    let ways = ways.filter(|way| seen.insert((way.language, way.compute.facts().service())));
    ways.filter(|way| require("postgres", Artifacts::available(*way)).is_some()).collect()
}

/// Calls under which connections are broken, and how often: fewer times than a caller bears failures.
const CALLS: u64 = 2_000;
const BREAKS: u64 = 5;

/// Connects to a deployment's server beside its service.
async fn beside(deployment: &Deployment) -> Client {
    let store = deployment.environment()["STORE"].strip_suffix("/hits").expect("the count's name").to_owned();
    let server = store.split_once('@').and_then(|(_, rest)| rest.split('/').next()).expect("its server");
    let stream = TcpStream::connect(server).await.expect("the server is up");
    let config: Config = store.parse().expect("a URL of PostgreSQL");
    let (client, connection) = config.connect_raw(stream, NoTls).await.expect("it takes its password");
    tokio::spawn(connection);
    client
}

async fn count(client: &Client) -> u64 {
    let row = client.query_one("SELECT count FROM counts WHERE key = 'hits'", &[]).await.expect("the count");
    u64::try_from(row.get::<_, i64>(0)).expect("a count")
}

/// The processes of the services' connections.
async fn backends(client: &Client) -> Vec<i32> {
    let others = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    client.query(others, &[]).await.expect("a list").iter().map(|row| row.get(0)).collect()
}

/// Sends a signal to processes: by the program, which an administrator would use.
fn signal(name: &str, processes: &[String]) {
    let sent = Command::new("kill").arg(format!("-{name}")).args(processes).status().expect("kill");
    assert!(sent.success(), "kill -{name} {processes:?}");
}

/// Breaks the services' connections whenever the count has come some way further, and gives how many those were.
async fn break_connections(client: &Client) -> usize {
    let mut broken = 0;
    for round in 0..BREAKS {
        while count(client).await < CALLS * (2 * round + 1) / (2 * BREAKS) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for pid in backends(client).await {
            let ended = client.query_one("SELECT pg_terminate_backend($1)", &[&pid]).await.expect("asked");
            broken += usize::from(ended.get::<_, bool>(0));
        }
    }
    broken
}

#[test]
fn an_answer_that_was_lost_gives_no_two_callers_one_number() {
    let _alone = alone();
    runtime().block_on(async {
        let cloud = cloud_with(Update::Atomic).await;
        for way in ways() {
            for &build in model().builds(way) {
                let mut deployment = cloud.deploy(way, &built(way, build).await).await.expect("deployed");
                // It has a connection, and a table.
                assert_eq!(Caller::new().hit(deployment.url()).await, 1, "{way}, {build}");
                let client = beside(&deployment).await;
                let (answers, broken) = tokio::join!(answers(deployment.url(), 8, CALLS), break_connections(&client));
                assert!(
                    broken >= usize::try_from(BREAKS).expect("few"),
                    "{way}, {build}: {broken} connections were broken"
                );
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
fn a_server_that_crashes_under_load_recovers_all_that_was_acknowledged() {
    let _alone = alone();
    runtime().block_on(async {
        let cloud = cloud_with(Update::Atomic).await;
        for way in ways() {
            for &build in model().builds(way) {
                let deployment = cloud.deploy(way, &built(way, build).await).await.expect("deployed");
                let url = deployment.url();
                assert_eq!(Caller::new().hit(url).await, 1, "{way}, {build}");
                let client = beside(&deployment).await;
                let crash = async {
                    while count(&client).await < 500 {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    // One process that is killed, and the server ends all others, replays its log, and starts again.
                    let backends = backends(&client).await;
                    signal("KILL", &[backends.first().expect("the service's").to_string()]);
                };
                let load = async {
                    let mut numbers = Vec::new();
                    let mut failed = 0;
                    let caller = Caller::new();
                    let hits = format!("{url}/hits");
                    while numbers.len() < 1_000 {
                        let answer = caller.call("GET", &hits).await;
                        match answer.status {
                            200 => numbers.push(answer.body.parse::<u64>().expect("a number")),
                            // Until the server takes connections again.
                            503 if failed < 1_000 => {
                                failed += 1;
                                tokio::time::sleep(Duration::from_millis(10)).await;
                            }
                            _ => panic!("{way}, {build}: {answer:?}"),
                        }
                    }
                    numbers
                };
                let (numbers, ()) = tokio::join!(load, crash);
                assert!(
                    numbers.is_sorted_by(|one, next| one < next),
                    "{way}, {build}: a number came twice, or was lost"
                );
                let stored = count(&beside(&deployment).await).await;
                assert!(numbers.last() == Some(&stored), "{way}, {build}: {stored} is stored");
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
            for &build in model().builds(way) {
                let deployment = cloud.deploy(way, &built(way, build).await).await.expect("deployed");
                assert_eq!(Caller::new().hit(deployment.url()).await, 1, "{way}, {build}");
                // It has a connection, on which nothing is answered any more, and the server makes no other one.
                let client = beside(&deployment).await;
                let state = client.query_one("SELECT pg_read_file('postmaster.pid')", &[]).await.expect("its state");
                let state: String = state.get(0);
                let mut processes: Vec<_> = state.lines().take(1).map(|line| line.trim().to_owned()).collect();
                processes.extend(backends(&client).await.iter().map(ToString::to_string));
                signal("STOP", &processes);
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

#[test]
fn a_count_outlives_the_service_that_acknowledged_it() {
    let _alone = alone();
    runtime().block_on(async {
        let cloud = cloud_with(Update::Atomic).await;
        for way in ways().into_iter().filter(|way| way.compute.facts().kind == Kind::Server) {
            for &build in model().builds(way) {
                let mut deployment = cloud.deploy(way, &built(way, build).await).await.expect("deployed");
                assert_eq!(Caller::new().hit(deployment.url()).await, 1, "{way}, {build}");
                let processes: Vec<_> = deployment.process_ids().iter().map(ToString::to_string).collect();
                signal("KILL", &processes);
                deployment.restart().await.expect("started again");
                assert_eq!(Caller::new().hit(deployment.url()).await, 2, "{way}, {build}");
                deployment.stop().await;
            }
        }
        cloud.shutdown().await;
    });
}
