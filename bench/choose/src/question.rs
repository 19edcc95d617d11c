//! What is looked for: so many calls, and the bounds that an answer has to meet.

use serde::Serialize;
use ways::{Axis, Language, Way};

use crate::figures::Figures;

/// A question to choose by. A bound that is absent holds for all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    /// Calls per month, at random times at a steady rate.
    pub calls_per_month: f64,
    /// The largest 99th percentile of latency, cold starts included, in ms.
    pub p99_ms: Option<f64>,
    /// Whether an acknowledged count has to outlive its process.
    pub durable: bool,
    /// The languages that come into question; all, where there are none.
    pub languages: Vec<Language>,
    /// The largest share of calls that meet a cold start.
    pub cold_share: Option<f64>,
    /// The largest cost of a month, in US dollars.
    pub usd_per_month: Option<f64>,
}

impl Question {
    /// Whether a way comes into question at all.
    #[must_use]
    pub fn admits(&self, way: Way) -> bool {
        (way.store.facts().durable || !self.durable)
            && (self.languages.is_empty() || self.languages.contains(&way.language))
    }

    /// Whether a way that comes into question meets the bounds, by its figures.
    #[must_use]
    pub fn meets(&self, figures: &Figures) -> bool {
        let within = |value: f64, bound: Option<f64>| bound.is_none_or(|bound| value <= bound);
        within(figures.p99_ms.value, self.p99_ms)
            && within(figures.cold_share.value, self.cold_share)
            && within(figures.usd_per_month.value, self.usd_per_month)
    }
}
