//! What a run and what costs look like. A run becomes a [`Report`], a view model: values with units and intervals,
//! warnings, and the tables that show them. Each format is an [`export::Exporter`] of its own. Nothing here prints or
//! measures.

mod candidates;
mod changes;
pub mod chart;
mod charts;
pub mod choice;
pub mod cost;
pub mod export;
mod here;
mod hops;
mod merged;
mod notes;
mod numbers;
mod on_aws;
mod open_loop;
mod own;
mod page;
mod plots;
mod reproduction;
mod table;
mod view;

use measure::run::{Profile, Run};

pub use page::COLOURS;
pub use plots::{picture, plots};
pub use table::drawn;
pub use view::{Cell, Column, Figure, Note, Report, Row, Table, Unit};

/// The report of a run: what its kind of run shows.
#[must_use]
pub fn of(run: &Run) -> Report {
    match run.plan.profiles.as_slice() {
        [] => on_aws::report(run),
        [Profile::AwsAsPublished] => reproduction::report(run),
        _ => here::report(run),
    }
}
