//! The `aws` profile from outside: no call is quicker than the delays that were drawn for it, and each hop's delays
//! are those of its own stream. How exact they are, `cargo bench -p cloud --bench profile` shows.

use std::time::{Duration, Instant};

use cloud::{Aws, Caller, Cloud, CloudConfig, Delay, Deployment, Distribution, Parameters, Profile, StoreCalls};

use ways::{Front, Store};

use super::deployment::{constant_function, tiny_server, way};

const SEED: u64 = 42;

/// All hops long enough to be distinguished from what the machine takes, no two alike.
fn parameters() -> Parameters {
    let ms = |p50| Distribution::new(p50, p50 * 1.5, "a test").unwrap();
    Parameters {
        network: ms(5.0),
        front: [(Front::Alb, ms(7.0)), (Front::Nlb, ms(9.0)), (Front::HttpApi, ms(11.0))].into(),
        invoke: ms(13.0),
        cold: ms(200.0),
        cold_vpc: ms(150.0),
        efs_commit: ms(17.0),
        store: [
            (Store::Dynamodb, StoreCalls { read: ms(19.0), write: ms(23.0) }),
            (Store::S3, StoreCalls { read: ms(29.0), write: ms(31.0) }),
        ]
        .into(),
        connect: ms(37.0),
        ..(*Parameters::committed()).clone()
    }
}

fn aws() -> Aws {
    Aws { seed: SEED, parameters: parameters().into(), caller: Caller::InRegion }
}

async fn cloud(aws: Aws) -> Cloud {
    Cloud::start(CloudConfig { profile: Profile::Aws(aws), ..CloudConfig::default() }).await.unwrap()
}

/// The stream that a hop of a way must feel, drawn beside it.
fn stream(way: &str, hop: &str, distribution: &Distribution) -> Delay {
    Delay::new(distribution.clone(), SEED, &format!("{way}/{hop}"))
}

