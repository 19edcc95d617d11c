//! Sizes: a function's memory, a task's vCPU and memory, an instance's type, a power. How each is written, which are valid, and
//! what a size comes to.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::axis::Arch;
use crate::export::number;
use crate::model::model;

/// How many sizes a refusal suggests.
const SUGGESTIONS: usize = 3;

/// What stands for the size of what has none.
const NONE: &str = "none";

/// How the size of a compute is given, and which sizes are valid.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sizes {
    /// By an instance's type.
    Instance,
    /// By the instance's type of a cluster's worker.
    Node(NodeSizes),
    /// By a function's memory.
    Memory(MemorySizes),
    /// By a task's vCPU and memory, which go together only as these rows have them.
    Task(Vec<TaskSizes>),
    /// By a power of Lightsail's.
    Power,
    /// Not at all: nothing runs.
    None,
}

/// The instances that a cluster's worker may be.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSizes {
    /// The least memory, in MiB, with which an instance has room for the cluster's own pods too.
    pub from_mib: u64,
}

/// The memory that a function may have.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MemorySizes {
    /// The least, in MiB.
    pub from_mib: u32,
    /// The most, in MiB. Every whole number between is valid.
    pub to_mib: u32,
    /// Memory that buys one vCPU, in MiB.
    pub mib_per_vcpu: u32,
    /// Those that are suggested.
    pub listed: Vec<u32>,
}

/// The memory that a task of so many vCPUs may have.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TaskSizes {
    /// Its vCPUs.
    #[serde(serialize_with = "number")]
    pub vcpu: f64,
    /// The least, in MiB.
    pub from_mib: u32,
    /// The most, in MiB.
    pub to_mib: u32,
    /// The step between, in MiB.
    pub step_mib: u32,
}

/// A size. It is made from its text, so it is valid for some compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Size {
    /// A function's memory in MiB: `512`.
    Memory {
        /// MiB.
        mib: u32,
    },
    /// A task's share of processors and its memory: `0.5x1024`.
    Task {
        /// 1,024ths of a vCPU, as ECS counts them.
        cpu_units: u32,
        /// MiB.
        mib: u32,
    },
    /// An instance's type: `t3.small`.
    Instance(InstanceType),
    /// A power of Lightsail's: `micro`.
    Power(Power),
    /// Of what has no processes: `none`, which stands in no name.
    None,
}

/// What a size comes to: nothing of any where nothing runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resources {
    /// Virtual CPUs, or a share of one.
    pub vcpu: f64,
    /// What of them can be used all the time: less than `vcpu` of a burstable instance.
    pub sustained_vcpu: f64,
    /// Memory in MiB.
    pub memory_mib: u64,
}

/// An instance type that `ways.toml` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceType(u8);

/// An instance type as `ways.toml` has it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceFacts {
    /// AWS's name of it.
    pub name: String,
    /// Its processor's instruction set.
    pub arch: Arch,
    /// Its virtual CPUs.
    #[serde(serialize_with = "number")]
    pub vcpu: f64,
    /// Its memory in MiB.
    pub memory_mib: u64,
    /// CPU credits that it earns in an hour, each worth a vCPU for a minute; absent where it is not burstable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credits_per_hour: Option<u32>,
    /// What it runs on.
    pub hypervisor: Hypervisor,
    /// Its generation, the digit in its name.
    pub generation: u8,
}

/// What an instance runs on: it decides how disks and networks look to the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hypervisor {
    /// Disks and networks are Xen's own.
    Xen,
    /// NVMe disks and ENA networks.
    Nitro,
}

/// A power of Lightsail's container services that `ways.toml` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Power(u8);

/// A power as `ways.toml` has it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PowerFacts {
    /// Lightsail's name of it.
    pub name: String,
    /// The virtual CPUs of a node, or its share of one.
    #[serde(serialize_with = "number")]
    pub vcpu: f64,
    /// Its memory in MiB.
    pub memory_mib: u64,
}

impl Power {
    /// Every power, in the order of `ways.toml`.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).take(model().power.len()).map(Self)
    }

    /// The power of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|one| one.facts().name == name)
    }

    /// What `ways.toml` has of it.
    #[must_use]
    pub fn facts(self) -> &'static PowerFacts {
        &model().power[usize::from(self.0)]
    }
}

impl fmt::Display for Power {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.facts().name)
    }
}

impl InstanceType {
    /// Every type, in the order of `ways.toml`.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).take(model().instance.len()).map(Self)
    }

    /// The type of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|one| one.facts().name == name)
    }

    /// What `ways.toml` has of it.
    #[must_use]
    pub fn facts(self) -> &'static InstanceFacts {
        &model().instance[usize::from(self.0)]
    }
}

impl InstanceFacts {
    /// What it can use once its credits are spent, without a surcharge; all of it where it is not burstable.
    #[must_use]
    pub fn sustained_vcpu(&self) -> f64 {
        self.credits_per_hour.map_or(self.vcpu, |credits| f64::from(credits) / 60.0)
    }
}

impl fmt::Display for InstanceType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.facts().name)
    }
}

impl Serialize for InstanceType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.facts().name)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory { mib } => write!(formatter, "{mib}"),
            Self::Task { cpu_units, mib } => write!(formatter, "{}x{mib}", f64::from(*cpu_units) / 1024.0),
            Self::Instance(instance) => instance.fmt(formatter),
            Self::Power(power) => power.fmt(formatter),
            Self::None => formatter.pad(NONE),
        }
    }
}

