//! The model: a way to deploy the counter = compute × language × store × front × arch, at a size.
//!
//! Every fact about ways stands in `ways.toml`; this crate reads it, names ways and checks them.
//! It must not know a price, a clock, a network or an async runtime.

mod axis;
mod build;
mod catalogue;
mod export;
mod facts;
mod model;
mod name;
mod size;
mod update;

pub use axis::{Arch, Axis, Compute, Front, Kind, Language, Store};
pub use build::{Build, Variant};
pub use catalogue::{Published, Row};
pub use export::{Facts, Parts};
pub use facts::{
    Adapter, AdapterEnvironment, ArchFacts, ArtifactKind, Assumed, AuroraCapacity, Balancer, ByArch, ComputeFacts,
    Engine, Environment, FileStorage, FrontFacts, Health, LanguageFacts, Runtime, Service, StoreConnections,
    StoreFacts, StoreInstance, Tool,
};
pub use model::{Defaults, Model, model};
pub use name::{NameError, Way, completions};
pub use size::{
    Hypervisor, InstanceFacts, InstanceType, MemorySizes, NodeSizes, Power, PowerFacts, Resources, Size, Sizes,
    TaskSizes,
};
pub use update::{Update, UpdateError};
