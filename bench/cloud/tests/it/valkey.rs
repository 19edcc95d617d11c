//! The store that is a server of the machine's own: one for each deployment, ended with it, and as far away as AWS's.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cloud::{Aws, Caller, Cloud, CloudConfig, Delay, Deployment, Distribution, Parameters, Profile, StoreCalls};
use require::require;
use ways::{Axis, Store};

use super::deployment::{constant_function, tiny_server, way};

/// Whether a program that is the store is on the path.
fn engine() -> Result<(), String> {
    let engine = Store::Valkey.facts().engine.as_ref().unwrap();
    let runs = |program: &String| std::process::Command::new(program).arg("--version").output().is_ok();
    if engine.programs.iter().any(runs) { Ok(()) } else { Err(format!("apt-get install {}", engine.package)) }
}

/// The store's host and port.
fn server(deployment: &Deployment) -> String {
    let store = deployment.environment()["STORE"].strip_prefix("valkey://").unwrap();
    store.strip_suffix("/hits").unwrap().to_owned()
}

/// Sends a command, and gives the first line of the answer.
fn ask(stream: &mut TcpStream, command: &[u8]) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(command).unwrap();
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        line.extend(byte);
    }
    String::from_utf8(line).unwrap().trim_end().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_deployment_has_a_server_which_ends_with_it() {
    let Some(()) = require("valkey", engine()) else { return };
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    let first = cloud.deploy(way("ec2-valkey"), &tiny_server()).await.unwrap();
    let second = cloud.deploy(way("fargate-valkeynode"), &tiny_server()).await.unwrap();
    let mut one = TcpStream::connect(server(&first)).unwrap();
    let mut other = TcpStream::connect(server(&second)).unwrap();
    assert_eq!(ask(&mut one, b"INCRBY hits 2\r\n"), ":2");
    assert_eq!(ask(&mut other, b"INCRBY hits 1\r\n"), ":1");
    let address = server(&first);
    first.stop().await;
    let ended = std::iter::repeat_with(|| {
        std::thread::sleep(Duration::from_millis(10));
        TcpStream::connect(&address).is_err()
    });
    assert!(ended.take(500).any(|ended| ended), "{address} still answers");
    assert_eq!(ask(&mut other, b"INCRBY hits 1\r\n"), ":2");
    second.stop().await;
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_commands_take_the_time_of_their_hops() {
    let Some(()) = require("valkey", engine()) else { return };
    let ms = |p50| Distribution::new(p50, p50 * 1.5, "a test").unwrap();
    let calls = StoreCalls { read: ms(19.0), write: ms(23.0) };
    let of = Parameters {
        store: [(Store::Valkey, calls.clone())].into(),
        connect: ms(37.0),
        ..(*Parameters::committed()).clone()
    };
    let connect_cpu = of.connect_cpu.duration().div_f64(of.vcpu_speed.factor);
    let profile = Profile::Aws(Aws { seed: 42, parameters: of.clone().into(), caller: Caller::InRegion });
    let cloud = Cloud::start(CloudConfig { profile, ..CloudConfig::default() }).await.unwrap();
    let deployment = cloud.deploy(way("ec2-valkey"), &tiny_server()).await.unwrap();
    let stream = |hop: &str, it: &Distribution| Delay::new(it.clone(), 42, &format!("ec2-valkey/{hop}"));
    let (read, write) = (stream("store-read", &calls.read), stream("store-write", &calls.write));
    let mut connect = Some(stream("connect", &of.connect).plus(connect_cpu));
    let mut store = TcpStream::connect(server(&deployment)).unwrap();
    for count in 1..=3 {
        let begun = Instant::now();
        assert_eq!(ask(&mut store, b"*2\r\n$4\r\nINCR\r\n$4\r\nhits\r\n"), format!(":{count}"));
        let first = connect.take().map(|hop| hop.draw()).unwrap_or_default();
        assert!(begun.elapsed() >= write.draw() + first);
        let begun = Instant::now();
        assert_eq!(ask(&mut store, b"*2\r\n$3\r\nGET\r\n$4\r\nhits\r\n"), "$1");
        // Its value has a line of its own, which the next answer would begin with.
        let mut value = [0; 3];
        store.read_exact(&mut value).unwrap();
        assert!(begun.elapsed() >= read.draw());
    }
    deployment.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_functions_start_takes_the_way_into_the_vpc_besides() {
    let Some(()) = require("valkey", engine()) else { return };
    let ms = |p50| Distribution::new(p50, p50 * 1.5, "a test").unwrap();
    let (cold, vpc) = (ms(120.0), ms(170.0));
    let of = Parameters { cold: cold.clone(), cold_vpc: vpc.clone(), ..(*Parameters::committed()).clone() };
    let profile = Profile::Aws(Aws { seed: 42, parameters: of.into(), caller: Caller::InRegion });
    let cloud = Cloud::start(CloudConfig { profile, ..CloudConfig::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut deployment = cloud.deploy(way("lambda-valkey"), &constant_function(folder.path())).await.unwrap();
    let drawn = |it: &Distribution, hop: &str| Delay::new(it.clone(), 42, &format!("lambda-valkey/{hop}")).draw();
    let least = drawn(&cold, "cold") + drawn(&vpc, "vpc");
    let start = deployment.cold_call("/hits").await.unwrap();
    assert!(start.total >= least + start.init, "{start:?} {least:?}");
    deployment.stop().await;
    cloud.shutdown().await;
}