/// Calls three times and holds each call against the sum of what its hops draw.
async fn check(deployment: &Deployment, path: &str, hops: &[Delay]) {
    for _ in 0..3 {
        let least: Duration = hops.iter().map(Delay::draw).sum();
        let begun = Instant::now();
        deployment.call(path).await.unwrap();
        let took = begun.elapsed();
        assert!(took >= least, "{}: {took:?} is less than {least:?}", deployment.way());
        assert!(took < least + Duration::from_secs(2), "{}: {took:?} is far from {least:?}", deployment.way());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_to_a_server_feels_network_front_and_file() {
    let cloud = cloud(aws()).await;
    let of = parameters();
    for (name, hops) in [
        ("ec2", vec![("network", &of.network)]),
        ("k8s", vec![("network", &of.network), ("front", &of.front[&Front::Nlb])]),
        ("fargate", vec![("network", &of.network), ("front", &of.front[&Front::Alb]), ("file", &of.efs_commit)]),
    ] {
        let hops: Vec<_> = hops.into_iter().map(|(hop, distribution)| stream(name, hop, distribution)).collect();
        let deployment = cloud.deploy(way(name), &tiny_server()).await.unwrap();
        check(&deployment, "/hits", &hops).await;
        deployment.stop().await;
    }
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_to_a_function_feels_network_front_and_invoke_and_a_cold_one_the_residual() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = cloud(aws()).await;
    let (name, of) = ("lambda-dynamodb", parameters());
    let hops = [("network", &of.network), ("front", &of.front[&Front::HttpApi]), ("invoke", &of.invoke)]
        .map(|(hop, distribution)| stream(name, hop, distribution));
    let mut deployment = cloud.deploy(way(name), &constant_function(folder.path())).await.unwrap();
    let residual = stream(name, "cold", &of.cold).draw();
    let least: Duration = hops.iter().map(Delay::draw).sum::<Duration>() + residual;
    let cold = deployment.cold_call("/hits").await.unwrap();
    assert!(cold.total >= least + cold.init, "{cold:?} {least:?}");
    check(&deployment, "/hits", &hops).await;
    deployment.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_has_a_delay_of_its_own_for_reads_writes_and_new_connections() {
    let cloud = cloud(aws()).await;
    let of = parameters();
    // An instance of one vCPU, at the speed of an AWS one.
    let connect_cpu = of.connect_cpu.duration().div_f64(of.vcpu_speed.factor);

    let s3_way = cloud.deploy(way("ec2-s3"), &tiny_server()).await.unwrap();
    let s3 = super::sdk::s3(&s3_way.environment()["AWS_ENDPOINT_URL_S3"]);
    let bucket = s3_way.environment()["STORE"].strip_prefix("s3://").unwrap().split_once('/').unwrap().0;
    let calls = &of.store[&Store::S3];
    let (get, put) = (stream("ec2-s3", "store-read", &calls.read), stream("ec2-s3", "store-write", &calls.write));
    let connect = stream("ec2-s3", "connect", &of.connect).plus(connect_cpu);
    for first in [true, false] {
        let begun = Instant::now();
        s3.put_object().bucket(bucket).key("k").body(b"1".to_vec().into()).send().await.unwrap();
        assert!(begun.elapsed() >= put.draw() + if first { connect.draw() } else { Duration::ZERO });
        let begun = Instant::now();
        s3.get_object().bucket(bucket).key("k").send().await.unwrap();
        assert!(begun.elapsed() >= get.draw());
    }

    let dynamodb_way = cloud.deploy(way("ec2-dynamodb"), &tiny_server()).await.unwrap();
    let dynamodb = super::sdk::dynamodb(&dynamodb_way.environment()["AWS_ENDPOINT_URL_DYNAMODB"]);
    let table = dynamodb_way.environment()["STORE"].strip_prefix("dynamodb://").unwrap().split_once('/').unwrap().0;
    let id = aws_sdk_dynamodb::types::AttributeValue::S("k".into());
    let calls = &of.store[&Store::Dynamodb];
    let (read, write) =
        (stream("ec2-dynamodb", "store-read", &calls.read), stream("ec2-dynamodb", "store-write", &calls.write));
    for _ in 0..3 {
        let begun = Instant::now();
        dynamodb.put_item().table_name(table).item("id", id.clone()).send().await.unwrap();
        assert!(begun.elapsed() >= write.draw());
        let begun = Instant::now();
        dynamodb.get_item().table_name(table).key("id", id.clone()).send().await.unwrap();
        assert!(begun.elapsed() >= read.draw());
    }
    // What the lab itself reads goes past the door that delays.
    assert_ne!(cloud.endpoints().dynamodb, dynamodb_way.environment()["AWS_ENDPOINT_URL_DYNAMODB"]);
    super::sdk::dynamodb(&cloud.endpoints().dynamodb).list_tables().send().await.unwrap();
    s3_way.stop().await;
    dynamodb_way.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_wait_side_by_side() {
    let network = Distribution::new(500.0, 501.0, "a test").unwrap();
    let parameters = Parameters { network, ..parameters() }.into();
    let cloud = cloud(Aws { parameters, ..aws() }).await;
    let deployment = cloud.deploy(way("ec2"), &tiny_server()).await.unwrap();
    let begun = Instant::now();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let url = deployment.url().trim_start_matches("http://").to_owned();
        calls.spawn(async move {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let mut stream = tokio::net::TcpStream::connect(&url).await.unwrap();
            stream.write_all(b"GET /hits HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
            assert!(stream.read(&mut [0; 64]).await.unwrap() > 0);
        });
    }
    calls.join_all().await;
    // One after the other they would take 25 seconds.
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_studys_client_calls_no_more_often_than_its_share_allows() {
    let mut parameters = parameters();
    parameters.network = Distribution::new(0.01, 0.02, "a test").unwrap();
    parameters.study_client.cpu_ms = 4.0;
    parameters.study_client.vcpus = 0.1;
    let cloud = cloud(Aws { seed: SEED, parameters: parameters.into(), caller: Caller::Study }).await;
    let deployment = cloud.deploy(way("ec2"), &tiny_server()).await.unwrap();
    let url = deployment.url().trim_start_matches("http://").to_owned();
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(&url).await.unwrap();
    let begun = Instant::now();
    for _ in 0..5 {
        stream.write_all(b"GET /hits HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        assert!(stream.read(&mut [0; 512]).await.unwrap() > 0);
    }
    // The first waits for 4 ms of CPU time, each of the others for 40 ms since the one before.
    assert!(begun.elapsed() >= Duration::from_millis(164), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_says_how_its_cpu_share_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let expected = match cloud::process::cpu_support() {
        Ok(hierarchy) => cloud::process::CpuApplied::Cgroup(hierarchy),
        Err(reason) => cloud::process::CpuApplied::NotApplied(reason),
    };
    let slow = cloud(aws()).await;
    let server = slow.deploy(way("fargate"), &tiny_server()).await.unwrap();
    assert_eq!(server.cpu_applied(), Some(expected.clone()));
    let mut function = slow.deploy(way("lambda-s3"), &constant_function(folder.path())).await.unwrap();
    assert_eq!(function.cpu_applied(), None);
    function.cold_call("/").await.unwrap();
    assert_eq!(function.cpu_applied(), Some(expected));

    let bare = Cloud::start(CloudConfig::default()).await.unwrap();
    let server = bare.deploy(way("fargate"), &tiny_server()).await.unwrap();
    assert_eq!(server.cpu_applied(), Some(cloud::process::CpuApplied::Unlimited));
}
