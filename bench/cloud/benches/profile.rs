//! How exact the `aws` profile is: each hop's delay end to end against its distribution, each CPU share against the
//! CPU time used.
//!
//! A hop is measured alone: all others are made next to nothing. Beside it a control runs: the same call under `bare`,
//! before which the caller's own thread sleeps the same delays. What the control takes beyond its delays is the bare
//! call's and the machine's, and is taken off at each percentile. Bars: p50 and p99 within 5 % or 0.2 ms; CPU time
//! within 5 % of the share.

mod client;

use std::{
    fs,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use client::{Client, Failure};
use cloud::process::{CpuShare, Limits, Process, ProcessSpec, cpu_support};
use cloud::{
    Artifact, Aws, Caller, Cloud, CloudConfig, Delay, Deployment, Distribution, Entrypoint, Parameters, Profile,
    StoreCalls,
};

use ways::{Front, Store};

/// Calls per hop.
const CALLS: usize = 5_000;

/// Callers of a long hop, so that it is through in a minute; one caller measures a short one most exactly.
const CALLERS: usize = 25;

/// A median from which a hop is long.
const LONG_MS: f64 = 5.0;

/// The first delays of a connection are not the hop's.
const WARM_UP: usize = 1;

const PATIENCE: Duration = Duration::from_secs(10);

const SEED: u64 = 1;

/// How long each share is watched: a hundred of the longest periods.
const WATCHED: Duration = Duration::from_secs(10);

/// A hop: its name in streams, the way that has it, how it is called, and where its parameter is.
struct Hop {
    name: &'static str,
    stream: &'static str,
    way: &'static str,
    call: Call,
    parameter: fn(&mut Parameters) -> &mut Distribution,
}

/// What is called.
#[derive(Clone, Copy)]
enum Call {
    /// The way, at its front.
    Front,
    /// Its store, at the endpoint that the way's service gets: a DynamoDB operation.
    DynamoDb(&'static str),
    /// A request to S3. It is not signed, and refused once it has waited.
    S3(&'static str),
}

const HOPS: [Hop; 13] = [
    hop("network", "network", "ec2", Call::Front, |of| &mut of.network),
    hop("ALB", "front", "ec2-alb", Call::Front, |of| front(of, Front::Alb)),
    hop("NLB", "front", "ec2-nlb", Call::Front, |of| front(of, Front::Nlb)),
    hop("HTTP API", "front", "lambda-dynamodb", Call::Front, |of| front(of, Front::HttpApi)),
    hop("function URL", "front", "lambda-dynamodb-function-url", Call::Front, |of| front(of, Front::FunctionUrl)),
    hop("invoke", "invoke", "lambda-dynamodb", Call::Front, |of| &mut of.invoke),
    hop("EFS commit", "file", "fargate", Call::Front, |of| &mut of.efs_commit),
    hop("EBS commit", "file", "ec2-file", Call::Front, |of| &mut of.ebs_commit),
    hop("DynamoDB read", "store-read", "ec2-dynamodb", Call::DynamoDb("GetItem"), |of| {
        &mut store(of, Store::Dynamodb).read
    }),
    hop("DynamoDB write", "store-write", "ec2-dynamodb", Call::DynamoDb("UpdateItem"), |of| {
        &mut store(of, Store::Dynamodb).write
    }),
    hop("S3 GET", "store-read", "ec2-s3", Call::S3("GET"), |of| &mut store(of, Store::S3).read),
    hop("S3 PUT", "store-write", "ec2-s3", Call::S3("PUT"), |of| &mut store(of, Store::S3).write),
    hop("50 callers", "front", "ec2-alb", Call::Front, |of| front(of, Front::Alb)),
];

fn front(parameters: &mut Parameters, front: Front) -> &mut Distribution {
    parameters.front.get_mut(&front).expect("it adds a delay")
}

fn store(parameters: &mut Parameters, store: Store) -> &mut StoreCalls {
    parameters.store.get_mut(&store).expect("it is called over the network")
}

const fn hop(
    name: &'static str,
    stream: &'static str,
    way: &'static str,
    call: Call,
    parameter: fn(&mut Parameters) -> &mut Distribution,
) -> Hop {
    Hop { name, stream, way, call, parameter }
}

fn main() -> Result<(), Failure> {
    let artifacts = Artifacts::build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("hops, {CALLS} calls each, ms; p50 / p99; shown: end to end, less what the control adds");
    println!(
        "  {:<16}{:>16}{:>16}{:>16}{:>16}{:>10}{:>10}",
        "hop", "configured", "drawn", "control adds", "shown", "p50 off", "p99 off"
    );
    for hop in &HOPS {
        let mut committed = (*Parameters::committed()).clone();
        let configured = (hop.parameter)(&mut committed).clone();
        let callers = match hop.name {
            "50 callers" => 50,
            _ if configured.p50_ms() < LONG_MS => 1,
            _ => CALLERS,
        };
        let stream = Delay::new(configured.clone(), SEED, &format!("{}/{}", hop.way, hop.stream));
        let drawn: Vec<f64> = (0..CALLS).map(|_| stream.draw().as_secs_f64() * 1e3).collect();

        let control = Delay::new(configured.clone(), SEED, &format!("{}/{}", hop.way, hop.stream));
        let control = runtime.block_on(measure(hop, Profile::Bare, callers, Some(control), &artifacts))?;
        let mut parameters = silent();
        *(hop.parameter)(&mut parameters) = configured.clone();
        let aws = Aws { seed: SEED, parameters: parameters.into(), caller: Caller::InRegion };
        let delayed = runtime.block_on(measure(hop, Profile::Aws(aws), callers, None, &artifacts))?;

        let (drawn, control, delayed) = (quantiles(drawn), quantiles(control), quantiles(delayed));
        let beyond = (control.0 - drawn.0, control.1 - drawn.1);
        let shown = (delayed.0 - beyond.0, delayed.1 - beyond.1);
        let pair = |(p50, p99): (f64, f64)| format!("{p50:.2} / {p99:.2}");
        let off = |is: f64, should: f64| {
            let met = (is - should).abs() <= (should * 0.05).max(0.2);
            format!("{:+.2}{}", is - should, if met { "" } else { " !" })
        };
        println!(
            "  {:<16}{:>16}{:>16}{:>16}{:>16}{:>10}{:>10}",
            hop.name,
            pair((configured.p50_ms(), configured.p99_ms())),
            pair(drawn),
            pair(beyond),
            pair(shown),
            off(shown.0, configured.p50_ms()),
            off(shown.1, configured.p99_ms()),
        );
    }
    runtime.block_on(shares())
}

/// Parameters under which nothing is felt.
fn silent() -> Parameters {
    let mut parameters = (*Parameters::committed()).clone();
    let nothing = Distribution::new(1e-6, 2e-6, "nothing").expect("two percentiles in order");
    for hop in &HOPS {
        *(hop.parameter)(&mut parameters) = nothing.clone();
    }
    parameters.cold = nothing.clone();
    parameters.cold_vpc = nothing.clone();
    parameters.connect = nothing;
    parameters.connect_cpu.ms = 1e-6;
    // The CPU share is not what is measured here.
    parameters.vcpu_speed.factor = 20.0;
    parameters
}

struct Artifacts {
    server: Artifact,
    function: Artifact,
    _folder: tempfile::TempDir,
}

impl Artifacts {
    /// The examples beside this bench: `cargo bench` builds none, so they are built here.
    fn build() -> Result<Self, Failure> {
        let examples = ["tiny_server", "function-constant"];
        if let Some(cargo) = std::env::var_os("CARGO") {
            let examples = examples.iter().flat_map(|name| ["--example", name]);
            Command::new(cargo).args(["build", "--release", "--package", "cloud"]).args(examples).status()?;
        }
        let bench = std::env::current_exe()?;
        let built = |name: &str| -> Result<PathBuf, Failure> {
            let path = bench.ancestors().map(|folder| folder.join("examples").join(name)).find(|path| path.exists());
            path.ok_or_else(|| "build the examples first: cargo build --release -p cloud --examples".into())
        };
        let folder = tempfile::tempdir()?;
        let package = folder.path().join("function.zip");
        let mut zip = zip::ZipWriter::new(fs::File::create(&package)?);
        zip.start_file("bootstrap", zip::write::SimpleFileOptions::default().unix_permissions(0o755))?;
        std::io::copy(&mut fs::File::open(built(examples[1])?)?, &mut zip)?;
        zip.finish()?;
        let server = built(examples[0])?;
        let server = Artifact::Server { entrypoint: Entrypoint::program(&server), package: server };
        let function = Artifact::Function { package, runtime: None, extension: None };
        Ok(Self { server, function, _folder: folder })
    }
}

/// The latencies of all calls in ms, in no order.
async fn measure(
    hop: &Hop,
    profile: Profile,
    callers: usize,
    sleeps: Option<Delay>,
    artifacts: &Artifacts,
) -> Result<Vec<f64>, Failure> {
    let cloud = Cloud::start(CloudConfig { profile, ..CloudConfig::default() }).await?;
    let artifact = if hop.way.starts_with("lambda") { &artifacts.function } else { &artifacts.server };
    let deployment = cloud.deploy(hop.way.parse()?, artifact).await?;
    let (address, request) = request(hop.call, &deployment);
    let refused = matches!(hop.call, Call::S3(_));
    let samples = tokio::task::spawn_blocking(move || {
        thread::scope(|scope| {
            let callers: Vec<_> = (0..callers)
                .map(|_| scope.spawn(|| caller(&address, &request, refused, CALLS / callers, sleeps.as_ref())))
                .collect();
            let mut samples = Vec::with_capacity(CALLS);
            for caller in callers {
                samples.extend(caller.join().map_err(|_| "a caller panicked")??);
            }
            Ok::<_, Failure>(samples)
        })
    });
    let samples = samples.await??;
    deployment.stop().await;
    cloud.shutdown().await;
    Ok(samples)
}

fn request(call: Call, deployment: &Deployment) -> (String, String) {
    let address = |url: &str| url.trim_start_matches("http://").to_owned();
    let environment = deployment.environment();
    match call {
        Call::Front => {
            let address = address(deployment.url());
            let request = format!("GET /hits HTTP/1.1\r\nhost: {address}\r\n\r\n");
            (address, request)
        }
        Call::DynamoDb(operation) => {
            let address = address(&environment["AWS_ENDPOINT_URL_DYNAMODB"]);
            let table = environment["STORE"].trim_start_matches("dynamodb://").trim_end_matches("/hits");
            let update = match operation {
                "UpdateItem" => r#","UpdateExpression":"ADD hits :n","ExpressionAttributeValues":{":n":{"N":"1"}}"#,
                _ => "",
            };
            let body = format!(r#"{{"TableName":"{table}","Key":{{"id":{{"S":"hits"}}}}{update}}}"#);
            let request = format!(
                "POST / HTTP/1.1\r\nhost: {address}\r\nx-amz-target: DynamoDB_20120810.{operation}\r\n\
                 content-type: application/x-amz-json-1.0\r\nx-amz-date: 20260101T000000Z\r\n\
                 authorization: AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-2/dynamodb/aws4_request, \
                 SignedHeaders=host;x-amz-date;x-amz-target, Signature=0\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            (address, request)
        }
        Call::S3(method) => {
            let address = address(&environment["AWS_ENDPOINT_URL_S3"]);
            let request = format!("{method} /bucket/key HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0\r\n\r\n");
            (address, request)
        }
    }
}

fn caller(
    address: &str,
    request: &str,
    refused: bool,
    calls: usize,
    sleeps: Option<&Delay>,
) -> Result<Vec<f64>, Failure> {
    let mut client = Client::connect(address, PATIENCE)?;
    let mut samples = Vec::with_capacity(calls);
    for call in 0..WARM_UP + calls {
        let begun = Instant::now();
        if let Some(delay) = sleeps.filter(|_| call >= WARM_UP) {
            thread::sleep(delay.draw());
        }
        let answered = client.call(request);
        if !refused {
            answered?;
        }
        if call >= WARM_UP {
            samples.push(begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(samples)
}

/// Median and 99th percentile: the values at rank ⌈p·n⌉.
fn quantiles(mut samples: Vec<f64>) -> (f64, f64) {
    samples.sort_by(f64::total_cmp);
    (samples[samples.len().div_ceil(2) - 1], samples[(samples.len() * 99).div_ceil(100) - 1])
}

/// Busy processes under shares.
async fn shares() -> Result<(), Failure> {
    if let Err(reason) = cpu_support() {
        println!("CPU shares are not measured: {reason}");
        return Ok(());
    }
    println!("CPU shares, {} s of one busy loop each: CPU time used over wall time", WATCHED.as_secs());
    for (name, vcpus, period_ms) in [
        ("Lambda, 128 MB", 128.0 / 1769.0, 20),
        ("Lambda, 512 MB", 512.0 / 1769.0, 20),
        ("Fargate, 0.25 vCPU", 0.25, 100),
        ("Fargate, 0.5 vCPU", 0.5, 100),
    ] {
        let limits = Limits::default().with_cpu(Some(CpuShare { vcpus, period: Duration::from_millis(period_ms) }));
        let args = vec!["-c".into(), "while :; do :; done".into()];
        let spec = ProcessSpec { program: "/bin/sh".into(), args, limits, ..ProcessSpec::default() };
        let process = Process::spawn(spec).await?;
        let used = || -> Result<f64, Failure> {
            let stat = fs::read_to_string(format!("/proc/{}/schedstat", process.pid()))?;
            Ok(stat.split(' ').next().unwrap_or_default().parse::<f64>()? / 1e9)
        };
        tokio::time::sleep(Duration::from_millis(500)).await;
        let (begun, before) = (Instant::now(), used()?);
        tokio::time::sleep(WATCHED).await;
        let ratio = (used()? - before) / begun.elapsed().as_secs_f64();
        let off = ratio / vcpus - 1.0;
        let met = if off.abs() <= 0.05 { "" } else { " !" };
        println!(
            "  {name:<20}share {vcpus:.4}, used {ratio:.4}: {:+.1} %{met} ({})",
            off * 100.0,
            process.cpu_applied()
        );
    }
    Ok(())
}
