//! What can be chosen of runs: each way with what it costs by calls a month and how slow it is, and the answer under a bound
//! on latency. The arithmetic of costs is the crate `prices`'.

use choose::cold_share;
use measure::run::{Record, Run};
use model::Parameters;
use prices::PriceFolder;
use prices::cost::{Curve, SECONDS_PER_MONTH, break_evens};
use ways::{Axis, Compute, Kind, Way};

use crate::cost::Costed;

/// Calls a month at which costs are shown, within a decade.
const DIGITS: [f64; 6] = [1.0, 1.5, 2.0, 3.0, 5.0, 7.0];

/// The decades of calls a month: a thousand to a milliard.
const DECADES: std::ops::Range<i32> = 3..9;

/// Bounds on the 99th percentile that are offered, in ms.
pub(crate) const BOUNDS_MS: [f64; 8] = [10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, f64::INFINITY];

/// What the page begins with: one call a second is 2.6 million a month.
const CALLS_PER_MONTH: f64 = 3e6;
const BOUND_MS: f64 = 50.0;

/// Where the latencies of candidates are from. They are never mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Basis {
    /// Predicted of AWS.
    Predicted,
    /// Measured on AWS.
    OnAws,
    /// Measured on this machine.
    Here,
}

impl Basis {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Predicted => "predicted for AWS",
            Self::OnAws => "measured on AWS",
            Self::Here => "measured here, over loopback",
        }
    }
}

/// A 99th percentile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Latency {
    /// In ms.
    pub(crate) p99_ms: f64,
    /// Its interval, or the range of a prediction's assumptions.
    pub(crate) range_ms: Option<[f64; 2]>,
}

/// A way that can be chosen.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Its name, that of its row.
    pub(crate) name: String,
    /// Of its section in the page.
    pub(crate) id: String,
    /// The way.
    pub(crate) way: Way,
    /// Whether its count outlives its process.
    pub(crate) durable: bool,
    /// How slow it is.
    pub(crate) latency: Latency,
    /// Dollars a month at each of [`stops`]; nothing where it can't serve so many calls.
    pub(crate) usd: Vec<Option<f64>>,
    /// The share of its calls that meet a cold start at each of [`stops`], where they come at random at a steady rate;
    /// nothing of a server, and where nothing was predicted.
    pub(crate) cold: Option<Vec<f64>>,
    /// Calls a month and dollars, where it can serve so many.
    pub(crate) curve: Vec<[f64; 2]>,
}

/// Where one candidate stops being the cheaper of two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Crossing {
    /// The cheaper one with fewer calls, by its place in the list.
    pub(crate) below: usize,
    /// The cheaper one with more.
    pub(crate) above: usize,
    /// Calls a month.
    pub(crate) calls: f64,
}

/// All that can be chosen.
#[derive(Clone, Debug)]
pub(crate) struct Candidates {
    /// Where their latencies are from.
    pub(crate) basis: Basis,
    /// In the order of the rows.
    pub(crate) list: Vec<Candidate>,
    /// By rising calls.
    pub(crate) crossings: Vec<Crossing>,
}

/// What is chosen by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wish {
    /// The index of a stop.
    pub(crate) stop: usize,
    /// The most that the 99th percentile may be, in ms.
    pub(crate) bound_ms: f64,
    /// Whether the count must outlive its process.
    pub(crate) durable: bool,
}

/// Calls a month at which costs are shown: exact there, nothing is interpolated.
pub(crate) fn stops() -> Vec<f64> {
    let all = DECADES.flat_map(|decade| DIGITS.map(|digit| digit * 10_f64.powi(decade)));
    all.chain([10_f64.powi(DECADES.end)]).collect()
}

/// The id of a record's section.
pub(crate) fn id(run: usize, row: usize) -> String {
    format!("way-{run}-{row}")
}

