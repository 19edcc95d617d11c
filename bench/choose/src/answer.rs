//! The answer: the winner and the runner-up among the candidates that meet the bounds, what decides between them, what would
//! change it, and how far it can be relied on.

use std::collections::BTreeMap;

use prices::cost::{Cost, CostError, Part};
use serde::Serialize;
use ways::{Axis, Build, Kind, Variant, Way};

use crate::candidates::{Candidate, Candidates, Unmeasured};
use crate::figures::{Basis, Figures, Played, instances, rate};
use crate::question::Question;
use crate::sweep::Sweep;

/// Costs that differ by no more than this share are alike: a prediction carries no more. Of those the fastest wins.
pub(crate) const ALIKE: f64 = 0.01;

/// Differences between two bills that are listed.
const DIFFERENCES: usize = 4;

/// An answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// What was looked for.
    pub question: Question,
    /// Candidates in all: ways at their sizes, by their builds.
    pub candidates: usize,
    /// How many of them can't serve so many calls.
    pub cannot_serve: usize,
    /// How many are left out because a price is not known, and which prices those are.
    pub without_price: BTreeMap<String, usize>,
    /// Services that were not measured: none of their ways is a candidate.
    pub unmeasured: Vec<Unmeasured>,
    /// How many candidates meet the bounds.
    pub meet: usize,
    /// Of those that meet the bounds each way at its best size: the winner, then by cost.
    pub ranked: Vec<Finding>,
    /// Ways that cost as much as the winner to a hundredth, and are slower.
    pub alike: Vec<Finding>,
    /// The best of the others.
    pub runner_up: Option<Finding>,
    /// What sets the winner apart from the runner-up.
    pub why: Option<Why>,
    /// What would change the answer.
    pub changes: Vec<Change>,
    /// How far it can be relied on.
    pub confidence: Option<Confidence>,
    /// Where nothing meets the bounds: of what comes into question the cheapest, the fastest, and the ones that miss one bound
    /// only by the least.
    pub nearest: Vec<Finding>,
    /// The best of each compute that meets the bounds.
    pub by_compute: Vec<Finding>,
}

/// A candidate and its figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The way, with its size where that is not the default.
    pub way: Way,
    /// Whether it is a service of the user's own, of whose way language and store are no part.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// How its service is built.
    pub build: Build,
    /// Whether an acknowledged count outlives its process.
    pub durable: bool,
    /// Whether its service's share of a processor was held when its demand was measured.
    pub share_held: bool,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// What sets two findings apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    /// What the winner costs less a month, in US dollars.
    pub usd_per_month: f64,
    /// How much sooner its 99th percentile is, in ms; below 0 where it is later.
    pub p99_ms: f64,
    /// The largest differences between the two bills.
    pub items: Vec<Difference>,
}

/// What one bill has more of than another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Which part it is for.
    pub part: Part,
    /// What it is.
    pub item: &'static str,
    /// US dollars a month of the winner's bill, less those of the runner-up's.
    pub usd_per_month: f64,
}

/// What would change the answer, and to what.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Change {
    /// From so many calls a month on.
    CallsFrom {
        /// Calls per month.
        calls_per_month: f64,
        /// What wins then, and its figures there.
        then: Finding,
    },
    /// Up to so many calls a month.
    CallsUpTo {
        /// Calls per month.
        calls_per_month: f64,
        /// What wins then, and its figures there.
        then: Finding,
    },
    /// With a bound on the 99th percentile below this.
    P99Below {
        /// The winner's, in ms.
        p99_ms: f64,
        /// What wins then; nothing where nothing meets it.
        then: Option<Finding>,
    },
    /// With a bound on the 99th percentile from this on.
    P99From {
        /// In ms.
        p99_ms: f64,
        /// What wins then.
        then: Finding,
    },
    /// If the count has to be durable.
    Durable {
        /// What wins then; nothing where nothing meets it.
        then: Option<Finding>,
    },
    /// If the count need not be durable.
    NotDurable {
        /// What wins then.
        then: Finding,
    },
    /// If all languages came into question.
    AnyLanguage {
        /// What wins then.
        then: Finding,
    },
}

