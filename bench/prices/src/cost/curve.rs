//! Costs as a function of calls per month: break-even points, and the cheapest way of each decade.

use serde::Serialize;

use crate::{PriceError, Snapshot};
use ways::Way;

use super::{CostError, Usage, cost};

/// The decades of calls per month that are looked at.
pub const DECADES: std::ops::RangeInclusive<i32> = 3..=9;

/// Steps of the grid within a decade. A crossing between two neighbours is then bisected; two crossings between the
/// same neighbours, which steps of instances could make, are not seen.
const STEPS_PER_DECADE: i32 = 48;

/// Halvings of a grid step: to a millionth of it.
const BISECTIONS: u32 = 20;

/// What a way costs at any number of calls.
#[derive(Clone, Debug)]
pub struct Curve<'a> {
    way: Way,
    usage: Usage,
    prices: &'a Snapshot,
    grid: Vec<Option<f64>>,
}

/// Where one way stops being the cheaper of two.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BreakEven {
    /// The cheaper one with fewer calls.
    #[serde(serialize_with = "by_name")]
    pub below: Way,
    /// The cheaper one with more.
    #[serde(serialize_with = "by_name")]
    pub above: Way,
    /// Calls per month at which they cost the same.
    pub calls_per_month: f64,
}

fn by_name<S: serde::Serializer>(way: &Way, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(way)
}

impl<'a> Curve<'a> {
    /// The curve of a way.
    ///
    /// # Errors
    /// When a price is not known at all; where it is known up to a quantity, the curve ends there.
    pub fn new(way: Way, usage: Usage, prices: &'a Snapshot) -> Result<Self, PriceError> {
        if let Err(CostError::Price(error @ PriceError::Unknown { .. })) = cost(way, &usage.at(1.0), prices) {
            return Err(error);
        }
        let mut curve = Self { way, usage, prices, grid: Vec::new() };
        curve.grid = grid().map(|calls| curve.usd(calls)).collect();
        Ok(curve)
    }

    /// The way.
    #[must_use]
    pub fn way(&self) -> Way {
        self.way
    }

    /// Dollars of a month with so many calls; nothing where the way can't serve them, or the price of so many is not
    /// known.
    #[must_use]
    pub fn usd(&self, calls_per_month: f64) -> Option<f64> {
        cost(self.way, &self.usage.at(calls_per_month), self.prices).ok().map(|cost| cost.usd())
    }
}

/// The break-even points of each two ways, where they have one, by rising calls.
#[must_use]
pub fn break_evens(curves: &[Curve<'_>]) -> Vec<BreakEven> {
    let mut found: Vec<_> = curves
        .iter()
        .enumerate()
        .flat_map(|(index, one)| curves[index + 1..].iter().flat_map(move |other| crossings(one, other)))
        .collect();
    found.sort_by(|one, other| one.calls_per_month.total_cmp(&other.calls_per_month));
    found
}

/// The cheapest of some ways, with its dollars; of two that cost the same, the first.
#[must_use]
pub fn cheapest<'c, 'a>(
    curves: impl IntoIterator<Item = &'c Curve<'a>>,
    calls_per_month: f64,
) -> Option<(&'c Curve<'a>, f64)>
where
    'a: 'c,
{
    curves
        .into_iter()
        .filter_map(|curve| Some((curve, curve.usd(calls_per_month)?)))
        .reduce(|best, other| if other.1 < best.1 { other } else { best })
}

fn grid() -> impl Iterator<Item = f64> {
    let steps = DECADES.start() * STEPS_PER_DECADE..=DECADES.end() * STEPS_PER_DECADE;
    steps.map(|step| 10_f64.powf(f64::from(step) / f64::from(STEPS_PER_DECADE)))
}

fn crossings(one: &Curve<'_>, other: &Curve<'_>) -> Vec<BreakEven> {
    let differences: Vec<(f64, Option<f64>)> = grid()
        .zip(one.grid.iter().zip(&other.grid))
        .map(|(calls, (one, other))| (calls, one.zip(*other).map(|(one, other)| one - other)))
        .collect();
    differences
        .windows(2)
        .filter_map(|pair| {
            let [(from, Some(before)), (to, Some(after))] = pair else { return None };
            // A difference of rounding is none: languages that cost the same don't cross.
            if before * after >= 0.0 || before.abs().max(after.abs()) < 1e-9 {
                return None;
            }
            let (below, above) = if *before < 0.0 { (one.way, other.way) } else { (other.way, one.way) };
            Some(BreakEven { below, above, calls_per_month: bisect(one, other, *from, *to, *before) })
        })
        .collect()
}

fn bisect(one: &Curve<'_>, other: &Curve<'_>, mut from: f64, mut to: f64, before: f64) -> f64 {
    for _ in 0..BISECTIONS {
        let middle = f64::midpoint(from, to);
        match one.usd(middle).zip(other.usd(middle)) {
            Some((one, other)) if (one - other) * before > 0.0 => from = middle,
            Some(_) | None => to = middle,
        }
    }
    f64::midpoint(from, to)
}
