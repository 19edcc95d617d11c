//! The charts of a report, in page and terminal alike. Each has what is measured or what is predicted, never both.

use measure::run::{Load, Measurement, Prediction, RateFigures, Record, Run};
use measure::stats::Figure;
use ways::model;

use crate::candidates::{Basis, Candidates, Wish, row_name, stops};
use crate::chart::{Axis, Chart, Layer, Line, Mark, steps};
use crate::choice::percent;
use crate::hops::AtMemory;
use crate::numbers::{calls, usd};
use crate::view::Unit;

/// How a basis marks its figures.
fn mark_of(basis: Basis) -> &'static str {
    if basis == Basis::Predicted { " ~" } else { "" }
}

/// Cost against latency at a number of calls, each way a mark, with the line of those that nothing beats in both.
pub(crate) fn scatter(candidates: &Candidates, wish: Wish) -> Option<Chart> {
    let at = |index: usize| Some([candidates.list[index].usd[wish.stop]?, candidates.list[index].latency.p99_ms]);
    let pareto = candidates.pareto(wish.stop);
    let marks = candidates.list.iter().enumerate().map(|(index, it)| Mark {
        name: it.name.clone(),
        about: about(candidates, index, wish),
        id: it.id.clone(),
        ink: candidates.ink(index),
        at: at(index),
        named: pareto.contains(&index),
    });
    let line = Line {
        name: String::new(),
        ink: 0,
        points: pareto.iter().filter_map(|index| at(*index)).collect(),
        reference: true,
    };
    Some(Chart {
        title: format!("Cost and latency at {} calls a month", calls(stops()[wish.stop])),
        x: cost_axis(candidates, wish.stop)?,
        y: Axis::around(
            &format!("p99, ms{}, {}", mark_of(candidates.basis), candidates.basis.words()),
            candidates.list.iter().map(|it| it.latency.p99_ms),
            number,
        )?,
        layers: vec![Layer::Line(line), Layer::Marks(marks.collect())],
    })
}

/// The axis of costs at a number of calls.
pub(crate) fn cost_axis(candidates: &Candidates, stop: usize) -> Option<Axis> {
    Axis::around("$ a month", candidates.list.iter().filter_map(|it| it.usd[stop]), short_usd)
}

/// A candidate in one line.
pub(crate) fn about(candidates: &Candidates, index: usize, wish: Wish) -> String {
    let it = &candidates.list[index];
    let cost = it.usd[wish.stop].map_or("too many calls".to_owned(), |cost| format!("${} a month", usd(cost)));
    format!("{}: {cost}, {}", it.name, beside_cost(candidates, index))
}

/// What that line has after the cost.
pub(crate) fn beside_cost(candidates: &Candidates, index: usize) -> String {
    let it = &candidates.list[index];
    let durable = if it.durable { "durable" } else { "not durable" };
    let tilde = if candidates.basis == Basis::Predicted { "~" } else { "" };
    format!("p99 {tilde}{} ms, {durable}", Unit::Predicted.text(it.latency.p99_ms))
}

/// What ways cost by calls a month: ways that cost the same have one line.
pub(crate) fn costs(candidates: &Candidates, only: Option<usize>) -> Option<Chart> {
    let mut layers: Vec<_> = same(candidates.list.iter().map(|it| it.curve.clone()).enumerate(), 0.005)
        .iter()
        .map(|(of, curve)| {
            let is_only = only.is_none_or(|only| of.contains(&only));
            let names: Vec<_> = of.iter().map(|index| candidates.list[*index].name.as_str()).collect();
            Line {
                name: if only.is_none() { names.join(", ") } else { String::new() },
                ink: 0,
                points: curve.clone(),
                reference: !is_only,
            }
        })
        .collect();
    if only.is_none() {
        layers.iter_mut().zip((0..2 * crate::chart::INKS).cycle()).for_each(|(line, ink)| line.ink = ink);
    }
    // The one that it is about is drawn last, above the others.
    layers.sort_by_key(|line| !line.reference);
    let about = only.map_or("Cost by calls a month".to_owned(), |only| {
        format!("Cost of {} by calls a month, the others in the background", candidates.list[only].name)
    });
    let costs = || candidates.list.iter().flat_map(|it| it.curve.iter().map(|[_, usd]| *usd));
    let (first, last) = (*stops().first()?, *stops().last()?);
    // What costs a cent or nothing is at the lower end: below it is nothing to choose by.
    let most = costs().fold(1.0, f64::max);
    Some(Chart {
        title: about,
        x: Axis::logarithmic("calls a month", [first, last], calls),
        y: Axis::logarithmic("$ a month", [0.01, most * 1.25], short_usd),
        layers: layers.into_iter().map(Layer::Line).collect(),
    })
}