impl Candidates {
    /// Those of runs; nothing where no way has both a latency and a cost.
    pub(crate) fn of(runs: &[Run], folder: &PriceFolder) -> Option<Self> {
        let records = || runs.iter().flat_map(|run| &run.rows);
        let basis = [Basis::Predicted, Basis::OnAws, Basis::Here]
            .into_iter()
            // Times of several machines are not compared.
            .filter(|basis| *basis != Basis::Here || runs.iter().all(|run| run.merged.is_none()))
            .find(|basis| records().any(|record| latency(record, *basis).is_some()))?;
        let mut costed = Vec::new();
        for (run_index, run) in runs.iter().enumerate() {
            for (row, record) in run.rows.iter().enumerate() {
                let (Some(latency), Some(way)) = (latency(record, basis), record.modelled()) else { continue };
                let costs = Costed::of(way, record, &run.plan, run.environment.processors, folder);
                costed.extend(costs.map(|costs| (run_index, row, record, way, latency, costs)));
            }
        }
        let curves: Vec<_> =
            costed.iter().filter_map(|it| Some((it, Curve::new(it.3, it.5.usage, &it.5.prices).ok()?))).collect();
        let list: Vec<_> = curves
            .iter()
            .map(|((run, row, record, way, latency, _), curve)| Candidate {
                cold: cold_shares(*way, record),
                name: row_name(runs, *run, record),
                id: id(*run, *row),
                way: *way,
                durable: record.durable,
                latency: *latency,
                usd: stops().into_iter().map(|calls| curve.usd(calls)).collect(),
                curve: stops().into_iter().filter_map(|calls| Some([calls, curve.usd(calls)?])).collect(),
            })
            .collect();
        let mut crossings = Vec::new();
        for (one, (_, a)) in curves.iter().enumerate() {
            for (other, (_, b)) in curves.iter().enumerate().skip(one + 1) {
                // By their places in the list, for two builds are one way.
                crossings.extend(break_evens(&[a.clone(), b.clone()]).into_iter().map(|it| {
                    let (below, above) = if cheaper(a, b, it.calls_per_month) { (one, other) } else { (other, one) };
                    Crossing { below, above, calls: it.calls_per_month }
                }));
            }
        }
        crossings.sort_by(|a, b| a.calls.total_cmp(&b.calls));
        (!list.is_empty()).then_some(Self { basis, list, crossings })
    }

    /// What the page begins with: the tightest bound from [`BOUND_MS`] on that leaves a way.
    pub(crate) fn first_wish(&self) -> Wish {
        let stop = stops().iter().position(|calls| *calls >= CALLS_PER_MONTH).unwrap_or(0);
        let wish = |durable| {
            let bounds = BOUNDS_MS.into_iter().filter(|bound| *bound >= BOUND_MS);
            bounds.map(move |bound_ms| Wish { stop, bound_ms, durable })
        };
        let mut wishes = wish(true).chain(wish(false));
        wishes.find(|wish| !self.ranked(*wish).is_empty()).unwrap_or(Wish {
            stop,
            bound_ms: f64::INFINITY,
            durable: false,
        })
    }

    /// Those that fulfil a wish, the cheapest first; of two that cost the same the faster one.
    pub(crate) fn ranked(&self, wish: Wish) -> Vec<usize> {
        let mut fulfil: Vec<_> = (0..self.list.len()).filter(|index| self.refusal(*index, wish).is_none()).collect();
        fulfil.sort_by(|a, b| self.order(*a, *b, wish));
        fulfil
    }

    /// All of them: those that fulfil a wish, then the others, each by cost.
    pub(crate) fn all_ranked(&self, wish: Wish) -> Vec<usize> {
        let ranked = self.ranked(wish);
        let mut others: Vec<_> = (0..self.list.len()).filter(|index| !ranked.contains(index)).collect();
        others.sort_by(|a, b| self.order(*a, *b, wish));
        ranked.into_iter().chain(others).collect()
    }

    fn order(&self, a: usize, b: usize, wish: Wish) -> std::cmp::Ordering {
        let usd = |index: usize| self.list[index].usd[wish.stop].unwrap_or(f64::INFINITY);
        let p99 = |index: usize| self.list[index].latency.p99_ms;
        usd(a).total_cmp(&usd(b)).then(p99(a).total_cmp(&p99(b))).then(a.cmp(&b))
    }