/// How far an answer can be relied on, by the ranges that the assumptions make: they are no confidence intervals.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confidence {
    /// Whether the winner meets the bound on the 99th percentile over its whole range; true without a bound.
    pub bound_holds: bool,
    /// Whether it costs less than the runner-up over the whole ranges of both.
    pub cost_holds: bool,
    /// The cheapest that meets the bounds over its whole range; absent where the winner does.
    pub safe: Option<Finding>,
    /// The cheapest that costs less than the winner and misses the bound on the 99th percentile, and would meet it at the
    /// lower end of its range.
    pub with_luck: Option<Finding>,
}

/// A candidate with its figures and its bill.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) candidate: Candidate,
    pub(crate) figures: Figures,
    pub(crate) cost: Cost,
}

/// Answers a question.
#[must_use]
pub fn answer(question: &Question, candidates: &Candidates, basis: &Basis<'_>) -> Answer {
    let calls = question.calls_per_month;
    let (mut cannot_serve, mut without_price) = (0, BTreeMap::new());
    let mut priced = Vec::new();
    for candidate in &candidates.all {
        match instances(candidate, calls, basis.prices) {
            Ok(instances) => priced.push((*candidate, Some(instances))),
            // At another number of calls it may.
            Err(CostError::Limit(_)) => priced.push((*candidate, None)),
            Err(CostError::Price(error)) => *without_price.entry(error.to_string()).or_insert(0) += 1,
        }
    }
    let played = Played::of(&priced, calls, basis);
    let mut rows = Vec::new();
    for (candidate, instances) in &priced {
        let figures = instances
            .and(played.calls(candidate, rate(*instances, calls)))
            .map(|played_calls| played.figures(candidate, played_calls, calls));
        match figures {
            Some(Ok((figures, cost))) => rows.push(Row { candidate: *candidate, figures, cost }),
            Some(Err(CostError::Price(error))) => *without_price.entry(error.to_string()).or_insert(0) += 1,
            Some(Err(CostError::Limit(_))) | None => cannot_serve += 1,
        }
    }
    let winner = pick(&rows, question);
    let mut answer = Answer {
        question: question.clone(),
        candidates: candidates.all.len(),
        cannot_serve,
        without_price,
        unmeasured: candidates.unmeasured.clone(),
        meet: meeting(&rows, question).count(),
        ranked: ranked(&rows, question, winner),
        alike: Vec::new(),
        runner_up: None,
        why: None,
        changes: Vec::new(),
        confidence: None,
        nearest: Vec::new(),
        by_compute: by_compute(&rows, question),
    };
    let Some(winner) = winner else {
        answer.nearest = nearest(&rows, question);
        return answer;
    };
    let is_alike =
        |it: &&Finding| !winner.is_at_any_size(it) && it.figures.usd_per_month.value <= winner.usd() * (1.0 + ALIKE);
    answer.alike = answer.ranked.iter().filter(is_alike).cloned().collect();
    let other = |row: &&Row| !row.same_way(winner) && !answer.alike.iter().any(|alike| row.is_at_any_size(alike));
    let runner_up = best(meeting(&rows, question).filter(other));
    answer.why = runner_up.map(|runner_up| why(winner, runner_up));
    answer.confidence = Some(confidence(&rows, question, winner, runner_up));
    answer.runner_up = runner_up.map(Row::finding);
    answer.changes = Sweep::new(&played, &priced, question).changes(winner);
    answer.changes.extend(other_bounds(&rows, question, winner));
    answer
}

impl Row {
    pub(crate) fn usd(&self) -> f64 {
        self.figures.usd_per_month.value
    }

    /// Whether the other is the same but for its size.
    pub(crate) fn same_way(&self, other: &Self) -> bool {
        self.candidate.variant.is_of_any_size(other.candidate.variant)
    }

