//! The model: a way to deploy the counter = compute × language × store × front × arch.
//!
//! Everything about ways is data in `ways.toml`; this crate reads it, names ways and checks them. What they cost is
//! arithmetic over dated prices, which are data too (`prices`, `cost`).
//! It must not know a clock, a network or an async runtime.

mod axis;
mod catalogue;
pub mod cost;
mod model;
mod name;
pub mod prices;

pub use axis::{Arch, Axis, Compute, Front, Kind, Language, Store};
pub use catalogue::{Published, Row};
pub use model::{ComputeModel, Model, Part, Size, StorePart, model};
pub use name::{NameError, Way};
