//! The shape of `ways.toml`: what is known of each value of an axis, and of the service wherever it runs.
//!
//! It must not compute: what follows from facts is in `model`, `name` and `size`.

mod store;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::axis::{Arch, Compute, Front, Kind, Language, Store};
use crate::build::Build;
use crate::size::{InstanceType, Sizes};

pub(crate) use store::complete;
pub use store::{AuroraCapacity, Engine, StoreConnections, StoreFacts, StoreInstance};

/// What holds of the service wherever it runs.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Where a server listens if nothing else is given.
    pub port: u16,
    /// The key of the count in its table or bucket, and the name of its file.
    pub counter: String,
    /// The folder of the count's file on a machine or in a container.
    pub folder: String,
    /// How others see whether it is healthy.
    pub health: Health,
    /// The variables that configure it.
    pub environment: Environment,
}

/// How a balancer and Kubernetes see whether the service is healthy.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// The path that a balancer requests: the process answers, whatever its store does.
    pub path: String,
    /// The path of a readiness check, which reads the count in the store.
    pub ready: String,
    /// Seconds between two checks of one target: by one node of a balancer, or of Kubernetes.
    pub interval_s: u32,
}

/// Names of environment variables.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Where to count: a store's URL.
    pub store: String,
    /// How to count: [`crate::Update`].
    pub update: String,
    /// The AWS region.
    pub region: String,
}

/// A compute: what may stand on it, and what it takes when a name leaves a part out.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ComputeFacts {
    /// Its name for people.
    pub title: String,
    /// Whether it runs a server or a function, or nothing at all.
    pub kind: Kind,
    /// Languages that it can run.
    pub languages: Vec<Language>,
    /// Stores that make sense there.
    pub stores: Vec<Store>,
    /// Fronts that it can stand behind.
    pub fronts: Vec<Front>,
    /// Instruction sets that it comes in.
    pub arches: Vec<Arch>,
    /// The language of a name that names none; absent where it is that of all computes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_language: Option<Language>,
    /// The store of a name that names none; absent where a name must say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_store: Option<Store>,
    /// The front of a name that names none.
    pub default_front: Front,
    /// How its size is given.
    pub sizes: Sizes,
    /// The size of a name that names none, by arch.
    pub default_size: ByArch,
    /// The control node's instance type, by arch, where kOps makes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane: Option<ByArch>,
    /// What is deployed.
    pub artifact: ArtifactKind,
    /// Whether it is Kubernetes, where kubectl deploys.
    #[serde(default)]
    pub cluster: bool,
    /// What the store `file` is on; absent where there is no such store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileStorage>,
    /// Whether it registers its targets with a balancer itself.
    #[serde(default)]
    pub registers: bool,
    /// In how many zones it wants subnets; absent where that is its front's to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<u32>,
    /// Where the service listens; absent where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// What lets a function run the server; absent where it runs a package of its own, and of servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<Adapter>,
    /// The longest that one invocation may take, in seconds; absent of servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<u32>,
    /// `AWS_EXECUTION_ENV`, where the compute sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_env: Option<String>,
    /// Its EBS volumes, in GiB, by what they are for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub volumes_gib: BTreeMap<String, u32>,
}

/// A compute that AWS lets nobody new have.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Closed {
    /// How names of it begin.
    pub(crate) words: Vec<String>,
    /// Why there is none, in words.
    pub(crate) reason: String,
    /// The compute that stands in its place.
    pub(crate) instead: Compute,
}

impl Closed {
    /// The name with the compute that stands in its place; nothing where it is not one of it.
    pub(crate) fn instead_of(&self, name: &str) -> Option<String> {
        let rest = self.words.iter().find_map(|word| name.strip_prefix(word.as_str()))?;
        (rest.is_empty() || rest.starts_with('-')).then(|| format!("{}{rest}", self.instead))
    }
}

/// What translates between a function's events and a server: AWS's Lambda Web Adapter, an extension.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    /// The crate that it is built from, to run on this machine.
    #[serde(rename = "crate")]
    pub crate_name: String,
    /// That crate's version.
    pub version: String,
    /// Its executable, and the name by which it registers.
    pub program: String,
    /// The account that publishes its layers.
    pub account: String,
    /// Its layer, with the version, by arch.
    pub layer: ByArch,
    /// The variables that configure it.
    pub environment: AdapterEnvironment,
    /// The program in its layer that starts a script in the place of a managed runtime.
    pub wrapper: String,
}

/// Names of environment variables.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AdapterEnvironment {
    /// The address at which the server listens.
    pub host: String,
    /// The port at which it listens.
    pub port: String,
    /// The path that it answers once it is ready.
    pub ready: String,
    /// Lambda's own: what is started in the place of a managed runtime.
    pub wrapper: String,
}

