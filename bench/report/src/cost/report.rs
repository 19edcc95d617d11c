//! The result of `lab cost`, as `--json` prints it and the text is drawn from.

use prices::cost::{
    BreakEven, CostError, Curve, DECADES, Item, Usage, break_evens, calls_per_month_max, cheapest, cost,
};
use prices::{Month, PriceError, Snapshot};
use serde::Serialize;
use ways::{Kind, Way, model};

use super::basis::{Basis, Run, usage};

/// What ways cost.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The AWS region.
    pub region: String,
    /// The month of the prices.
    pub prices: Month,
    /// Calls per month.
    pub calls_per_month: f64,
    /// One row for each way, in the order in which they were named.
    pub rows: Vec<Row>,
    /// Where one way stops being the cheaper of two, by rising calls.
    pub break_evens: Vec<BreakEven>,
    /// The cheapest way of each decade.
    pub cheapest: Vec<Decade>,
}

/// One way.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub way: String,
    /// Whether it runs a server or a function.
    pub kind: Kind,
    /// Whether an acknowledged count outlives its process.
    pub durable: bool,
    /// What the cost depends on.
    pub usage: Usage,
    /// Where that is from.
    pub basis: Basis,
    /// Dollars a month without calls, balancer excluded.
    pub fixed_usd: f64,
    /// Dollars a month of the balancer without calls; nothing where there is none.
    pub balancer_usd: f64,
    /// Dollars of a million calls, at the first step of each price.
    pub usd_per_million_calls: f64,
    /// The most calls per month it serves, at the utilisation target; null where instances can be added.
    pub calls_per_month_max: Option<f64>,
    /// What so many calls cost.
    pub at_calls: AtCalls,
}

/// What so many calls cost, or why there is no cost.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum AtCalls {
    /// They can be served.
    Served {
        /// Dollars a month.
        usd: f64,
        /// Instances or tasks; one for a function.
        instances: u32,
        /// What it is made of.
        items: Vec<Item>,
    },
    /// They can't, or a price is not known for so many.
    Not {
        /// Why.
        reason: String,
    },
}

/// The cheapest ways at a number of calls.
#[derive(Debug, Serialize)]
pub struct Decade {
    /// Calls per month.
    pub calls_per_month: f64,
    /// The cheapest of all.
    pub any: Option<Cheapest>,
    /// The cheapest of those whose count outlives its process.
    pub durable: Option<Cheapest>,
}

/// A cheapest way.
#[derive(Debug, Serialize)]
pub struct Cheapest {
    /// Its name.
    pub way: String,
    /// Dollars a month.
    pub usd: f64,
}

impl Report {
    /// One way.
    ///
    /// # Errors
    /// When a price is not known.
    pub fn row(way: Way, calls_per_month: f64, run: Option<&Run>, prices: &Snapshot) -> Result<Row, CostError> {
        let (usage, basis) = usage(way, calls_per_month, run);
        row(way, usage, basis, prices)
    }

    /// The report of some ways.
    pub fn of(ways: &[Way], calls_per_month: f64, run: Option<&Run>, prices: &Snapshot) -> Result<Self, CostError> {
        let usages: Vec<_> = ways.iter().map(|&way| (way, usage(way, calls_per_month, run))).collect();
        let rows = usages.iter().map(|&(way, (usage, basis))| row(way, usage, basis, prices));
        let rows = rows.collect::<Result<_, _>>()?;
        let curves = usages.iter().map(|&(way, (usage, _))| Curve::new(way, usage, prices));
        let curves = curves.collect::<Result<Vec<_>, PriceError>>()?;
        Ok(Self {
            region: prices.region.clone(),
            prices: prices.date,
            calls_per_month,
            rows,
            break_evens: break_evens(&curves),
            cheapest: DECADES.map(|decade| cheapest_of(&curves, 10_f64.powi(decade))).collect(),
        })
    }
}

fn row(way: Way, usage: Usage, basis: Basis, prices: &Snapshot) -> Result<Row, CostError> {
    let least = cost(way, &usage.at(1.0), prices)?;
    let balancer_usd = least.balancer_usd();
    Ok(Row {
        way: way.to_string(),
        kind: model().compute(way.compute).kind,
        durable: model().store(way.store).durable,
        usage,
        basis,
        fixed_usd: least.fixed_usd() - balancer_usd,
        balancer_usd,
        usd_per_million_calls: least.usd_per_million_calls().unwrap_or_default(),
        calls_per_month_max: calls_per_month_max(way, &usage),
        at_calls: match cost(way, &usage, prices) {
            Ok(cost) => AtCalls::Served { usd: cost.usd(), instances: cost.instances, items: cost.items },
            Err(error) => AtCalls::Not { reason: error.to_string() },
        },
    })
}

fn cheapest_of(curves: &[Curve<'_>], calls_per_month: f64) -> Decade {
    let named = |(curve, usd): (&Curve<'_>, f64)| Cheapest { way: curve.way().to_string(), usd };
    let durable = curves.iter().filter(|curve| model().store(curve.way().store).durable);
    Decade {
        calls_per_month,
        any: cheapest(curves, calls_per_month).map(named),
        durable: cheapest(durable, calls_per_month).map(named),
    }
}