/// Curves that are the same, to a part of their height, with the indices of whose they are.
fn same(curves: impl Iterator<Item = (usize, Vec<[f64; 2]>)>, part: f64) -> Vec<(Vec<usize>, Vec<[f64; 2]>)> {
    let mut lines: Vec<(Vec<usize>, Vec<[f64; 2]>)> = Vec::new();
    for (index, it) in curves {
        let near = |(a, b): (&[f64; 2], &[f64; 2])| (a[1] - b[1]).abs() <= part * a[1].abs();
        match lines.iter_mut().find(|(_, curve)| curve.len() == it.len() && curve.iter().zip(&it).all(near)) {
            Some((of, _)) => of.push(index),
            None => lines.push((vec![index], it)),
        }
    }
    lines
}

/// The smallest share of cold calls that is drawn: one of ten thousand, which no 99th percentile feels.
const LEAST_COLD: f64 = 1e-4;

/// The share of functions' calls that meet a cold start, by calls a month.
pub(crate) fn cold_shares(candidates: &Candidates) -> Option<Chart> {
    let curve = |shares: &Vec<f64>| {
        stops().into_iter().zip(shares).map(|(calls, share)| [calls, share.max(LEAST_COLD)]).collect()
    };
    let functions =
        candidates.list.iter().enumerate().filter_map(|(index, it)| Some((index, curve(it.cold.as_ref()?))));
    let lines = same(functions, 0.1);
    let (first, last) = (*stops().first()?, *stops().last()?);
    let layers = lines.iter().zip((0..2 * crate::chart::INKS).cycle()).map(|((of, points), ink)| {
        let names: Vec<_> = of.iter().map(|index| candidates.list[*index].name.as_str()).collect();
        Layer::Line(Line { name: names.join(", "), ink, points: points.clone(), reference: false })
    });
    (!lines.is_empty()).then(|| Chart {
        title: "Predicted share of calls that meet a cold start, by calls a month that come at random".to_owned(),
        x: Axis::logarithmic("calls a month", [first, last], calls),
        y: Axis::logarithmic("cold calls ~", [LEAST_COLD, 1.0], |share| format!("{} %", percent(share))),
        layers: layers.collect(),
    })
}

/// Samples of a load's acknowledged calls, sorted, in ms; those that opened a connection are left out.
pub(crate) fn samples_ms(load: &Load) -> Vec<f64> {
    let samples = &load.samples;
    let calls = samples.duration_us.iter().zip(0..);
    let kept = calls.filter(|(_, index)| samples.acknowledged(*index) && !samples.opened_connection.contains(index));
    let mut ms: Vec<f64> = kept.map(|(us, _)| us / 1e3).collect();
    ms.sort_by(f64::total_cmp);
    ms
}

/// The distribution of measured calls, a line for each round.
pub(crate) fn measured(name: &str, rounds: &[&Load], p: [Option<Figure>; 3]) -> Option<Chart> {
    let lines: Vec<_> = rounds.iter().map(|round| samples_ms(round)).collect();
    let rules = p.into_iter().zip(["p50", "p90", "p99"]);
    let rules = rules.filter_map(|(figure, name)| figure.map(|figure| (figure.value, name)));
    distribution(
        &format!("Sequential calls of {name}: share of the calls up to a latency, a line for each round"),
        "ms",
        &lines,
        rules,
    )
}

/// The distribution of predicted calls.
pub(crate) fn predicted(name: &str, prediction: &Prediction) -> Option<Chart> {
    let summary = &prediction.latency.summary;
    let rules = [(summary.p50_ms, "p50"), (summary.p90_ms, "p90"), (summary.p99_ms, "p99")];
    let title = format!("Predicted calls of {name} on AWS: share of the calls up to a latency");
    distribution(&title, "ms ~", &[samples_ms(&prediction.latency)], rules.into_iter())
}

fn distribution<'a>(
    title: &str,
    unit: &str,
    lines: &[Vec<f64>],
    rules: impl Iterator<Item = (f64, &'a str)>,
) -> Option<Chart> {
    let x = Axis::around(unit, lines.iter().flatten().copied(), number)?;
    let line =
        |sorted: &Vec<f64>| Layer::Line(Line { name: String::new(), ink: 0, points: steps(sorted), reference: false });
    let rules = rules.map(|(x, label)| Layer::Rule { x, label: label.to_owned() });
    Some(Chart {
        title: title.to_owned(),
        x,
        y: Axis::linear("share of calls", [0.0, 1.0], |share| format!("{:.0} %", share * 100.0)),
        layers: rules.chain(lines.iter().map(line)).collect(),
    })
}

/// All ways' distributions in one, a line for each.
pub(crate) fn distributions(runs: &[Run]) -> Option<Chart> {
    let records = || runs.iter().enumerate().flat_map(|(run, it)| it.rows.iter().map(move |record| (run, record)));
    let predicted = records().any(|(_, record)| record.predicted().is_some());
    if !predicted && runs.iter().any(|run| run.merged.is_some()) {
        // Times of several machines are not drawn beside each other.
        return None;
    }
    let lines: Vec<(String, Vec<f64>)> = records()
        .filter_map(|(run, record)| {
            let ms = match record.predicted() {
                Some(it) => samples_ms(&it.latency),
                None if predicted => return None,
                None => pooled(record),
            };
            (!ms.is_empty()).then(|| (row_name(runs, run, record), ms))
        })
        .collect();
    let (unit, what) = if predicted { ("ms ~", "Predicted") } else { ("ms", "Measured") };
    let layers = lines.iter().zip((0..2 * crate::chart::INKS).cycle()).map(|((name, sorted), ink)| {
        Layer::Line(Line { name: name.clone(), ink, points: steps(sorted), reference: false })
    });
    Some(Chart {
        title: format!("{what} calls: share of the calls up to a latency"),
        x: Axis::around(unit, lines.iter().flat_map(|(_, sorted)| sorted.iter().copied()), number)?,
        y: Axis::linear("share of calls", [0.0, 1.0], |share| format!("{:.0} %", share * 100.0)),
        layers: layers.collect(),
    })
}