    /// Why a candidate does not fulfil a wish, if it doesn't.
    pub(crate) fn refusal(&self, index: usize, wish: Wish) -> Option<&'static str> {
        let candidate = &self.list[index];
        if candidate.usd[wish.stop].is_none() {
            Some("too many calls")
        } else if wish.durable && !candidate.durable {
            Some("not durable")
        } else if candidate.latency.p99_ms > wish.bound_ms {
            Some("too slow")
        } else {
            None
        }
    }

    /// From how many calls on another one that fulfils the wish is cheaper than the cheapest: which, and from where.
    pub(crate) fn next_crossing(&self, winner: usize, wish: Wish) -> Option<Crossing> {
        let calls = stops()[wish.stop];
        let fulfils = |crossing: &&Crossing| {
            let it = &self.list[crossing.above];
            it.latency.p99_ms <= wish.bound_ms && (it.durable || !wish.durable)
        };
        let mut of_winner = self.crossings.iter().filter(|it| it.below == winner && it.calls > calls);
        of_winner.find(fulfils).copied()
    }

    /// Those that no other one beats, among all that serve so many calls: none is faster for less money, or for as much to
    /// half a per cent. By rising cost.
    pub(crate) fn pareto(&self, stop: usize) -> Vec<usize> {
        let all = self.ranked(Wish { stop, bound_ms: f64::INFINITY, durable: false });
        let usd = |index: usize| self.list[index].usd[stop].unwrap_or(f64::INFINITY);
        let p99_ms = |index: usize| self.list[index].latency.p99_ms;
        let beats = |one: usize, other: usize| usd(one) <= usd(other) * 1.005 && p99_ms(one) < p99_ms(other);
        all.iter().copied().filter(|index| !all.iter().any(|other| beats(*other, *index))).collect()
    }

    /// The computes of the list, in order: each has an ink.
    pub(crate) fn computes(&self) -> Vec<Compute> {
        let mut computes: Vec<_> = self.list.iter().map(|it| it.way.compute).collect();
        computes.sort();
        computes.dedup();
        computes
    }

    /// The ink of a candidate: that of its compute.
    pub(crate) fn ink(&self, index: usize) -> u8 {
        let place = self.computes().iter().position(|it| *it == self.list[index].way.compute).unwrap_or(0);
        place as u8 % crate::chart::INKS
    }
}

/// Whether a curve is the cheaper one just below a number of calls.
fn cheaper(a: &Curve<'_>, b: &Curve<'_>, calls: f64) -> bool {
    a.usd(calls * 0.999).zip(b.usd(calls * 0.999)).is_some_and(|(a, b)| a < b)
}

/// The name of a record's row: with the number of its run where there are several.
pub(crate) fn row_name(runs: &[Run], run: usize, record: &Record) -> String {
    if runs.len() == 1 { record.name() } else { format!("{}, run {}", record.name(), run + 1) }
}

fn latency(record: &Record, basis: Basis) -> Option<Latency> {
    let figure = || record.figures()?.p99_ms;
    match basis {
        Basis::Predicted => {
            let predicted = record.predicted()?;
            let range_ms = predicted.ranges.map(|ranges| ranges.p99_ms);
            Some(Latency { p99_ms: predicted.latency.summary.p99_ms, range_ms })
        }
        Basis::OnAws if record.on_aws().is_empty() => None,
        Basis::Here if record.measured().is_empty() => None,
        Basis::OnAws | Basis::Here => figure().map(|it| Latency { p99_ms: it.value, range_ms: it.ci95 }),
    }
}

/// The share of cold calls at each stop, in closed form, by how long the prediction has an environment busy.
fn cold_shares(way: Way, record: &Record) -> Option<Vec<f64>> {
    if way.compute.facts().kind != Kind::Function {
        return None;
    }
    let busy_s = record.predicted()?.function_mean_ms? / 1e3;
    let keep_idle_s = Parameters::committed().keep_idle.duration().as_secs_f64();
    Some(stops().into_iter().map(|calls| cold_share(calls / SECONDS_PER_MONTH, busy_s, keep_idle_s)).collect())
}

