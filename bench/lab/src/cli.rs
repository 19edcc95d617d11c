//! The command line: commands and their arguments.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use measure::run::Part;
use ways::{Update, Way};

use crate::commands::choose::{Choose, Named, SizeOf, TrafficOf};
use crate::commands::cost::Cost;
use crate::commands::export::Export;
use crate::commands::init::Init;
use crate::commands::merge::Merge;
use crate::commands::prices::Prices;
use crate::commands::report::Report;
use crate::commands::runs::Runs;
use crate::completion;
use deploy::api_access::Network;
use deploy::backend::Place;
use deploy::name::Name;
use deploy::options::{Context, Domain, MachineImage};
use deploy::region::Region;

/// Compares ways to deploy one small service.
#[derive(Debug, Parser)]
#[command(name = "lab", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What is wrong with a command line, in one line with what would be right; nothing where help or the version is to be
/// shown.
#[must_use]
pub fn refusal(error: &clap::Error) -> Option<String> {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return None;
    }
    let text = error.to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // The usage of a command is `--help`'s.
    let kept = lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"));
    Some(kept.collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned())
}

/// What the lab can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure ways, and print the table.
    Bench(Bench),
    /// Start ways, and keep them up until Ctrl-C.
    Up(Up),
    /// List the ways.
    Ways(Ways),
    /// Print a run of before.
    Report(Report),
    /// List the runs of before, query them by SQL, or archive them as Parquet.
    Runs(Runs),
    /// Put the shards of a run together, which several machines measured.
    Merge(Merge),
    /// Show what ways cost, and from how many calls on another is cheaper.
    Cost(Cost),
    /// Rank all ways at all sizes, and show what decides and what would change it.
    Choose(Choose),
    /// Show a way at every size: latency by segment, cost, the knee.
    Size(SizeOf),
    /// Show what traffic makes of ways: cold starts, refused calls, latency and cost over calls per second.
    Traffic(TrafficOf),
    /// The prices that costs are worked out with.
    #[command(subcommand)]
    Prices(Prices),
    /// Create a way on AWS: plan and cost are shown first.
    Deploy(Deploy),
    /// List what is deployed from here.
    Deployments(Deployments),
    /// Delete a deployment from AWS, and check that nothing is left of it.
    Destroy(Destroy),
    /// Write the app.toml of a service of your own.
    Init(Init),
    /// Write the Terraform of a way of a service of your own.
    Export(Export),
    /// Check for the required tools, and show what is not available without them.
    Doctor {
        /// Install what is missing: runs the checkout's `./setup`
        #[arg(long)]
        fix: bool,
    },
    /// Print the JSON schema of run.json.
    Schema,
    /// The load generator: the lab starts itself so, in a process of its own.
    #[command(hide = true, disable_help_flag = true)]
    Load {
        /// As `load::arguments` makes them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Arguments of `lab bench`.
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// Ways to measure: `lab ways --all` lists them [default: the catalogue]; with `--target aws`, deployments [default: all]
    #[arg(value_name = "WAY", add = completion::ways())]
    pub names: Vec<String>,
    /// Measure a service of your own in the counter's place: the folder with its app.toml (`lab init` writes one).
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["target", "probe", "build", "update", "as_published"])]
    pub app: Option<PathBuf>,
    /// Every valid way at its default size; what this machine can't run is left out with the reason.
    #[arg(long, conflicts_with_all = ["names", "app", "target"])]
    pub all: bool,
    /// Measure one part of the ways, chosen by their names: 3/8, or auto/8 in a Kubernetes Indexed Job or an AWS Batch array job
    #[arg(long, value_name = "I/N", requires = "anchor", conflicts_with_all = ["app", "target"])]
    pub shard: Option<Part>,
    /// The way that each shard measures too, for `lab merge` to compare machines by: one that varies little, as lambda-dynamodb
    #[arg(long, value_name = "WAY", requires = "shard", add = completion::ways())]
    pub anchor: Option<Way>,
    /// Where the ways run: here, or on AWS, where they were deployed.
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    pub target: Target,
    /// With `--target aws`: call from the probe beside each deployment, not from here.
    #[arg(long)]
    pub probe: bool,
    /// Call from so many probes at once, too: each makes its share of `--rate`, and all begin at one time.
    #[arg(long, value_name = "N", requires_all = ["probe", "rate"], value_parser = clap::value_parser!(u32).range(1..=200))]
    pub probes: Option<u32>,
    /// With `--probes`: how long they call, in seconds.
    #[arg(long, value_name = "S", requires = "probes", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=300))]
    pub seconds: u32,
    /// With `--probes`: refuse a load that may cost more US dollars than this.
    #[arg(long, value_name = "USD", requires = "probes", default_value_t = 1.0, value_parser = usd)]
    pub usd_max: f64,
    /// A run of seconds: fewer calls, wider intervals.
    #[arg(long)]
    pub quick: bool,
    /// How the services are built; a language without an idiomatic build shows its tuned one.
    #[arg(long, value_enum, default_value_t, value_name = "BUILD")]
    pub build: Builds,
    /// Rounds over all ways, of which the intervals are made; calls and cold starts are divided by them [default: 3, on AWS 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: Option<u32>,
    /// Also load each way with so many calls a second, due at random whether or not others are answered (open-loop).
    #[arg(long, value_name = "R", value_parser = rate)]
    pub rate: Option<f64>,
    /// Also load each way so at 10, 25, 50, 75 and 90 % of the calls a second that it was found to answer.
    #[arg(long, conflicts_with = "rate")]
    pub sweep: bool,
    /// How the services count: exactly, or with the original study's lost updates.
    #[arg(long, value_parser = words_of_update(), default_value_t, value_name = "HOW")]
    pub update: Update,
    /// Measure here, predict AWS, or both.
    #[arg(long, value_enum, default_value_t, value_name = "PROFILE")]
    pub profile: Profiles,
    /// Seed of the predicted delays: the same seed gives the same delays.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Predict the original study's eight rows as its authors measured them, and show the errors against its table.
    #[arg(long, conflicts_with_all = [
        "names", "all", "shard", "build", "profile", "update", "target", "rounds", "rate", "sweep"
    ])]
    pub as_published: bool,
    /// Leave out of the run what describes its machine: kernel, processor, memory, clock, compiler.
    #[arg(long)]
    pub without_machine: bool,
    /// Print the run as JSON instead of the table.
    #[arg(long)]
    pub json: bool,
    /// Folder for the run, new or empty [default: .lab/runs/TIME]
    #[arg(long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// Go on with an interrupted run: measure what is missing, by the same plan.
    #[arg(long, value_name = "RUN", conflicts_with_all = [
        "names", "all", "shard", "app", "target", "probe", "probes", "quick", "build", "rounds", "rate", "sweep", "update",
        "profile", "seed", "as_published", "output", "without_machine"
    ])]
    pub resume: Option<PathBuf>,
}

