//! The model: a way to deploy the counter = compute × language × store × front × arch.
//!
//! Every fact about ways stands in `ways.toml`; this crate reads it, names ways and checks them.
//! It must not know a price, a clock, a network or an async runtime.

mod axis;
mod catalogue;
mod model;
mod name;

pub use axis::{Arch, Axis, Compute, Front, Kind, Language, Store};
pub use catalogue::{Published, Row};
pub use model::{ComputeModel, Model, Part, Size, StorePart, model};
pub use name::{NameError, Way};