/// The words of a way's parts, by axis.
pub(crate) fn parts(way: Way) -> [(&'static str, &'static str); 5] {
    [
        ("compute", way.compute.word()),
        ("language", way.language.word()),
        ("store", way.store.word()),
        ("front", way.front.word()),
        ("arch", way.arch.word()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ways by their p99 in ms and their dollars a month without calls and of a million.
    fn candidates(ways: &[(&str, bool, f64, f64, f64)]) -> Candidates {
        let list: Vec<_> = ways
            .iter()
            .map(|&(name, durable, p99_ms, fixed, million)| Candidate {
                name: name.to_owned(),
                id: String::new(),
                way: name.parse().expect("a way"),
                durable,
                latency: Latency { p99_ms, range_ms: None },
                cold: None,
                usd: stops().iter().map(|calls| (*calls < 9e8).then_some(fixed + million * calls / 1e6)).collect(),
                curve: Vec::new(),
            })
            .collect();
        let crossings = vec![Crossing { below: 1, above: 0, calls: 4e6 }, Crossing { below: 1, above: 2, calls: 9e6 }];
        Candidates { basis: Basis::Predicted, list, crossings }
    }

    fn three() -> Candidates {
        candidates(&[
            ("ec2", false, 2.0, 8.0, 0.0),
            ("lambda-dynamodb", true, 45.0, 0.0, 2.0),
            ("fargate", true, 19.0, 18.0, 0.0),
        ])
    }

    #[test]
    fn stops_have_the_question_that_people_have_and_rise() {
        let stops = stops();
        assert!(stops.is_sorted() && stops.contains(&3e6) && (stops[0], stops.len()) == (1e3, 37));
    }

    #[test]
    fn the_cheapest_that_fulfils_the_wish_comes_first_and_the_others_have_a_reason() {
        let three = three();
        let wish = three.first_wish();
        assert_eq!((stops()[wish.stop], wish.bound_ms, wish.durable), (3e6, 50.0, true));
        assert_eq!(three.ranked(wish), [1, 2]);
        assert_eq!(three.all_ranked(wish), [1, 2, 0]);
        assert_eq!(three.refusal(0, wish), Some("not durable"));
        assert_eq!(three.ranked(Wish { bound_ms: 20.0, ..wish }), [2]);
        assert_eq!(three.ranked(Wish { durable: false, ..wish }), [1, 0, 2]);
        assert_eq!(three.ranked(Wish { stop: stops().len() - 1, ..wish }).len(), 0);
        assert_eq!(three.refusal(1, Wish { stop: stops().len() - 1, ..wish }), Some("too many calls"));
        // The first crossing is to a way that does not fulfil the wish.
        assert_eq!(three.next_crossing(1, wish).map(|it| it.above), Some(2));
        assert_eq!(three.next_crossing(1, Wish { durable: false, ..wish }).map(|it| it.above), Some(0));
    }

    #[test]
    fn a_bound_that_nobody_keeps_is_not_what_the_page_begins_with() {
        let slow = candidates(&[("lambda-s3", true, 140.0, 0.0, 7.0), ("ec2", false, 2.0, 8.0, 0.0)]);
        assert_eq!((slow.first_wish().bound_ms, slow.first_wish().durable), (200.0, true));
        let none = candidates(&[("ec2", false, 2.0, 8.0, 0.0)]);
        assert_eq!((none.first_wish().bound_ms, none.first_wish().durable), (50.0, false));
    }

    #[test]
    fn no_other_way_beats_those_on_the_line_in_both() {
        let mut ways = three();
        let stop = ways.first_wish().stop;
        assert_eq!(ways.pareto(stop), [1, 0]);
        // As cheap, and slower: not on it.
        ways.list[2].usd = ways.list[0].usd.clone();
        assert_eq!(ways.pareto(stop), [1, 0]);
    }
}