/// Calls a second: at most a million, which no generator of one machine makes.
fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| *rate > 0.0 && *rate <= 1e6);
    rate.ok_or_else(|| "calls a second are a number above 0, and at most 1000000".to_owned())
}

/// US dollars that may be spent.
fn usd(text: &str) -> Result<f64, String> {
    let usd = text.parse::<f64>().ok().filter(|usd| *usd >= 0.0 && usd.is_finite());
    usd.ok_or_else(|| "US dollars are a number from 0 on".to_owned())
}

/// Arguments of `lab up`.
#[derive(Debug, clap::Args)]
pub struct Up {
    /// Ways to start: `lab ways --all` lists them [default: those of the catalogue that this machine can run]
    #[arg(value_name = "WAY", add = completion::ways())]
    pub ways: Vec<Named>,
    /// Start a service of your own: the folder with its app.toml.
    #[arg(long, value_name = "FOLDER", conflicts_with = "update")]
    pub app: Option<PathBuf>,
    /// How the services count: exactly, or with the original study's lost updates.
    #[arg(long, value_parser = words_of_update(), default_value_t, value_name = "HOW")]
    pub update: Update,
    /// Print `export` lines for a shell, and then nothing more: `source <(lab up --env WAY)`.
    #[arg(long)]
    pub env: bool,
    /// As slow as AWS, by the parameters of predictions: its processors' shares and its hops' delays.
    #[arg(long)]
    pub slow: bool,
}

/// The words for how services count, with those that are valid in the message on another.
fn words_of_update() -> impl TypedValueParser<Value = Update> {
    PossibleValuesParser::new(Update::ALL.map(Update::word)).try_map(|word| word.parse::<Update>())
}

/// Where the ways of a run are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Target {
    /// In the local cloud.
    #[default]
    Here,
    /// On AWS.
    Aws,
}

