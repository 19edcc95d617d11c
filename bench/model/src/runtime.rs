//! What is known of Lambda's runtimes from public data: how long their starts take, and what a first call does to the
//! processor. `lambda-perf.toml` has it, made by `cargo run -p model --example calibrate`.

use std::sync::LazyLock;
use std::time::Duration;

use serde::Deserialize;
use ways::{Arch, ArtifactKind, Axis, Language, Way};

use crate::bandwidth::{Bandwidth, Share};
use crate::distribution::{Shape, normal_quantile};

/// Memory that buys one vCPU, in MB: "Configure Lambda function memory".
const MB_PER_VCPU: f64 = 1769.0;

/// Phases of the period, and CPU times, that a mean first call is made of.
const PHASES: usize = 64;
const SPREADS: usize = 16;

/// All rows of `lambda-perf.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtimes {
    /// Of which data, by whom, under which licence.
    pub source: String,
    /// Starts.
    pub init: Vec<Init>,
    /// First calls.
    pub first_call: Vec<FirstCall>,
}

/// Which runtime a row is about. A row of a family stands for versions that have none of their own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Runtime {
    /// Its name there: `python313`, `rust_on_provided_al2023`; or a family's, `python`.
    pub runtime: String,
    /// `zip` or `image`.
    pub package: String,
    /// The instruction set.
    pub arch: Arch,
}

/// How long a start of a program that does nothing takes (Init Duration), whatever its memory: ms.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Init {
    /// Which.
    #[serde(flatten)]
    pub runtime: Runtime,
    /// The body's median.
    pub median_ms: f64,
    /// The standard deviation of the logarithm.
    pub sigma: f64,
    /// Share of slow starts.
    pub slow_weight: f64,
    /// How much slower.
    pub slow_factor: f64,
}

/// What a first call takes (Duration).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct FirstCall {
    /// Which.
    #[serde(flatten)]
    pub runtime: Runtime,
    /// Beside the processor, in ms.
    pub fixed_ms: f64,
    /// CPU time, in ms: the median.
    pub cpu_ms: f64,
    /// The standard deviation of its logarithm.
    pub sigma: f64,
}

impl Runtimes {
    /// Those that are committed.
    ///
    /// # Panics
    /// Never in a build whose tests pass: they read the same bytes.
    #[must_use]
    pub fn committed() -> &'static Self {
        static COMMITTED: LazyLock<Runtimes> = LazyLock::new(|| {
            toml::from_str(include_str!("../lambda-perf.toml")).expect("a test reads the committed lambda-perf.toml")
        });
        &COMMITTED
    }

    /// The start of a runtime, or of its family.
    #[must_use]
    pub fn init(&self, runtime: &str, package: &str, arch: Arch) -> Option<&Init> {
        let row = |name: &str| self.init.iter().find(|row| row.runtime.is(name, package, arch));
        row(runtime).or_else(|| row(Self::family(runtime)?))
    }

    /// The first call of a runtime, or of its family.
    #[must_use]
    pub fn first_call(&self, runtime: &str, package: &str, arch: Arch) -> Option<&FirstCall> {
        let row = |name: &str| self.first_call.iter().find(|row| row.runtime.is(name, package, arch));
        row(runtime).or_else(|| row(Self::family(runtime)?))
    }

    /// The family that a runtime's name in the data begins with.
    #[must_use]
    pub fn family(runtime: &str) -> Option<&'static str> {
        let families = ["python", "nodejs", "ruby", "java", "dotnet", "go", "rust", "cpp", "llrt"];
        families.into_iter().find(|family| runtime.starts_with(family))
    }

    /// The start of a way's function, by its package and by the runtime that `ways.toml` has of its language. A custom runtime
    /// (`provided.al2023`) is an executable: what its start takes beyond its own work is the sandbox's, whatever the language,
    /// and Rust's is the leanest.
    #[must_use]
    pub fn of(&self, way: Way) -> Option<&Init> {
        self.init(&Self::name(way.language)?, Self::package(way.compute.facts().artifact)?, way.arch)
    }

    /// What the data calls a function's package; nothing of what no function is deployed as.
    fn package(artifact: ArtifactKind) -> Option<&'static str> {
        match artifact {
            ArtifactKind::Zip => Some("zip"),
            ArtifactKind::ContainerImage => Some("image"),
            ArtifactKind::DiskImage | ArtifactKind::Templates => None,
        }
    }

    /// What the data calls the runtime of a language's functions; nothing of a language that has none.
    #[must_use]
    pub fn name(language: Language) -> Option<String> {
        let name = &language.facts().runtime.as_ref()?.name;
        Some(match name.strip_prefix("provided.") {
            Some(system) => format!("rust_on_provided_{system}"),
            None => name.replace('.', ""),
        })
    }
}

impl Runtime {
    fn is(&self, runtime: &str, package: &str, arch: Arch) -> bool {
        self.runtime == runtime && self.package == package && self.arch == arch
    }
}

impl Init {
    /// Body and slow mode, in ms.
    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape {
            median: self.median_ms,
            sigma: self.sigma,
            slow_weight: self.slow_weight,
            slow_factor: self.slow_factor,
        }
    }
}

impl FirstCall {
    /// Its mean at so much memory, held over such a period, in ms.
    #[must_use]
    pub fn mean_ms(&self, memory_mb: f64, period: Duration) -> f64 {
        let share = Share::new(memory_mb / MB_PER_VCPU, period);
        let at = |index: usize, count: usize| (index as f64 + 0.5) / count as f64;
        let mean = (0..PHASES * SPREADS).map(|index| {
            let cpu_ms = self.cpu_ms * (self.sigma * normal_quantile(at(index % SPREADS, SPREADS))).exp();
            Bandwidth::new(share, at(index / SPREADS, PHASES)).run(0.0, cpu_ms)
        });
        self.fixed_ms + mean.sum::<f64>() / (PHASES * SPREADS) as f64
    }
}