impl Sizes {
    /// Reads a size as it stands in a name.
    ///
    /// # Errors
    /// Why it is not one of these.
    pub(crate) fn parse(&self, text: &str, arch: Arch) -> Result<Size, String> {
        match self {
            Self::Instance | Self::Node(_) => match InstanceType::named(text) {
                Some(instance) if instance.facts().arch != arch => {
                    Err(format!("{instance} is {}, not {arch}", instance.facts().arch))
                }
                Some(instance) if !self.has_room(instance) => {
                    Err(format!("{instance} has too little memory for a worker: the cluster's own pods run there too"))
                }
                Some(instance) => Ok(Size::Instance(instance)),
                None => Err(format!("not an instance type that ways.toml lists for {arch}")),
            },
            Self::Memory(sizes) => {
                let mib = whole(text).filter(|mib| (sizes.from_mib..=sizes.to_mib).contains(mib));
                let refused = || format!("a function has {} to {} MB", sizes.from_mib, sizes.to_mib);
                mib.map(|mib| Size::Memory { mib }).ok_or_else(refused)
            }
            Self::Task(rows) => {
                let sizes = tasks(rows).find(|size| size.to_string() == text);
                sizes.ok_or_else(|| "not a pair of vCPU and MB that Fargate has".to_owned())
            }
            Self::Power => {
                Power::named(text).map(Size::Power).ok_or_else(|| "not a power that Lightsail has".to_owned())
            }
            Self::None if text == NONE => Ok(Size::None),
            Self::None => Err("nothing runs there that could have a size".to_owned()),
        }
    }

    /// Whether an instance has the memory that it needs here.
    fn has_room(&self, instance: InstanceType) -> bool {
        !matches!(self, Self::Node(sizes) if instance.facts().memory_mib < sizes.from_mib)
    }

    /// The sizes that are suggested: all that there are, where they can be counted.
    pub(crate) fn listed(&self, arch: Arch) -> Vec<Size> {
        match self {
            Self::Instance | Self::Node(_) => {
                let of_arch = InstanceType::all().filter(|instance| instance.facts().arch == arch);
                let fitting = of_arch.filter(|&instance| self.has_room(instance));
                fitting.map(Size::Instance).collect()
            }
            Self::Memory(sizes) => sizes.listed.iter().map(|&mib| Size::Memory { mib }).collect(),
            Self::Task(rows) => tasks(rows).collect(),
            Self::Power => Power::all().map(Size::Power).collect(),
            Self::None => vec![Size::None],
        }
    }

    /// The valid sizes nearest to what was typed, best first.
    pub(crate) fn nearest(&self, text: &str, arch: Arch) -> Vec<Size> {
        let mut sizes = self.listed(arch);
        let typed = numbers(text);
        sizes.sort_by(|one, other| {
            let distance = |size: &Size| match self {
                Self::None => 0.0,
                Self::Instance | Self::Node(_) | Self::Power => {
                    strsim::damerau_levenshtein(text, &size.to_string()) as f64
                }
                Self::Memory(_) | Self::Task(_) => ratio(&typed, &numbers(&size.to_string())),
            };
            distance(one).total_cmp(&distance(other))
        });
        sizes.truncate(SUGGESTIONS);
        sizes
    }

    /// What a size of this kind comes to.
    pub(crate) fn resources(&self, size: Size) -> Resources {
        match size {
            Size::Memory { mib } => {
                // The same at any moment: a function is not slowed down for what it used before.
                let vcpu = match self {
                    Self::Memory(sizes) => f64::from(mib) / f64::from(sizes.mib_per_vcpu),
                    Self::Instance | Self::Node(_) | Self::Task(_) | Self::Power | Self::None => 0.0,
                };
                Resources { vcpu, sustained_vcpu: vcpu, memory_mib: mib.into() }
            }
            Size::Task { cpu_units, mib } => {
                let vcpu = f64::from(cpu_units) / 1024.0;
                Resources { vcpu, sustained_vcpu: vcpu, memory_mib: mib.into() }
            }
            Size::Instance(instance) => {
                let facts = instance.facts();
                Resources { vcpu: facts.vcpu, sustained_vcpu: facts.sustained_vcpu(), memory_mib: facts.memory_mib }
            }
            Size::Power(power) => {
                let PowerFacts { vcpu, memory_mib, .. } = *power.facts();
                Resources { vcpu, sustained_vcpu: vcpu, memory_mib }
            }
            Size::None => Resources { vcpu: 0.0, sustained_vcpu: 0.0, memory_mib: 0 },
        }
    }
}

fn tasks(rows: &[TaskSizes]) -> impl Iterator<Item = Size> {
    rows.iter().flat_map(|row| {
        let memory = (row.from_mib..=row.to_mib).step_by(row.step_mib.max(1) as usize);
        memory.map(|mib| Size::Task { cpu_units: (row.vcpu * 1024.0) as u32, mib })
    })
}

/// A whole number without sign, blank or leading zero: each size has one spelling.
fn whole(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number: &u32| number.to_string() == text)
}

/// The numbers in a size: `0.5x1024` has two.
fn numbers(text: &str) -> Vec<f64> {
    text.split('x').filter_map(|number| number.parse().ok()).collect()
}

/// How far two sizes are apart: the sum of the logarithms of their numbers' ratios.
fn ratio(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one.max(1e-3) / other).ln().abs()).sum()
}
