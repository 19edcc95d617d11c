//! From how many calls a month on another way wins, and up to how many: the answer at other numbers of calls.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use prices::cost::{DECADES, cost};

use crate::answer::{ALIKE, Change, Finding, Row, is_function, is_server};
use crate::candidates::Candidate;
use crate::figures::{Figure, Figures, Played, instances, mixed, per_second, rate, usage};
use crate::play::{Key, Starts, Warm};
use crate::question::Question;

/// Steps of a decade that are looked at. A crossing between two neighbours is then bisected.
const STEPS_PER_DECADE: i32 = 4;

/// Halvings of such a step: to 1 %.
const BISECTIONS: u32 = 6;

/// The part of its processors up to which a server's calls hardly wait for one another: below it is not played again.
const QUIET: f64 = 0.1;

/// Answers at other numbers of calls.
pub(crate) struct Sweep<'a> {
    played: &'a Played<'a>,
    entries: Vec<Entry<'a>>,
    question: &'a Question,
    /// Servers that were played at other rates.
    busier: RefCell<HashMap<Key, Warm>>,
}

/// A candidate, and what was played of it for the question.
#[derive(Clone, Copy)]
struct Entry<'a> {
    candidate: &'a Candidate,
    warm: &'a Warm,
    starts: &'a Starts,
    /// The rate of one instance at which it was played, in calls per second.
    rate: f64,
}

impl<'a> Sweep<'a> {
    /// Of the candidates that come into question. Of tasks with the same processors the one with the least memory is the
    /// cheapest at any number of calls.
    pub(crate) fn new(
        played: &'a Played<'a>,
        candidates: &'a [(Candidate, Option<u32>)],
        question: &'a Question,
    ) -> Self {
        let mut seen = BTreeSet::new();
        let entry = |(candidate, instances): &'a (Candidate, Option<u32>)| {
            let way = candidate.variant.way;
            let instance = way.instance().map(|it| it.to_string());
            let same = (way.at_default_size(), candidate.variant.build, way.resources().vcpu.to_bits(), instance);
            if !question.admits(way) || !seen.insert(same) {
                return None;
            }
            let rate = rate(*instances, question.calls_per_month);
            let (warm, starts) = played.calls(candidate, rate)?;
            Some(Entry { candidate, warm, starts, rate })
        };
        Self { played, entries: candidates.iter().filter_map(entry).collect(), question, busier: RefCell::default() }
    }

    /// Where the answer changes nearest above and below the question's number of calls.
    pub(crate) fn changes(&self, winner: &Row) -> Vec<Change> {
        let calls = self.question.calls_per_month;
        let steps = DECADES.start() * STEPS_PER_DECADE..=DECADES.end() * STEPS_PER_DECADE;
        let grid = steps.map(|step| 10_f64.powf(f64::from(step) / f64::from(STEPS_PER_DECADE)));
        let (below, above): (Vec<f64>, Vec<f64>) = grid.partition(|at| *at <= calls);
        let up = self.crossing(winner, above.into_iter());
        let down = self.crossing(winner, below.into_iter().rev());
        up.map(|(calls_per_month, then)| Change::CallsFrom { calls_per_month, then })
            .into_iter()
            .chain(down.map(|(calls_per_month, then)| Change::CallsUpTo { calls_per_month, then }))
            .collect()
    }

    /// The first number of calls on a way from the question's at which something else wins.
    fn crossing(&self, winner: &Row, grid: impl Iterator<Item = f64>) -> Option<(f64, Finding)> {
        let (mut same, mut other) = (self.question.calls_per_month, None);
        for calls in grid {
            match self.other(winner, calls) {
                None => same = calls,
                Some(finding) => {
                    other = Some((calls, finding));
                    break;
                }
            }
        }
        let (mut changed, mut then) = other?;
        for _ in 0..BISECTIONS {
            let middle = (same * changed).sqrt();
            match self.other(winner, middle) {
                None => same = middle,
                Some(finding) => (changed, then) = (middle, finding),
            }
        }
        Some((changed, then))
    }

    /// What wins at so many calls; nothing where it is the winner's way still, at whatever size, or where that is as cheap to a
    /// hundredth, or where nothing meets the bounds.
    fn other(&self, winner: &Row, calls: f64) -> Option<Finding> {
        let costs = self.entries.iter().filter_map(|entry| Some((self.usd(entry, calls)?, entry)));
        let mut by_cost: Vec<_> = costs.collect();
        by_cost.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut alike: Vec<Finding> = Vec::new();
        for (usd, entry) in by_cost {
            if alike.first().is_some_and(|least| usd > least.figures.usd_per_month.value * (1.0 + ALIKE)) {
                break;
            }
            alike.extend(self.finding(entry, calls, usd));
        }
        if alike.iter().any(|it| winner.is_at_any_size(it)) {
            return None;
        }
        alike.into_iter().min_by(|one, other| one.figures.p99_ms.value.total_cmp(&other.figures.p99_ms.value))
    }

    /// What a candidate costs; nothing where it can't serve so many calls.
    fn usd(&self, entry: &Entry<'_>, calls: f64) -> Option<f64> {
        let it = entry.candidate;
        let cost = if !is_function(it.variant.way) {
            cost(it.variant.way, &usage(it, calls), self.played.prices)
        } else {
            let share = self.played.cold_share_at(entry.warm, calls);
            self.played.cost(it, (entry.warm, entry.starts), 0, share, calls)
        };
        Some(cost.ok()?.usd())
    }

    /// A candidate's figures at so many calls, if it meets the bounds.
    fn finding(&self, entry: &Entry<'_>, calls: f64, usd: f64) -> Option<Finding> {
        let it = entry.candidate;
        let way = it.variant.way;
        let instances = instances(it, calls, self.played.prices).ok()?;
        let share = if !is_function(way) { 0.0 } else { self.played.cold_share_at(entry.warm, calls) };
        let percentiles = |warm: &Warm| [0.5, 0.99].map(|at| mixed(&warm.latency, &entry.starts.latency, 0, share, at));
        let rate = per_second(calls) / f64::from(instances);
        let quiet = QUIET * way.resources().vcpu / it.demand.warm_cpu.as_secs_f64();
        let [p50_ms, p99_ms] = if !is_server(way) || rate <= entry.rate.max(quiet) {
            percentiles(entry.warm)
        } else {
            let key = Key::warm(way, &it.demand, rate);
            let mut busier = self.busier.borrow_mut();
            percentiles(busier.entry(key).or_insert_with(|| self.played.model.warm(way, &it.demand, &key)))
        };
        let only = |value| Figure { value, low: value, high: value };
        let figures = Figures {
            p50_ms: only(p50_ms),
            p99_ms: only(p99_ms),
            cold_start_ms: way.has_process().then(|| only(entry.starts.latency[0].at(0.5))),
            cold_share: only(share),
            usd_per_month: only(usd),
            instances,
        };
        self.question.meets(&figures).then(|| Finding::of(it, figures))
    }
}
