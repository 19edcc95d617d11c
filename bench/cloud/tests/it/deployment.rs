//! Ways put together from their parts, with a tiny server for the service.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cloud::{Artifact, Cloud, CloudConfig, Deployment, Entrypoint};
use ways::Way;

use crate::listener::{closed, listening};

/// An example's executable.
fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().and_then(Path::parent).unwrap();
    profile.join("examples").join(name)
}

/// The example that stands for the counter.
pub(crate) fn tiny_server() -> Artifact {
    server(&example("tiny_server"))
}

fn server(program: &Path) -> Artifact {
    Artifact::Server { package: program.to_owned(), entrypoint: Entrypoint::program(program) }
}

fn function(package: &str) -> Artifact {
    Artifact::Function { package: package.into(), runtime: None, extension: None }
}

pub(crate) fn way(name: &str) -> Way {
    name.parse().unwrap()
}

/// What Lambda's own API has of a deployment's function.
fn described(cloud: &Cloud, deployment: &Deployment) -> String {
    let (endpoint, name) = (cloud.endpoints().lambda, deployment.function_name().unwrap());
    let address = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let path = format!("/2015-03-31/functions/{name}");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn reason(error: &cloud::CloudError) -> String {
    std::error::Error::source(error).unwrap().to_string()
}

async fn deploy(cloud: &Cloud, name: &str) -> Deployment {
    cloud.deploy(way(name), &tiny_server()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_server_way_comes_up_answers_and_goes() {
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    for name in [
        "ec2",
        "ec2-alb",
        "ec2-s3-nlb",
        "fargate",
        "fargate-dynamodb-direct",
        "k8s",
        "k8s-file-alb",
        "eks-dynamodb",
        "fargate-s3@0.5x1024",
    ] {
        let mut deployment = deploy(&cloud, name).await;
        let cold = deployment.cold_call("/hits").await.unwrap();
        assert_eq!(&cold.body[..], b"1", "{name}");
        assert!(cold.init <= cold.total, "{name}: {cold:?}");
        assert!(deployment.peak_memory_bytes().unwrap() > 0);
        let pids = deployment.process_ids();
        assert_eq!(pids.len(), 1);
        let address = deployment.url().trim_start_matches("http://").to_owned();
        let listener = listening(&address);
        assert!(listener.is_some(), "{name}: {address}");
        deployment.stop().await;
        assert!(!PathBuf::from(format!("/proc/{}", pids[0])).exists(), "{name}");
        closed(&address, listener).await;
    }
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_gets_the_environment_of_its_parts_and_no_other() {
    let config = CloudConfig { service_env: [("COUNTER_UPDATE".into(), "atomic".into())].into(), ..Default::default() };
    let cloud = Cloud::start(config).await.unwrap();
    let endpoints = cloud.endpoints();
    for (name, store, others) in [
        ("ec2", "memory:", vec![]),
        ("fargate", "file:///", vec!["AWS_EXECUTION_ENV=AWS_ECS_FARGATE".to_owned()]),
        ("k8s-s3", "s3://k8s-s3-", vec![format!("AWS_ENDPOINT_URL_S3={}", endpoints.s3)]),
        ("ec2-dynamodb", "dynamodb://ec2-dynamodb-", vec![format!("AWS_ENDPOINT_URL_DYNAMODB={}", endpoints.dynamodb)]),
    ] {
        let mut deployment = deploy(&cloud, name).await;
        let env = String::from_utf8(deployment.cold_call("/env").await.unwrap().body.to_vec()).unwrap();
        let mut lines: Vec<&str> = env.lines().collect();
        let stored = lines.iter().position(|line| line.starts_with("STORE=")).unwrap();
        assert!(lines.remove(stored).starts_with(&format!("STORE={store}")), "{name}: {env}");
        let common = [
            "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
            "AWS_REGION=eu-west-2",
            "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "COUNTER_UPDATE=atomic",
            "LISTEN=127.0.0.1:0",
            "PATH=/usr/local/bin:/usr/bin:/bin",
        ];
        let mut expected: Vec<&str> = common.into_iter().chain(others.iter().map(String::as_str)).collect();
        expected.sort_unstable();
        lines.sort_unstable();
        assert_eq!(lines, expected, "{name}");
        deployment.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_takes_its_bucket_table_and_folder_with_it() {
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    let s3 = super::sdk::s3(&cloud.endpoints().s3);
    let dynamodb = super::sdk::dynamodb(&cloud.endpoints().dynamodb);
    let buckets = async || s3.list_buckets().send().await.unwrap().buckets().len();
    let tables = async || dynamodb.list_tables().send().await.unwrap().table_names().len();
    let (first, second, third) =
        (deploy(&cloud, "ec2-s3").await, deploy(&cloud, "ec2-s3").await, deploy(&cloud, "k8s-dynamodb").await);
    assert_eq!((buckets().await, tables().await), (2, 1));
    first.stop().await;
    assert_eq!(buckets().await, 1);
    drop((second, third));
    assert_eq!((buckets().await, tables().await), (0, 0));

    let mut filed = deploy(&cloud, "fargate").await;
    let env = String::from_utf8(filed.cold_call("/env").await.unwrap().body.to_vec()).unwrap();
    let file = env.lines().find_map(|line| line.strip_prefix("STORE=file://")).unwrap();
    let folder = PathBuf::from(file).parent().unwrap().to_owned();
    assert!(folder.is_dir());
    filed.stop().await;
    assert!(!folder.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_can_not_start_says_why_and_leaves_nothing() {
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    let refused = cloud.deploy(way("ec2"), &server(Path::new("/bin/false"))).await.err().unwrap();
    assert_eq!(refused.to_string(), "ec2 did not start");
    assert_eq!(reason(&refused), "the server ended before it was ready (exit status 1): nothing on standard error");
    let refused = cloud.deploy(way("ec2"), &function("function.zip")).await.err().unwrap();
    assert_eq!(reason(&refused), "it runs a server, and `function.zip` is none");
    let refused = cloud.deploy(way("lambda-s3"), &tiny_server()).await.err().unwrap();
    assert!(reason(&refused).starts_with("it runs a function, and `"), "{refused:?}");
    let refused = cloud.deploy(way("lambda-s3"), &function("no.zip")).await.err().unwrap();
    assert_eq!(refused.to_string(), "lambda-s3 did not start");
    assert_eq!(reason(&refused), "cannot open the package no.zip; build it first");
    let buckets = super::sdk::s3(&cloud.endpoints().s3).list_buckets().send().await.unwrap();
    assert_eq!(buckets.buckets().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_answer_that_is_not_200_fails_the_cold_call() {
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    let mut deployment = deploy(&cloud, "ec2").await;
    let failed = deployment.cold_call("/nowhere").await.unwrap_err();
    assert_eq!(failed.to_string(), "the first call to ec2 was answered 404 Not Found: not found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_by_itself_is_reported() {
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    let deployment = deploy(&cloud, "ec2").await;
    assert_eq!(deployment.ended(), None);
    let pid = rustix::process::Pid::from_raw(deployment.process_ids()[0]).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let ended = async {
        while deployment.ended().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), ended).await.unwrap();
    assert_eq!(deployment.ended().unwrap(), "signal: killed: nothing on standard error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_is_started_again_where_it_was_and_reported() {
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    for name in ["ec2", "fargate"] {
        let mut deployment = deploy(&cloud, name).await;
        let (url, first) = (deployment.url().to_owned(), deployment.process_ids()[0]);
        let (report, mut reports) = tokio::sync::mpsc::unbounded_channel();
        let kept = async {
            deployment.keep_up(|happened| drop(report.send(happened.to_string()))).await;
        };
        let watched = async {
            rustix::process::kill_process(
                rustix::process::Pid::from_raw(first).unwrap(),
                rustix::process::Signal::KILL,
            )
            .unwrap();
            let ended = reports.recv().await.unwrap();
            assert!(ended.starts_with("the server ended by itself (signal: killed"), "{name}: {ended}");
            assert_eq!(reports.recv().await.unwrap(), "the server is up again", "{name}");
        };
        tokio::select! {
            () = kept => unreachable!("it is kept up for ever"),
            () = watched => {}
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("{name} is not up again"),
        }
        assert_eq!(deployment.url(), url, "{name}");
        assert_ne!(deployment.process_ids(), [first], "{name}");
        assert_eq!(deployment.call("/hits").await.unwrap().0, 200, "{name}");
        deployment.stop().await;
    }
    cloud.shutdown().await;
}

/// As where the temporary folder is mounted noexec: the caller gets AWS's plain 500, so somebody else has to hear why.
#[tokio::test(flavor = "multi_thread")]
async fn why_invocations_fail_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("function.zip");
    zip::ZipWriter::new(File::create(&package).unwrap()).finish().unwrap();
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    let mut deployment = cloud.deploy(way("lambda-s3"), &function(package.to_str().unwrap())).await.unwrap();
    let url = deployment.url().to_owned();
    let (report, mut reports) = tokio::sync::mpsc::unbounded_channel();
    let kept = async {
        deployment.keep_up(|happened| drop(report.send(happened.to_string()))).await;
    };
    let called = async {
        assert_eq!(crate::lambda_support::get(format!("{url}/hits")).await.status, 500);
        let reported = reports.recv().await.unwrap();
        assert!(
            reported.starts_with("invocations that failed: 1; the last: Runtime.InvalidEntrypoint: "),
            "{reported}"
        );
    };
    tokio::select! {
        () = kept => unreachable!("it is kept up for ever"),
        () = called => {}
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("nothing is reported"),
    }
    cloud.shutdown().await;
}

/// A deployment package with the example that answers a constant.
pub(crate) fn constant_function(folder: &Path) -> Artifact {
    let package = folder.join("function.zip");
    let mut zip = zip::ZipWriter::new(File::create(&package).unwrap());
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options).unwrap();
    std::io::copy(&mut File::open(example("function-constant")).unwrap(), &mut zip).unwrap();
    zip.finish().unwrap();
    Artifact::Function { package, runtime: None, extension: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_way_comes_up_answers_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let package = constant_function(folder.path());
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    for name in ["lambda-dynamodb", "lambda-s3-function-url", "lambda-dynamodb-alb", "lambdaimage-s3"] {
        let mut deployment = cloud.deploy(way(name), &package).await.unwrap();
        let (shown, image) = (described(&cloud, &deployment), name.starts_with("lambdaimage"));
        assert_eq!(shown.contains(r#""PackageType":"Image""#), image, "{name}: {shown}");
        assert_eq!(shown.contains(r#""Handler":"#), !image, "{name}: {shown}");
        assert_eq!((deployment.process_ids(), deployment.peak_memory_bytes()), (vec![], None), "{name}");
        let mut environments = Vec::new();
        for _ in 0..2 {
            let cold = deployment.cold_call("/hits").await.unwrap();
            assert_eq!(&cold.body[..], b"1", "{name}");
            assert!(cold.init > Duration::ZERO && cold.init <= cold.total, "{name}: {cold:?}");
            environments.extend(deployment.process_ids());
        }
        assert_eq!(environments.len(), 2, "{name}");
        assert_ne!(environments[0], environments[1], "{name}: each cold call has an environment of its own");
        assert!(deployment.peak_memory_bytes().unwrap() > 0);
        let address = deployment.url().trim_start_matches("http://").to_owned();
        let listener = listening(&address);
        assert!(listener.is_some(), "{name}: {address}");
        deployment.stop().await;
        assert!(!environments.iter().any(|pid| PathBuf::from(format!("/proc/{pid}")).exists()), "{name}");
        closed(&address, listener).await;
    }
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_function_takes_its_environments_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::start(CloudConfig::default()).await.unwrap();
    let mut deployment = cloud.deploy(way("lambda-s3"), &constant_function(folder.path())).await.unwrap();
    deployment.cold_call("/").await.unwrap();
    let environment = PathBuf::from(format!("/proc/{}", deployment.process_ids()[0]));
    assert!(environment.exists());
    drop(deployment);
    let ended = async {
        while environment.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), ended).await.unwrap();
}
