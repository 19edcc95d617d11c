//! A warm call of a Rust function that returns a constant: ours beside cargo-lambda and AWS's emulator.
//!
//! Every process shares one core, so that no wake-up crosses cores, and the targets take turns, so that what
//! else the machine does falls on all. All serve the same function over HTTP to the same blocking client.
//! Peers are found in `PATH` or by `LAB_CARGO_LAMBDA` and `LAB_RIE`; a missing one is named and left out.

mod client;

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use client::{Client, Failure};
use cloud::{
    front::http_api,
    lambda::{FunctionConfig, Lambda, LambdaConfig},
};
use rustix::thread::{CpuSet, sched_setaffinity};

/// Rounds, and calls of each target in each: enough for a steady median within a minute altogether.
const ROUNDS: usize = 7;
const CALLS: usize = 2_000;

/// Callers at once, and calls of each of them in a round.
const CALLERS: usize = 16;
const CALLS_EACH: usize = 400;

/// A peer that does not answer within this is left out.
const PATIENCE: Duration = Duration::from_secs(10);

const INVOKE: &str = "/2015-03-31/functions";
const EVENT: &str = r#"{"a":1}"#;

fn main() -> Result<(), Failure> {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return function_constant::main();
    }
    if let Some(code) = env::args().skip_while(|argument| argument != "--serve").nth(1) {
        return serve(Path::new(&code));
    }
    // The last core is least likely to serve interrupts.
    let core = thread::available_parallelism()?.get() - 1;
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores)?;

    let code = tempfile::tempdir()?;
    let function = env::current_exe()?;
    symlink(&function, code.path().join("bootstrap"))?;
    let ours = Ours::start(code.path())?;
    let mut targets = vec![
        Target::new("ours, Invoke", &ours.invoke, &format!("{INVOKE}/constant/invocations"), Some(EVENT)),
        Target::new("ours, HTTP API", &ours.front, "/", None),
    ];
    let cargo_lambda = CargoLambda::start(&function, 1);
    match &cargo_lambda {
        Ok(peer) => {
            targets.push(Target::new(
                "cargo-lambda, invoke",
                &peer.address,
                &format!("{INVOKE}/_/invocations"),
                Some(EVENT),
            ));
            targets.push(Target::new("cargo-lambda, HTTP", &peer.address, "/", None));
        }
        Err(reason) => println!("cargo-lambda is missing: {reason}"),
    }
    let rie = Rie::start(&function);
    match &rie {
        Ok(peer) => {
            targets.push(Target::new(
                "AWS's RIE, invoke",
                &peer.address,
                &format!("{INVOKE}/function/invocations"),
                Some(EVENT),
            ));
        }
        Err(reason) => println!("AWS's runtime interface emulator is missing: {reason}"),
    }
    println!("one caller, core {core}, {ROUNDS} rounds of {CALLS} calls: p50 (p99) in µs of each round");
    let latencies = rounds(&targets, |target| target.latency(CALLS));
    print_table(&targets, &latencies, |it: &Latency| format!("{:.0} ({:.0})", it.p50, it.p99));
    let p50 = |round: &[Option<Latency>], target: usize| round.get(target)?.as_ref().map(|it| it.p50);
    print_ratio("HTTP API ÷ cargo-lambda HTTP, bar ≤ 0.85", &latencies, |round| {
        Some(p50(round, 1)? / p50(round, 3)?)
    });
    print_ratio("Invoke ÷ RIE, bar ≤ 0.80", &latencies, |round| Some(p50(round, 0)? / p50(round, 4)?));
    drop((cargo_lambda, rie));

    let many = CargoLambda::start(&function, CALLERS);
    let mut targets = vec![Target::new("ours, HTTP API", &ours.front, "/", None)];
    if let Ok(peer) = &many {
        targets.push(Target::new("cargo-lambda, HTTP", &peer.address, "/", None));
    }
    println!("{CALLERS} callers, {ROUNDS} rounds of {CALLS_EACH} calls each: calls/s (errors)");
    let rates = rounds(&targets, Target::throughput);
    print_table(&targets, &rates, |it: &Rate| format!("{:.0} ({})", it.per_second, it.errors));
    print_ratio("calls/s ÷ cargo-lambda's, bar ≥ 1.2", &rates, |round| {
        Some(round.first()?.as_ref()?.per_second / round.get(1)?.as_ref()?.per_second)
    });
    Ok(())
}