impl ComputeFacts {
    /// Which of a language's services it runs: a function runs the server where there is an adapter.
    #[must_use]
    pub fn service(&self) -> Kind {
        if self.adapter.is_some() { Kind::Server } else { self.kind }
    }

    /// The language of a name of it that names none.
    #[must_use]
    pub fn language(&self) -> Language {
        self.default_language.unwrap_or(crate::model().defaults.language)
    }

    /// The size of one of its EBS volumes, in GiB.
    ///
    /// # Panics
    /// When `ways.toml` has no such volume, which a test of what it costs rules out.
    #[must_use]
    pub fn volume_gib(&self, volume: &str) -> u32 {
        *self.volumes_gib.get(volume).expect("ways.toml has the volume: a test of the cost reads it")
    }
}

/// The same fact for each instruction set.
#[derive(Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct ByArch(BTreeMap<Arch, String>);

impl ByArch {
    /// The one of an instruction set.
    ///
    /// # Panics
    /// When `ways.toml` leaves it out, which a test rules out.
    #[must_use]
    pub fn of(&self, arch: Arch) -> &str {
        self.0.get(&arch).expect("ways.toml has it for every arch: a test reads it")
    }

    /// The one of an instruction set, as an instance type.
    #[must_use]
    pub fn instance(&self, arch: Arch) -> Option<InstanceType> {
        InstanceType::named(self.of(arch))
    }
}

/// What a way deploys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArtifactKind {
    /// A machine's disk.
    DiskImage,
    /// An image for a registry, which skopeo pushes.
    ContainerImage,
    /// A function's package.
    Zip,
    /// Mapping templates, which are a part of the Terraform.
    Templates,
}

/// What the store `file` is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileStorage {
    /// The machine's own EBS volume, which is there anyway.
    RootVolume,
    /// An EBS volume of its own, which outlives the node.
    OwnVolume,
    /// EFS: the compute has no disk that lasts.
    Efs,
}

/// A language.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageFacts {
    /// Its name for people.
    pub title: String,
    /// What runs its functions on Lambda; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Runtime>,
    /// Whether a process of it works on one call at a time, however many processors it has.
    #[serde(default)]
    pub single_threaded: bool,
    /// The builds that there are of its functions, of its servers, and of its integrations.
    pub builds: BTreeMap<Kind, Vec<Build>>,
    /// How large its functions' zips may be, in bytes; absent where it is what holds of most (`.ci/checks/test.sh`).
    #[serde(skip_serializing)]
    pub zip_bytes_max: Option<u32>,
    /// What its services are built and run with.
    #[serde(default, skip_serializing)]
    pub tools: Vec<Tool>,
    /// What is assumed of it where nothing was measured: nothing takes any time where nothing of it runs.
    #[serde(default, skip_serializing)]
    pub assumed: Assumed,
}

/// A tool of a language's: a program, a header that the C++ compiler finds, or what the language itself looks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// What it is called where it is looked for by more than its name.
    pub title: Option<String>,
    /// The program.
    pub program: Option<String>,
    /// The header.
    pub header: Option<String>,
    /// The Debian package that brings it; absent where Rust's own installer does.
    pub debian: Option<String>,
    /// Fedora's; absent where `setup` does not take it from here.
    pub fedora: Option<String>,
}

impl Tool {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        [&self.title, &self.program, &self.header].into_iter().flatten().next().map_or("", String::as_str)
    }
}

/// What is assumed of a language: what it is drawn from is explained in `ways.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumed {
    /// A function's own time for each call to its store, in milliseconds at 128 MB.
    pub call_ms: f64,
    /// A function's init phase, in milliseconds.
    pub init_ms: f64,
    /// Calls that a server answers per second of one whole vCPU.
    pub calls_per_vcpu_second: f64,
    /// What its image takes in ECR, in MB of compressed layers.
    pub image_mb: f64,
    /// CPU time of the start of a program without dependencies that answers `hello`, in milliseconds.
    pub hello_init_cpu_ms: f64,
    /// Where they come from, or that they are assumed.
    pub source: String,
}

/// A runtime of Lambda's.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// Lambda's identifier of it.
    pub name: String,
    /// The handler that it calls; `{store}` stands for the store's word.
    pub handler: String,
    /// What stands for it where an adapter has a function run the server; absent where there is no server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
}

/// A front.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FrontFacts {
    /// Its name for people.
    pub title: String,
    /// How it is a load balancer; absent where it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balancer: Option<Balancer>,
}

/// A load balancer.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Balancer {
    /// In how many zones it stands, with a node and a public address in each.
    pub zones: u32,
}

/// An instruction set.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ArchFacts {
    /// Its name for people.
    pub title: String,
    /// Its name in container images and in Kubernetes.
    pub oci: String,
}
