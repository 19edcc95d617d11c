//! The command line: what can be asked of the lab.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use ways::Way;

use crate::commands::cost::Cost;
use crate::commands::prices::Prices;

/// Compares ways to deploy one small service.
#[derive(Debug, Parser)]
#[command(name = "lab", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
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
    /// Tell what ways cost, and from how many calls on another is cheaper.
    Cost(Cost),
    /// The prices that costs are worked out with.
    #[command(subcommand)]
    Prices(Prices),
    /// Tell what this machine has and lacks, and what each lack costs.
    Doctor,
    /// Print the JSON schema of run.json.
    Schema,
    /// oha, the load generator: the lab starts itself so, in a process of its own.
    #[command(hide = true, disable_help_flag = true)]
    Load {
        /// oha's own arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Arguments of `lab bench`.
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// Ways to measure: `lab ways --all` lists them [default: the catalogue]
    #[arg(value_name = "WAY")]
    pub ways: Vec<Way>,
    /// A run of seconds: fewer calls, wider intervals.
    #[arg(long)]
    pub quick: bool,
    /// How the services count.
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    pub update: Update,
    /// Print the run as JSON instead of the table.
    #[arg(long)]
    pub json: bool,
    /// Folder for run.json and table.md [default: .lab/runs/TIME]
    #[arg(long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
}

/// Arguments of `lab up`.
#[derive(Debug, clap::Args)]
pub struct Up {
    /// Ways to start: `lab ways --all` lists them [default: those of the catalogue that this machine can run]
    #[arg(value_name = "WAY")]
    pub ways: Vec<Way>,
    /// How the services count.
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    pub update: Update,
}

/// How the services count: the value of `COUNTER_UPDATE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Update {
    /// Exactly, also under concurrency.
    #[default]
    Atomic,
    /// As the origin: read, add, write; concurrent calls lose updates.
    ReadThenWrite,
}

impl Update {
    /// The word for it, here and in `COUNTER_UPDATE`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Atomic => "atomic",
            Self::ReadThenWrite => "read-then-write",
        }
    }

    /// What services get in their environment.
    #[must_use]
    pub fn environment(self) -> BTreeMap<String, String> {
        [("COUNTER_UPDATE".to_owned(), self.word().to_owned())].into()
    }
}

/// Arguments of `lab ways`.
#[derive(Debug, clap::Args)]
pub struct Ways {
    /// Every valid way, not only the catalogue.
    #[arg(long)]
    pub all: bool,
    /// As JSON: an array, each way with its parts.
    #[arg(long)]
    pub json: bool,
}