/// Which builds of a way's service a run takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Builds {
    /// As the language's community ships it.
    #[default]
    Idiomatic,
    /// As we made it: what `lab up` and `lab deploy` take.
    Tuned,
    /// Both, a row each.
    Both,
}

/// Which profiles of the local cloud a run takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Profiles {
    /// Both: measured here, predicted on AWS.
    #[default]
    Both,
    /// As fast as this machine allows: measured.
    Bare,
    /// On AWS: predicted.
    Aws,
}

/// Arguments of `lab ways`.
#[derive(Debug, clap::Args)]
pub struct Ways {
    /// Ways to list, with a size after an `@` where it is not the default [default: the catalogue]
    #[arg(value_name = "WAY", add = completion::ways())]
    pub ways: Vec<Way>,
    /// Every valid way, not only the catalogue.
    #[arg(long, conflicts_with = "ways")]
    pub all: bool,
    /// All facts about ways as JSON: what Nix and the build scripts read as ways.json.
    #[arg(long, conflicts_with_all = ["ways", "all", "json"])]
    pub facts: bool,
    /// As JSON: an array, each way with its parts.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `lab deploy`.
#[derive(Debug, clap::Args)]
pub struct Deploy {
    /// The way: `lab ways --all` lists them
    #[arg(value_name = "WAY", add = completion::ways())]
    pub way: Way,
    /// Show what would be made and what it costs; make nothing.
    #[arg(long)]
    pub plan: bool,
    /// Show what the account lacks for it, and the policy that whoever deploys it needs; make nothing.
    #[arg(long, conflicts_with_all = ["plan", "yes", "artifact", "backend", "no_wait"])]
    pub preflight: bool,
    /// Make it without a confirmation.
    #[arg(long, conflicts_with = "plan")]
    pub yes: bool,
    /// The AWS region [default: AWS_REGION, AWS_DEFAULT_REGION, or the original study's]
    #[arg(long, value_name = "REGION")]
    pub region: Option<Region>,
    /// Its name, which is in the names of everything that is made [default: the way's, and four letters]
    #[arg(long, value_name = "NAME")]
    pub name: Option<Name>,
    /// Fargate: run on Spot capacity, which AWS may end at any time.
    #[arg(long)]
    pub spot: bool,
    /// A domain name in a Route 53 zone of the account: TLS at the balancer or API.
    #[arg(long, value_name = "DOMAIN")]
    pub domain: Option<Domain>,
    /// The zone that the domain is in [default: the domain without its first label]
    #[arg(long, value_name = "ZONE", requires = "domain")]
    pub zone: Option<Domain>,
    /// Put the load generator beside it, to measure in the region.
    #[arg(long)]
    pub probe: bool,
    /// `k8s`: put it on an existing cluster, by a context of kubectl's; kOps is not needed.
    #[arg(long, value_name = "CONTEXT")]
    pub context: Option<Context>,
    /// `k8s`: the worker's machine image, by an AMI's id [default: kOps' own]
    #[arg(long, value_name = "AMI")]
    pub node_image: Option<MachineImage>,
    /// Kubernetes: a network from which the cluster's API is reached; may be repeated [default: this machine's public
    /// address]
    #[arg(long, value_name = "NETWORK", conflicts_with = "context")]
    pub api_access: Vec<Network>,
    /// Deploy this file: a zip, an image's archive, a disk [default: what `nix build .#WAY` makes]
    #[arg(long, value_name = "FILE", conflicts_with = "plan")]
    pub artifact: Option<PathBuf>,
    /// Keep the state in a bucket: s3://BUCKET/PREFIX [default: in .lab/deployments]
    #[arg(long, value_name = "URL", conflicts_with = "plan")]
    pub backend: Option<Place>,
    /// Don't wait until it answers.
    #[arg(long, conflicts_with = "plan")]
    pub no_wait: bool,
}

/// Arguments of `lab deployments`.
#[derive(Debug, clap::Args)]
pub struct Deployments {
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `lab destroy`.
#[derive(Debug, clap::Args)]
pub struct Destroy {
    /// The deployment: `lab deployments` lists them
    #[arg(value_name = "NAME")]
    pub name: Name,
    /// Remove it without a confirmation.
    #[arg(long)]
    pub yes: bool,
    /// How long AWS may go on listing what is deleted, before that counts as left.
    #[arg(long, value_name = "TIME", default_value = "3min", value_parser = humantime::parse_duration)]
    pub wait: Duration,
}
