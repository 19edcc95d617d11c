//! What ways cost, and from how many calls on another is cheaper. The arithmetic is the model's.

mod basis;
mod published;
mod report;
mod text;

use measure::run::{self, Record};
use prices::cost::Usage;
use prices::{PriceFolder, Snapshot};
use ways::{Update, Way, model};

pub use basis::Run;
pub(crate) use basis::own_use;
pub use published::text as reproduction;
pub use report::Report;
pub use text::text;

/// What a record's way is costed with.
#[derive(Clone, Debug)]
pub(crate) struct Costed {
    /// By its own figures.
    pub(crate) usage: Usage,
    /// The prices that the record was costed by.
    pub(crate) prices: Snapshot,
}

impl Costed {
    /// What a record's way is costed with: by the prices that it names, or where those are no longer there, the newest;
    /// nothing where there are none.
    pub(crate) fn of(
        way: Way,
        record: &Record,
        plan: &run::Plan,
        processors: u32,
        folder: &PriceFolder,
    ) -> Option<Self> {
        let named = record.cost.as_ref().and_then(|cost| cost.prices.split_once(' '));
        let (region, date) = named.map_or((model().region(), None), |(region, date)| (region, Some(date)));
        let prices = folder.read(region, date).or_else(|_| folder.read(region, None)).ok()?;
        let basis = Run::of_records(std::slice::from_ref(record), plan.update, processors);
        Some(Self { usage: basis::usage(way, 1.0, Some(&basis)).0, prices })
    }
}

/// The newest prices of each region that a run is costed by.
pub struct Costing {
    folder: PriceFolder,
    prices: Snapshot,
}

impl Costing {
    /// By the prices of a folder.
    ///
    /// # Errors
    /// When it has none of the original study's region.
    pub fn new(folder: PriceFolder) -> anyhow::Result<Self> {
        let prices = folder.read(model().region(), None)?;
        Ok(Self { folder, prices })
    }

    /// What a record's way costs, by its own figures: it was measured with this update, on so many processors.
    ///
    /// # Errors
    /// When a price is not known.
    pub fn of(&self, way: Way, record: &Record, update: Update, processors: u32) -> anyhow::Result<run::Cost> {
        // What was measured on AWS costs what its own region charges.
        let elsewhere =
            record.on_aws().first().map(|it| it.region.as_str()).filter(|region| *region != model().region());
        let elsewhere = elsewhere.map(|region| self.folder.read(region, None)).transpose()?;
        let prices = elsewhere.as_ref().unwrap_or(&self.prices);
        let basis = Run::of_records(std::slice::from_ref(record), update, processors);
        let row = Report::row(way, 1.0, Some(&basis), prices)?;
        Ok(run::Cost {
            prices: format!("{} {}", prices.region, prices.date),
            // A sum of nothing is -0.
            usd_per_month: row.fixed_usd + 0.0,
            balancer_usd_per_month: row.balancer_usd + 0.0,
            usd_per_million_calls: row.usd_per_million_calls + 0.0,
        })
    }
}