    /// Whether the finding is of the same way, at whatever size.
    pub(crate) fn is_at_any_size(&self, finding: &Finding) -> bool {
        self.candidate.variant.is_of_any_size(Variant { way: finding.way, build: finding.build })
    }

    pub(crate) fn finding(&self) -> Finding {
        Finding::of(&self.candidate, self.figures)
    }
}

impl Finding {
    pub(crate) fn of(candidate: &Candidate, figures: Figures) -> Self {
        let Candidate { variant, share_held, own, .. } = *candidate;
        let (way, build, durable) = (variant.way, variant.build, variant.way.store.facts().durable);
        Self { way, own: own.is_some(), build, durable, share_held, figures }
    }
}

fn meeting<'a>(rows: &'a [Row], question: &'a Question) -> impl Iterator<Item = &'a Row> {
    rows.iter().filter(|row| question.admits(row.candidate.variant.way) && question.meets(&row.figures))
}

/// The winner: of those that cost as much as the cheapest to a hundredth the one with the least 99th percentile.
pub(crate) fn pick<'a>(rows: &'a [Row], question: &'a Question) -> Option<&'a Row> {
    best(meeting(rows, question))
}

fn best<'a>(rows: impl Iterator<Item = &'a Row>) -> Option<&'a Row> {
    let rows: Vec<_> = rows.collect();
    let least = rows.iter().map(|row| row.usd()).reduce(f64::min)?;
    let alike = rows.into_iter().filter(|row| row.usd() <= least * (1.0 + ALIKE));
    alike.min_by(|one, other| one.figures.p99_ms.value.total_cmp(&other.figures.p99_ms.value))
}

/// Each way at its best size, the winner first, then by cost.
fn ranked(rows: &[Row], question: &Question, winner: Option<&Row>) -> Vec<Finding> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in meeting(rows, question) {
        match groups.iter_mut().find(|group| group[0].same_way(row)) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    let mut ranked: Vec<_> = groups.into_iter().filter_map(|group| best(group.into_iter())).collect();
    ranked.sort_by(|one, other| one.usd().total_cmp(&other.usd()));
    if let Some(place) = winner.and_then(|winner| ranked.iter().position(|row| row.same_way(winner))) {
        let winner = ranked.remove(place);
        ranked.insert(0, winner);
    }
    ranked.into_iter().map(Row::finding).collect()
}

fn by_compute(rows: &[Row], question: &Question) -> Vec<Finding> {
    let of = |compute| best(meeting(rows, question).filter(move |row| row.candidate.variant.way.compute == compute));
    ways::Compute::ALL.iter().filter_map(|&compute| of(compute)).map(Row::finding).collect()
}

fn why(winner: &Row, runner_up: &Row) -> Why {
    let mut items: BTreeMap<&'static str, (Part, f64)> = BTreeMap::new();
    for (row, sign) in [(winner, 1.0), (runner_up, -1.0)] {
        for item in &row.cost.items {
            items.entry(item.label).or_insert((item.part, 0.0)).1 += sign * item.usd;
        }
    }
    let mut items: Vec<_> =
        items.into_iter().map(|(item, (part, usd_per_month))| Difference { part, item, usd_per_month }).collect();
    items.sort_by(|one, other| other.usd_per_month.abs().total_cmp(&one.usd_per_month.abs()));
    let least = (winner.usd() - runner_up.usd()).abs() / 100.0;
    items.retain(|item| item.usd_per_month.abs() > least);
    items.truncate(DIFFERENCES);
    Why {
        usd_per_month: runner_up.usd() - winner.usd(),
        p99_ms: runner_up.figures.p99_ms.value - winner.figures.p99_ms.value,
        items,
    }
}