/// All rounds' calls together: for a picture, not for figures.
fn pooled(record: &Record) -> Vec<f64> {
    let here = record.measured().into_iter().map(|it: &Measurement| &it.latency);
    let mut ms: Vec<f64> = here.chain(record.on_aws().into_iter().map(|it| &it.latency)).flat_map(samples_ms).collect();
    ms.sort_by(f64::total_cmp);
    ms
}

/// A function's predicted latency by its memory.
pub(crate) fn memory(name: &str, sizes: &[AtMemory]) -> Option<Chart> {
    let (first, last) = (sizes.first()?, sizes.last()?);
    let line = |name: &str, ink: u8, of: fn(&AtMemory) -> f64| {
        let points = sizes.iter().map(|it| [f64::from(it.mib), of(it)]).collect();
        Layer::Line(Line { name: name.to_owned(), ink, points, reference: false })
    };
    Some(Chart {
        title: format!("Predicted latency of {name} by memory"),
        x: Axis::logarithmic("memory, MB", [f64::from(first.mib), f64::from(last.mib)], |mib| format!("{mib:.0}")),
        y: Axis::around("ms ~", sizes.iter().flat_map(|it| [it.p50_ms, it.p99_ms]), number)?,
        layers: vec![line("p99", 1, |it| it.p99_ms), line("p50", 0, |it| it.p50_ms)],
    })
}

/// Latency at rising rates, with the knee.
pub(crate) fn rates(name: &str, at_rates: &[RateFigures], knee: Option<f64>) -> Option<Chart> {
    let points = |of: fn(&RateFigures) -> Option<&Figure>| {
        at_rates.iter().filter_map(|at| Some([at.per_second, of(at)?.value])).collect::<Vec<_>>()
    };
    let (p50, p99) = (points(|at| at.p50_ms.as_ref()), points(|at| at.p99_ms.as_ref()));
    let most = at_rates.iter().map(|at| at.per_second).fold(0.0, f64::max);
    let line = |name: &str, ink: u8, points: Vec<[f64; 2]>| {
        Layer::Line(Line { name: name.to_owned(), ink, points, reference: false })
    };
    let y = Axis::around("ms", p50.iter().chain(&p99).map(|[_, ms]| *ms), number)?;
    let knee = knee.map(|x| Layer::Rule { x, label: "knee".to_owned() });
    (at_rates.len() > 1).then(|| Chart {
        title: format!("Latency of {name} at rising rates, open-loop, measured here"),
        x: Axis::linear("calls a second", [0.0, most * 1.05], number),
        y,
        layers: knee.into_iter().chain([line("p99", 1, p99), line("p50", 0, p50)]).collect(),
    })
}

/// What was predicted against what was published or measured elsewhere: on the line they are equal.
pub(crate) fn held_out(title: &str, axes: [&str; 2], points: &[(String, [f64; 2])]) -> Option<Chart> {
    let all = || points.iter().flat_map(|(_, point)| *point);
    let x = Axis::around(axes[0], all(), number)?;
    let [low, high] = x.range;
    let equal = Line { name: String::new(), ink: 0, points: vec![[low, low], [high, high]], reference: true };
    let marks = points.iter().map(|(name, [x, y])| Mark {
        name: name.clone(),
        about: format!("{name}: {} {} ms, {} {} ms", axes[0], number(*x), axes[1], number(*y)),
        id: "held-out".to_owned(),
        ink: 0,
        at: Some([*x, *y]),
        named: points.len() < 10,
    });
    Some(Chart {
        title: title.to_owned(),
        y: Axis { label: axes[1].to_owned(), ..x.clone() },
        x,
        layers: vec![Layer::Line(equal), Layer::Marks(marks.collect())],
    })
}

/// What a way's parts are in words.
pub(crate) fn words(record: &Record) -> String {
    let way = record.way.parse().ok().filter(|_| record.stands_for.is_none());
    way.map_or_else(|| record.title.clone(), |way| model().title(way))
}

/// A number to three digits at most, without zeros behind it.
fn number(value: f64) -> String {
    let decimals = if value == 0.0 { 0 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 6) };
    let text = format!("{value:.*}", usize::try_from(decimals).unwrap_or(0));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn short_usd(value: f64) -> String {
    format!("${}", if value >= 1e3 { calls(value).replace(' ', "") } else { number(value) })
}