/// The example beside this bench: `cargo bench` builds no examples, so it is built here where cargo runs us.
/// This program as the function that all targets serve, the tests' own: they start it with the Runtime API's address.
#[path = "../examples/function-constant.rs"]
mod function_constant;

/// Our cloud, as a process of its own like the peers.
struct Ours {
    _host: Killed,
    invoke: String,
    front: String,
}

impl Ours {
    fn start(code: &Path) -> Result<Self, Failure> {
        let mut host = Command::new(env::current_exe()?).arg("--serve").arg(code).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let stdout = host.stdout.take().ok_or("stdout is piped")?;
        let host = Killed(host);
        BufReader::new(stdout).read_line(&mut line)?;
        let (invoke, front) = line.trim().split_once(' ').ok_or("our own host did not start")?;
        Ok(Self { invoke: invoke.into(), front: front.into(), _host: host })
    }
}

fn serve(code: &Path) -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let lambda = Lambda::start(LambdaConfig::default()).await?;
        let function = lambda.create_function(FunctionConfig::new("constant", code))?;
        let front = http_api::serve(function).await?;
        let address = |url: String| url.replace("http://", "");
        println!("{} {}", address(lambda.endpoint()), address(front.url()));
        std::future::pending::<()>().await;
        Ok(())
    })
}

/// cargo-lambda's APIs, with function processes that we start, so that it has nothing to compile.
struct CargoLambda {
    address: String,
    _processes: Vec<Killed>,
    _project: tempfile::TempDir,
}

impl CargoLambda {
    fn start(function: &Path, environments: usize) -> Result<Self, Failure> {
        let program = peer("LAB_CARGO_LAMBDA", "cargo-lambda")?;
        let project = tempfile::tempdir()?;
        fs::create_dir(project.path().join("src"))?;
        fs::write(project.path().join("src/main.rs"), "fn main() {}\n")?;
        let manifest = "[package]\nname = \"constant\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
        fs::write(project.path().join("Cargo.toml"), manifest)?;
        let port = free_port()?;
        let address = format!("127.0.0.1:{port}");
        let mut watch = Command::new(program);
        watch.args(["lambda", "watch", "--only-lambda-apis", "--ignore-changes", "--invoke-address", "127.0.0.1"]);
        watch.args(["--invoke-port", &port.to_string(), "--concurrency", &environments.to_string()]);
        let mut processes = vec![Killed(quiet(&mut watch).current_dir(project.path()).spawn()?)];
        wait_for(&address)?;
        for _ in 0..environments {
            let mut runtime = Command::new(function);
            runtime.env("AWS_LAMBDA_RUNTIME_API", format!("http://{address}/.rt")).envs(FUNCTION_VARIABLES);
            processes.push(Killed(quiet(&mut runtime).spawn()?));
        }
        thread::sleep(Duration::from_millis(300));
        Ok(Self { address, _processes: processes, _project: project })
    }
}

/// AWS's emulator around one function process.
struct Rie {
    address: String,
    _process: Killed,
}

impl Rie {
    fn start(function: &Path) -> Result<Self, Failure> {
        let program = peer("LAB_RIE", "aws-lambda-rie")?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let api = format!("127.0.0.1:{}", free_port()?);
        let mut emulator = Command::new(program);
        emulator.args(["--runtime-interface-emulator-address", &address, "--runtime-api-address", &api]);
        emulator.args(["--log-level", "error"]).arg(function).envs(FUNCTION_VARIABLES);
        let process = Killed(quiet(&mut emulator).spawn()?);
        wait_for(&address)?;
        Ok(Self { address, _process: process })
    }
}

