//! What ways cost, and from how many calls on another is cheaper. The arithmetic is the model's.

mod basis;
mod published;
mod report;
mod text;

use anyhow::Context;
use measure::run;
use prices::PriceFolder;
use ways::model;

pub use basis::Run;
pub use published::text as reproduction;
pub use report::Report;
pub use text::text;

/// Puts into each row of a run what its way costs, by the newest prices and the row's own figures.
///
/// # Errors
/// When there are no prices.
pub fn fill(run: &mut run::Run, folder: &PriceFolder) -> anyhow::Result<()> {
    let prices = folder.read(model().region(), None)?;
    let basis = Run::of(run);
    for row in &mut run.rows {
        // What was measured on AWS costs what its own region asks; where that is not known, nothing is told.
        let elsewhere = row.on_aws().map(|on_aws| on_aws.region.as_str()).filter(|region| *region != model().region());
        let Ok(elsewhere) = elsewhere.map(|region| folder.read(region, None)).transpose() else { continue };
        let prices = elsewhere.as_ref().unwrap_or(&prices);
        let way = row.way.parse().context("a row's name is a way's")?;
        // A price that is not known leaves this row without a cost, and says nothing of the others.
        let report = Report::of(&[way], 1.0, Some(&basis), prices);
        row.cost = report.ok().and_then(|report| report.rows.into_iter().next()).map(|cost| run::Cost {
            prices: format!("{} {}", prices.region, prices.date),
            usd_per_month: cost.fixed_usd,
            balancer_usd_per_month: cost.balancer_usd,
            usd_per_million_calls: cost.usd_per_million_calls,
        });
    }
    Ok(())
}