fn confidence(rows: &[Row], question: &Question, winner: &Row, runner_up: Option<&Row>) -> Confidence {
    let holds = |row: &Row| question.p99_ms.is_none_or(|bound| row.figures.p99_ms.high <= bound);
    let bound_holds = holds(winner);
    let safe = best(meeting(rows, question).filter(|row| holds(row))).filter(|_| !bound_holds);
    let unbound = Question { p99_ms: None, ..question.clone() };
    let lucky = |row: &&Row| {
        let p99_ms = row.figures.p99_ms;
        question.p99_ms.is_some_and(|bound| p99_ms.value > bound && p99_ms.low <= bound)
            && row.usd() < winner.usd() * (1.0 - ALIKE)
    };
    let with_luck = best(meeting(rows, &unbound).filter(lucky));
    let below = |row: &Row| winner.figures.usd_per_month.high < row.figures.usd_per_month.low;
    Confidence {
        bound_holds,
        cost_holds: runner_up.is_none_or(below),
        safe: safe.map(Row::finding),
        with_luck: with_luck.map(Row::finding),
    }
}

/// What other bounds would change the answer to.
fn other_bounds(rows: &[Row], question: &Question, winner: &Row) -> Vec<Change> {
    let mut changes = Vec::new();
    let p99_ms = winner.figures.p99_ms.value;
    // The next stricter bound that the winner does not meet: a hundredth below its figure.
    let stricter = Question { p99_ms: Some(p99_ms * (1.0 - ALIKE)), ..question.clone() };
    changes.push(Change::P99Below { p99_ms, then: pick(rows, &stricter).map(Row::finding) });
    if question.p99_ms.is_some() {
        let unbound = Question { p99_ms: None, ..question.clone() };
        let cheaper = meeting(rows, &unbound).filter(|row| row.usd() < winner.usd() * (1.0 - ALIKE));
        let next = cheaper.min_by(|one, other| one.figures.p99_ms.value.total_cmp(&other.figures.p99_ms.value));
        changes.extend(next.map(|row| Change::P99From { p99_ms: row.figures.p99_ms.value, then: row.finding() }));
    }
    let other = Question { durable: !question.durable, ..question.clone() };
    let then = pick(rows, &other);
    let other_way = then.is_none_or(|then| !then.same_way(winner));
    match question.durable {
        false if !winner.candidate.variant.way.store.facts().durable => {
            changes.push(Change::Durable { then: then.map(Row::finding) });
        }
        true if other_way => {
            let cheaper = then.filter(|then| then.usd() < winner.usd() * (1.0 - ALIKE));
            changes.extend(cheaper.map(|then| Change::NotDurable { then: then.finding() }));
        }
        _ => {}
    }
    if !question.languages.is_empty() {
        let any = Question { languages: Vec::new(), ..question.clone() };
        let cheaper = pick(rows, &any).filter(|then| then.usd() < winner.usd() * (1.0 - ALIKE));
        changes.extend(cheaper.map(|then| Change::AnyLanguage { then: then.finding() }));
    }
    changes
}

/// Where nothing meets the bounds: each bound left out in turn, what is best then.
fn nearest(rows: &[Row], question: &Question) -> Vec<Finding> {
    let without = [
        Question { p99_ms: None, ..question.clone() },
        Question { cold_share: None, ..question.clone() },
        Question { usd_per_month: None, ..question.clone() },
    ];
    let mut found: Vec<&Row> = Vec::new();
    let unbound = Question { p99_ms: None, cold_share: None, usd_per_month: None, ..question.clone() };
    let fastest =
        meeting(rows, &unbound).min_by(|one, other| one.figures.p99_ms.value.total_cmp(&other.figures.p99_ms.value));
    for row in without.iter().filter_map(|question| pick(rows, question)).chain(fastest) {
        if !found.iter().any(|it| it.candidate.variant == row.candidate.variant) {
            found.push(row);
        }
    }
    found.into_iter().map(Row::finding).collect()
}

/// Whether a way runs a server.
pub(crate) fn is_server(way: Way) -> bool {
    way.compute.facts().kind == Kind::Server
}

/// Whether a way runs a function, whose environments start and end with its calls.
pub(crate) fn is_function(way: Way) -> bool {
    way.compute.facts().kind == Kind::Function
}
