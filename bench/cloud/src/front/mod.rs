//! What stands between the caller and the compute.

pub mod alb;
mod direct;
pub mod nlb;
mod target;

pub use target::Target;
