//! The columns and the table of a run that was merged from shards: multiples of the anchor, which every shard measured. What
//! its machines measured in ms and calls/s is in no table, for machines are not compared so.

use measure::run::{Merged, Relative, Run};
use measure::stats::Figure;

use crate::here::lines;
use crate::view::{Cell, Table, Unit};

/// Quantities, each with the title of its column.
const COLUMNS: [(&str, Unit, &str); 6] = [
    ("anchor_cold_ratio", Unit::Ratio, "cold start"),
    ("anchor_mean_ratio", Unit::Ratio, "mean"),
    ("anchor_p50_ratio", Unit::Ratio, "p50"),
    ("anchor_p99_ratio", Unit::Ratio, "p99"),
    ("anchor_calls_per_second_ratio", Unit::Ratio, "calls/s"),
    ("shard", Unit::Text, "shard"),
];

/// One of a row's multiples.
type OneOf = fn(&Relative) -> Option<&Figure>;

/// Those of the columns that are figures, in their order.
const FIGURES: [OneOf; 5] = [
    |it| it.cold_start.as_ref(),
    |it| it.mean.as_ref(),
    |it| it.p50.as_ref(),
    |it| it.p99.as_ref(),
    |it| it.calls_per_second.as_ref(),
];

/// The quantities that a run has beyond those of any run.
pub(crate) fn columns(run: &Run) -> impl Iterator<Item = (&'static str, Unit)> {
    COLUMNS.into_iter().filter(|_| run.merged.is_some()).map(|(key, unit, _)| (key, unit))
}

/// A row's values of them, with the rows further down from which each is not known to differ: within a shard by the rounds,
/// between shards by Welch's t.
pub(crate) fn cells(run: &Run, name: &str) -> Vec<Cell> {
    let Some(merged) = &run.merged else { return Vec::new() };
    let Some(index) = merged.relative.iter().position(|it| it.name == name) else {
        return vec![Cell::Absent; COLUMNS.len()];
    };
    let (row, later) = (&merged.relative[index], &merged.relative[index + 1..]);
    let figures = FIGURES.into_iter().map(|of| {
        let Some(figure) = of(row) else { return Cell::Absent };
        let alike =
            later.iter().filter(|other| of(other).is_some_and(|it| differs(row, figure, other, it) == Some(false)));
        Cell::from(figure).alike(alike.map(|other| other.name.clone()).collect())
    });
    let shard = row.shard.map_or_else(|| "all".to_owned(), |shard| shard.to_string());
    figures.chain([Cell::Text(shard)]).collect()
}

/// Whether two rows are known to differ. The anchor is 1 in each shard, and its figures have no interval of their own there.
fn differs(row: &Relative, figure: &Figure, other: &Relative, its: &Figure) -> Option<bool> {
    match (row.shard, other.shard) {
        (None, _) => its.ci95.map(|[low, high]| low > 1.0 || high < 1.0),
        (a, b) if a == b => figure.differs(its),
        _ => figure.differs_from_another_runs(its),
    }
}

/// The table.
pub(crate) fn table(run: &Run, merged: &Merged) -> Table {
    let Merged { anchor, of, shards, relative } = merged;
    let together = relative.first().and_then(|row| row.all_calls.as_ref()).map_or_else(String::new, |all| {
        format!(
            " Its {} sequential calls on all machines together: p50 {:.3}, p90 {:.3}, p99 {:.3} ms (of all raw samples, within 0.1 %).",
            all.count, all.p50_ms, all.p90_ms, all.p99_ms
        )
    });
    let missing = if shards.len() as u32 == *of {
        String::new()
    } else {
        let missing: Vec<_> = (1..=*of).filter(|index| shards.iter().all(|it| it.index != *index)).collect();
        format!(" Not merged: {}.", missing.iter().map(|index| format!("shard {index}")).collect::<Vec<_>>().join(", "))
    };
    let legend = format!(
        "Measured in {} of {of} shards, on {}.{missing} Each figure is a multiple of that of the anchor
`{anchor}` in the same shard: the geometric mean of {} rounds' ratios with its 95 % interval.{together} The anchors
of these shards do not differ beyond the interval of their ratio (99 % over all pairs). Multiples of times: less is faster; of calls/s:
more is. ≈: the interval of two rows' ratio has 1 in it, between shards by Welch's t.",
        shards.len(),
        machines(run).join("; "),
        run.plan.rounds,
    );
    let columns = COLUMNS.iter().map(|&(key, _, title)| (key, title));
    Table {
        title: Some(format!("Measured, as multiples of {anchor}")),
        name: "way",
        columns: columns.chain([("failed_share", "failed"), ("exact", "exact")]).collect(),
        intervals: true,
        all_rows: true,
        legend: lines(&legend),
    }
}

/// The machines of a run, each kind once.
pub(crate) fn machines(run: &Run) -> Vec<String> {
    let own = std::iter::once(&run.environment);
    let of_shards = run.merged.iter().flat_map(|merged| &merged.shards).map(|shard| &shard.environment);
    let mut machines: Vec<(String, u32)> = Vec::new();
    for it in own.filter(|_| run.merged.is_none()).chain(of_shards) {
        let cpu = it.cpu_model.as_deref().unwrap_or("an unknown processor");
        let machine = format!("{cpu} ({} processors, {})", it.processors, it.system);
        match machines.iter_mut().find(|(known, _)| *known == machine) {
            Some((_, count)) => *count += 1,
            None => machines.push((machine, 1)),
        }
    }
    let text = |(machine, count)| if count == 1 { machine } else { format!("{count} × {machine}") };
    machines.into_iter().map(text).collect()
}