const FUNCTION_VARIABLES: [(&str, &str); 3] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "constant"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
];

fn peer(variable: &str, name: &str) -> Result<PathBuf, Failure> {
    if let Some(path) = env::var_os(variable) {
        return Ok(path.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| format!("no `{name}` in PATH; set {variable} to it").into())
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn wait_for(address: &str) -> Result<(), Failure> {
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_err() {
        if Instant::now() > until {
            return Err(format!("nothing listens on {address}").into());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// A child that is killed when it goes out of scope.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Target {
    name: &'static str,
    address: String,
    request: String,
}

struct Latency {
    p50: f64,
    p99: f64,
}

struct Rate {
    per_second: f64,
    errors: usize,
}

impl Target {
    fn new(name: &'static str, address: &str, path: &str, body: Option<&str>) -> Self {
        let request = match body {
            Some(body) => format!(
                "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            ),
            None => format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nuser-agent: bench\r\n\r\n"),
        };
        Self { name, address: address.into(), request }
    }

    /// Percentiles are the value at rank ⌈p·n⌉ of the sorted calls.
    fn latency(&self, calls: usize) -> Result<Latency, Failure> {
        let mut client = Client::connect(&self.address, PATIENCE)?;
        for _ in 0..100 {
            client.call(&self.request)?;
        }
        let mut samples = Vec::with_capacity(calls);
        for _ in 0..calls {
            let begun = Instant::now();
            client.call(&self.request)?;
            samples.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        samples.sort_by(f64::total_cmp);
        Ok(Latency { p50: samples[calls.div_ceil(2) - 1], p99: samples[(calls * 99).div_ceil(100) - 1] })
    }

    fn throughput(&self) -> Result<Rate, Failure> {
        // Once without a clock, so that every caller has an environment.
        self.all_callers(10);
        let begun = Instant::now();
        let errors = self.all_callers(CALLS_EACH);
        Ok(Rate { per_second: (CALLERS * CALLS_EACH) as f64 / begun.elapsed().as_secs_f64(), errors })
    }

    fn all_callers(&self, calls: usize) -> usize {
        thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(|| self.caller(calls))).collect();
            callers.into_iter().map(|caller| caller.join().unwrap_or(calls)).sum()
        })
    }

    fn caller(&self, calls: usize) -> usize {
        let Ok(mut client) = Client::connect(&self.address, PATIENCE) else { return calls };
        (0..calls).filter(|_| client.call(&self.request).is_err()).count()
    }
}

/// Lets the targets take turns. A failure of one is printed and leaves a gap.
fn rounds<T>(targets: &[Target], measure: impl Fn(&Target) -> Result<T, Failure>) -> Vec<Vec<Option<T>>> {
    let measure = |target: &Target| measure(target).map_err(|error| println!("{}: {error}", target.name)).ok();
    (0..ROUNDS).map(|_| targets.iter().map(measure).collect()).collect()
}

fn print_table<T>(targets: &[Target], rounds: &[Vec<Option<T>>], show: impl Fn(&T) -> String) {
    for (column, target) in targets.iter().enumerate() {
        print!("  {:<24}", target.name);
        for round in rounds {
            print!("{:>14}", round[column].as_ref().map_or("-".into(), &show));
        }
        println!();
    }
}

fn print_ratio<T>(name: &str, rounds: &[Vec<Option<T>>], ratio: impl Fn(&[Option<T>]) -> Option<f64>) {
    let mut ratios: Vec<f64> = rounds.iter().filter_map(|round| ratio(round)).collect();
    let shown: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    ratios.sort_by(f64::total_cmp);
    match ratios.get(ratios.len() / 2) {
        Some(median) => println!("  {name}: median {median:.2}, by round {}", shown.join(" ")),
        None => println!("  {name}: not measured"),
    }
}
