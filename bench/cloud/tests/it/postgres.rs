//! PostgreSQL of the machine's own: one for each deployment, ended with it, bounded as AWS's, and as far away.

use std::time::{Duration, Instant};

use cloud::{Aws, Caller, Cloud, CloudConfig, Delay, Deployment, Distribution, Parameters, Profile, StoreCalls};
use require::require;
use tokio::net::TcpStream;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};
use ways::{Axis, Store};

use super::deployment::{tiny_server, way};

const COUNT: &str =
    "INSERT INTO counts VALUES ('hits', 1) ON CONFLICT (key) DO UPDATE SET count = counts.count + 1 RETURNING count";

/// Whether the program that is the store is here.
fn engine() -> Result<(), String> {
    cloud::engine(Store::Postgres).map(drop).ok_or_else(|| "apt-get install postgresql".to_owned())
}

/// How a deployment's service connects, and the server's host and port.
fn place(deployment: &Deployment) -> (Config, String) {
    let store = deployment.environment()["STORE"].strip_suffix("/hits").unwrap().to_owned();
    let server = store.split_once('@').unwrap().1.split_once('/').unwrap().0.to_owned();
    (store.parse().unwrap(), server)
}

async fn connect(config: &Config, server: &str) -> Result<Client, tokio_postgres::Error> {
    let stream = TcpStream::connect(server).await.unwrap();
    let (client, connection) = config.connect_raw(stream, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn connected(deployment: &Deployment) -> Client {
    let (config, server) = place(deployment);
    let client = connect(&config, &server).await.unwrap();
    client.batch_execute("CREATE TABLE IF NOT EXISTS counts (key text PRIMARY KEY, count bigint)").await.unwrap();
    client
}

async fn count(client: &Client) -> i64 {
    client.query_one(COUNT, &[]).await.unwrap().get(0)
}

/// Shared memory of System V that processes of this machine made, by who made it; nothing where the system has no list of it.
fn shared_memory() -> Vec<String> {
    let list = std::fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
    list.lines().skip(1).filter_map(|line| line.split_whitespace().nth(4).map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_deployment_has_a_server_which_ends_with_it_and_leaves_nothing() {
    let Some(()) = require("postgres", engine()) else { return };
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    let first = cloud.deploy(way("ec2-postgres"), &tiny_server()).await.unwrap();
    let second = cloud.deploy(way("fargate-postgres"), &tiny_server()).await.unwrap();
    let (one, other) = (connected(&first).await, connected(&second).await);
    assert_eq!((count(&one).await, count(&one).await, count(&other).await), (1, 2, 1));
    let state: String = one.query_one("SELECT pg_read_file('postmaster.pid')", &[]).await.unwrap().get(0);
    let (pid, folder) = (state.lines().next().unwrap(), state.lines().nth(1).unwrap());
    assert!(std::path::Path::new(folder).exists());
    let (_, address) = place(&first);
    first.stop().await;
    let ended = std::iter::repeat_with(|| {
        std::thread::sleep(Duration::from_millis(10));
        std::net::TcpStream::connect(&address).is_err() && !shared_memory().iter().any(|maker| maker == pid)
    });
    assert!(ended.take(500).any(|ended| ended), "{address} still answers, or its memory is left");
    assert!(!std::path::Path::new(folder).exists());
    assert_eq!(count(&other).await, 2);
    second.stop().await;
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_wants_its_password_and_synchronises_what_it_acknowledges() {
    let Some(()) = require("postgres", engine()) else { return };
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    let deployment = cloud.deploy(way("ec2-postgres"), &tiny_server()).await.unwrap();
    let (mut stranger, server) = place(&deployment);
    let refused = connect(stranger.password("guessed"), &server).await.unwrap_err();
    assert_eq!(refused.code(), Some(&SqlState::INVALID_PASSWORD));
    let one = connected(&deployment).await;
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(
            one.query_one(&format!("SHOW {setting}"), &[]).await.unwrap().get::<_, String>(0),
            "on",
            "{setting}"
        );
    }
    deployment.stop().await;
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_so_many_connections_as_the_store_that_it_stands_for() {
    let Some(()) = require("postgres", engine()) else { return };
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    for store in [Store::Postgres, Store::Aurora] {
        let deployment = cloud.deploy(way(&format!("ec2-{store}")), &tiny_server()).await.unwrap();
        let (config, server) = place(&deployment);
        let most = store.facts().connections.unwrap().server;
        let mut clients = vec![];
        for _ in 0..most {
            clients.push(connect(&config, &server).await.unwrap());
        }
        let refused = connect(&config, &server).await.unwrap_err();
        assert_eq!(refused.code(), Some(&SqlState::TOO_MANY_CONNECTIONS));
        clients.pop();
        let begun = Instant::now();
        while connect(&config, &server).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "a connection that was closed is not given again");
        }
        deployment.stop().await;
    }
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_statements_take_the_time_of_their_hops() {
    let Some(()) = require("postgres", engine()) else { return };
    let ms = |p50| Distribution::new(p50, p50 * 1.5, "a test").unwrap();
    let calls = StoreCalls { read: ms(19.0), write: ms(123.0) };
    let of = Parameters {
        store: [(Store::Postgres, calls.clone())].into(),
        connect: ms(37.0),
        ..(*Parameters::committed()).clone()
    };
    let profile = Profile::Aws(Aws { seed: 42, parameters: of.clone().into(), caller: Caller::InRegion });
    let cloud = Cloud::start(CloudConfig { profile, ..CloudConfig::default() }).await.unwrap();
    let deployment = cloud.deploy(way("ec2-postgres"), &tiny_server()).await.unwrap();
    let stream = |hop: &str, it: &Distribution| Delay::new(it.clone(), 42, &format!("ec2-postgres/{hop}"));
    let (read, write) = (stream("store-read", &calls.read), stream("store-write", &calls.write));
    let (config, server) = place(&deployment);
    let begun = Instant::now();
    let client = connect(&config, &server).await.unwrap();
    // Who it is, and two messages of the proof.
    let least = stream("connect", &of.connect).draw() + (0..3).map(|_| read.draw()).sum::<Duration>();
    assert!(begun.elapsed() >= least, "{:?} {least:?}", begun.elapsed());
    let begun = Instant::now();
    client.batch_execute("CREATE TABLE counts (key text PRIMARY KEY, count bigint)").await.unwrap();
    assert!(begun.elapsed() >= write.draw());
    let begun = Instant::now();
    let (add, get) = (client.prepare(COUNT).await.unwrap(), client.prepare("SELECT count FROM counts").await.unwrap());
    assert!(begun.elapsed() >= read.draw() + read.draw());
    for counted in 1..=3_i64 {
        let begun = Instant::now();
        assert_eq!(client.query_one(&add, &[]).await.unwrap().get::<_, i64>(0), counted);
        assert!(begun.elapsed() >= write.draw());
        let begun = Instant::now();
        assert_eq!(client.query_one(&get, &[]).await.unwrap().get::<_, i64>(0), counted);
        assert!(begun.elapsed() >= read.draw() && begun.elapsed() < Duration::from_millis(100));
    }
    deployment.stop().await;
    cloud.shutdown().await;
}
