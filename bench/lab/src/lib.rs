//! The command line of the lab: arguments, commands, progress. What they do is in the crates below.
//!
//! It runs services only through `cloud`, as processes; it must never link one.

mod aws_access;
pub mod cli;
pub mod commands;
pub mod completion;
pub mod open_files;
pub mod progress;
