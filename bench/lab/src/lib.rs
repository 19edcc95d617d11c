//! The command line of the lab: what measures ways, and what shows the measurements.
//!
//! It runs services only through `cloud`, as processes; it must never link one.

pub mod artifact;
pub mod cli;
pub mod commands;
pub mod deploy;
mod figures;
pub mod measure;
mod on_aws_table;
pub mod progress;
pub mod reproduction;
pub mod root;
pub mod run;
pub mod stats;
pub mod table;
