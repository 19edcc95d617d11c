//! The arguments of `lab cost`.

use std::path::PathBuf;

use ways::{Way, model};

use crate::completion;

/// Arguments of `lab cost`.
#[derive(Debug, clap::Args)]
pub struct Cost {
    /// Ways to cost: `lab ways --all` lists them [default: the catalogue]
    #[arg(value_name = "WAY", add = completion::ways())]
    pub ways: Vec<Way>,
    /// Calls per month.
    #[arg(long, value_name = "N", default_value = "1000000", value_parser = calls)]
    pub calls: f64,
    /// Month of the prices, as 2026-10 [default: the newest]
    #[arg(long, value_name = "MONTH")]
    pub prices: Option<String>,
    /// AWS region of the prices.
    #[arg(long, value_name = "REGION", default_value = model().region())]
    pub region: String,
    /// Show what each cost is made of.
    #[arg(long)]
    pub items: bool,
    /// As JSON, items included.
    #[arg(long)]
    pub json: bool,
    /// A run: its throughput shows what one vCPU serves, its cold starts how long functions initialise
    /// [default: assumptions]
    #[arg(long, value_name = "RUN")]
    pub run: Option<PathBuf>,
    /// The original study's cost column recomputed with the prices of 2021-12, beside what its code really deploys.
    #[arg(long, conflicts_with_all = ["ways", "calls", "run", "items"])]
    pub as_published: bool,
}

/// A number of calls: a whole one, `5000000`, `5e6` or `5M`. A trillion is 380,000 a second, beyond any way here.
pub(crate) fn calls(text: &str) -> Result<f64, String> {
    const MOST: f64 = 1e12;
    let written = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((number, "k")) => format!("{number}e3"),
        Some((number, "M")) => format!("{number}e6"),
        _ => text.to_owned(),
    };
    let whole = written.parse::<f64>().ok().filter(|calls| calls.fract() == 0.0 && (1.0..=MOST).contains(calls));
    whole.ok_or_else(|| "calls per month are a whole number from 1 to 1e12, as 5000000, 5e6 or 5M".to_owned())
}
