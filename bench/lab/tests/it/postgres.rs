//! PostgreSQL as a service sees it: connections that break while their answers are due, a server that crashes and recovers, one that
//! hangs, one that is lost; and a service that is killed.

use std::process::Command;
use std::time::Duration;

use cloud::Deployment;
use tokio::net::TcpStream;
use tokio_postgres::{Client, Config, NoTls};
use ways::{Axis, Build, Kind, Store, Way};

use crate::server_store::{a_hang_is_answered, lost_answers_repeat_no_number, ways, with_each};
use crate::support::Caller;

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

#[test]
fn an_answer_that_was_lost_gives_no_two_callers_one_number() {
    lost_answers_repeat_no_number(Store::Postgres, &beside, &async |client| count(client).await, &async |client| {
        let mut broken = 0;
        for pid in backends(client).await {
            let ended = client.query_one("SELECT pg_terminate_backend($1)", &[&pid]).await.expect("asked");
            broken += u64::from(ended.get::<_, bool>(0));
        }
        broken
    });
}

#[test]
fn a_server_that_crashes_under_load_recovers_all_that_was_acknowledged() {
    let each = async |way: Way, build: Build, deployment: Deployment| {
        let url = deployment.url();
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
        assert!(numbers.is_sorted_by(|one, next| one < next), "{way}, {build}: a number came twice, or was lost");
        let stored = count(&beside(&deployment).await).await;
        assert!(numbers.last() == Some(&stored), "{way}, {build}: {stored} is stored");
        deployment.stop().await;
    };
    with_each(ways(Store::Postgres), each, async |_| ());
}

#[test]
fn a_service_whose_server_hangs_answers_503_by_itself() {
    a_hang_is_answered(Store::Postgres, &async |deployment| {
        let client = beside(deployment).await;
        let state = client.query_one("SELECT pg_read_file('postmaster.pid')", &[]).await.expect("its state");
        let state: String = state.get(0);
        let mut processes: Vec<_> = state.lines().take(1).map(|line| line.trim().to_owned()).collect();
        processes.extend(backends(&client).await.iter().map(ToString::to_string));
        signal("STOP", &processes);
    });
}

#[test]
fn a_count_outlives_the_service_that_acknowledged_it() {
    let each = async |way: Way, build: Build, mut deployment: Deployment| {
        let processes: Vec<_> = deployment.process_ids().iter().map(ToString::to_string).collect();
        signal("KILL", &processes);
        deployment.restart().await.expect("started again");
        assert_eq!(Caller::new().hit(deployment.url()).await, 2, "{way}, {build}");
        deployment.stop().await;
    };
    let mut servers = ways(Store::Postgres);
    servers.retain(|way| way.compute.facts().kind == Kind::Server);
    with_each(servers, each, async |_| ());
}
