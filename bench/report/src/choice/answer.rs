//! The answer of `lab choose` in words, with the table of the ways that meet the bounds.

use std::fmt::Write;

use choose::{Answer, Change, Confidence, Finding, Unmeasured, Why};
use ways::{Build, model};

use super::words::{Sources, ms, ms_range, percent, percent_range, usd_change, usd_range, wrapped};
use crate::numbers::{calls, usd, whole};
use crate::table::drawn;

/// Rows of the table.
const ROWS: usize = 10;

/// Ways that cost the same which are named.
const ALIKE: usize = 4;

/// The answer as text.
#[must_use]
pub fn text(answer: &Answer, sources: &Sources<'_>) -> String {
    let mut text = format!("{}\n\n", question(answer));
    match answer.ranked.first() {
        Some(winner) => {
            text.push_str(&won(answer, winner));
            let _ = writeln!(text, "\n{}", table(&answer.ranked[..answer.ranked.len().min(ROWS)]));
            let _ = writeln!(text, "The best of each compute:\n\n{}", table(&answer.by_compute));
        }
        None => text.push_str(&lost(answer)),
    }
    text.push_str(&counts(answer));
    text.push_str(&sources.text());
    text
}

/// The name of a finding, its size written out.
fn name(finding: &Finding) -> String {
    // Of a language with one build alone it is that one, unmarked.
    let build = if model().builds(finding.way).len() > 1 { finding.build } else { Build::Idiomatic };
    let mark = if build == Build::Tuned { " (tuned)" } else { "" };
    let doubtful = if finding.share_held { "" } else { " *" };
    if finding.own {
        return format!("`{}@{}`{doubtful}", finding.way.place(), finding.way.size);
    }
    let size = if finding.way.has_process() { format!("@{}", finding.way.size) } else { String::new() };
    format!("`{}{size}`{mark}{doubtful}", finding.way.at_default_size())
}

fn question(answer: &Answer) -> String {
    let question = &answer.question;
    let mut bounds = vec![format!("{} calls a month", whole(question.calls_per_month))];
    bounds.extend(question.p99_ms.map(|bound| format!("p99 of {bound} ms at most")));
    bounds.extend(question.cold_share.map(|share| format!("cold starts for {} % of calls at most", share * 100.0)));
    bounds.extend(question.usd_per_month.map(|usd| format!("$ {usd} a month at most")));
    bounds.extend(question.durable.then(|| "durable".to_owned()));
    if !question.languages.is_empty() {
        bounds.push(question.languages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "));
    }
    format!("The cheapest way for {}:", bounds.join(", "))
}

fn won(answer: &Answer, winner: &Finding) -> String {
    let mut text = format!("- **{}**: {}\n", name(winner), in_short(winner));
    if !answer.alike.is_empty() {
        let named: Vec<_> = answer.alike.iter().take(ALIKE).map(name).collect();
        let more = answer.alike.len().saturating_sub(ALIKE);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(text, "- As cheap to 1 %, and slower: {}{more}", named.join(", "));
    }
    if let (Some(runner_up), Some(why)) = (&answer.runner_up, &answer.why) {
        let _ = writeln!(text, "- Runner-up: {}: {}", name(runner_up), in_short(runner_up));
        let _ = writeln!(text, "- What decides: {}", decides(why));
    }
    let changes: Vec<_> = answer.changes.iter().map(change).collect();
    if !changes.is_empty() {
        let _ = writeln!(text, "\nWhat would change it:\n\n{}", changes.join("\n"));
    }
    if let Some(confidence) = &answer.confidence {
        let _ = write!(text, "\n{}", wrapped(&relied(confidence, answer)));
    }
    text
}

fn in_short(finding: &Finding) -> String {
    let figures = &finding.figures;
    let cold = match figures.cold_share.value {
        0.0 => String::new(),
        _ => format!(
            ", cold start ~ {} ms for {} % of calls",
            cold_start(figures.cold_start_ms),
            percent_range(figures.cold_share)
        ),
    };
    format!("$ {} a month, p99 ~ {} ms{cold}", usd_range(figures.usd_per_month), ms_range(figures.p99_ms))
}

/// A cold start; none of what has no process.
pub(super) fn cold_start(figure: Option<choose::Figure>) -> String {
    figure.map_or_else(|| "–".to_owned(), ms_range)
}

fn decides(why: &Why) -> String {
    let items: Vec<_> = why.items.iter().map(|it| format!("{} {}", it.item, usd_change(it.usd_per_month))).collect();
    // Below a hundredth of a millisecond nothing is predicted.
    let p99 = match why.p99_ms {
        same if same.abs() < 0.01 => "p99 is the same".to_owned(),
        sooner if sooner > 0.0 => format!("p99 is {} ms sooner", ms(sooner)),
        later => format!("p99 is {} ms later", ms(-later)),
    };
    format!("$ {} a month ({}); {p99}", usd(why.usd_per_month), items.join(", "))
}

fn change(change: &Change) -> String {
    let then = |then: &Option<Finding>| match then {
        Some(then) => format!("{}, $ {}", name(then), usd(then.figures.usd_per_month.value)),
        None => "nothing meets it".to_owned(),
    };
    let at = |it: &Finding| {
        format!(
            "{}, $ {}, p99 ~ {} ms there",
            name(it),
            usd(it.figures.usd_per_month.value),
            ms(it.figures.p99_ms.value)
        )
    };
    match change {
        Change::CallsFrom { calls_per_month, then } => {
            format!("- from {} calls a month on: {}", calls(*calls_per_month), at(then))
        }
        Change::CallsUpTo { calls_per_month, then } => {
            format!("- up to {} calls a month: {}", calls(*calls_per_month), at(then))
        }
        Change::P99Below { p99_ms, then: found } => {
            format!("- with a bound on p99 below {} ms: {}", ms(*p99_ms), then(found))
        }
        Change::P99From { p99_ms, then: found } => {
            format!("- with a bound on p99 from {} ms on: {}", ms(*p99_ms), then(&Some(found.clone())))
        }
        Change::Durable { then: found } => format!("- if the count has to be durable: {}", then(found)),
        Change::NotDurable { then: found } => {
            format!("- if the count need not be durable: {}", then(&Some(found.clone())))
        }
        Change::AnyLanguage { then: found } => format!("- in any language: {}", then(&Some(found.clone()))),
    }
}

fn relied(confidence: &Confidence, answer: &Answer) -> String {
    let mut lines = Vec::new();
    lines.push(match (confidence.bound_holds, confidence.cost_holds) {
        (true, true) => "Confidence: the winner wins over the whole range of what is assumed.".to_owned(),
        (false, true) => {
            "Confidence: the winner is cheaper than the runner-up over the whole range of what is assumed; \
                          its p99 is within the bound for a part of it."
                .to_owned()
        }
        (true, false) => {
            "Confidence: the costs of winner and runner-up overlap in the range of what is assumed.".to_owned()
        }
        (false, false) => {
            "Confidence: neither its cost nor its p99 holds over the whole range of what is assumed.".to_owned()
        }
    });
    if let Some(safe) = &confidence.safe {
        lines.push(format!("The cheapest within the bounds over its whole range: {}: {}.", name(safe), in_short(safe)));
    } else if !confidence.bound_holds {
        lines.push("Nothing is within the bound over its whole range.".to_owned());
    }
    if let Some(lucky) = &confidence.with_luck {
        lines.push(format!(
            "Cheaper, and within the bound for a part of its range only: {}: {}.",
            name(lucky),
            in_short(lucky)
        ));
    }
    if answer.ranked.iter().take(1).any(|it| !it.share_held) {
        lines.push("*: measured without the quota of its size, its CPU times are too short.".to_owned());
    }
    lines.join(" ")
}

fn lost(answer: &Answer) -> String {
    let mut text = "- **none**. With one bound left out, or the fastest:\n".to_owned();
    for finding in &answer.nearest {
        let _ = writeln!(text, "- {}: {}", name(finding), in_short(finding));
    }
    text.push('\n');
    text
}

fn table(findings: &[Finding]) -> String {
    let header = ["way", "$/month ~", "p50 ~", "p99 ~", "cold start ~", "cold calls, %", "instances", "durable"];
    let rows = findings.iter().map(|it| {
        let figures = &it.figures;
        vec![
            name(it).replace('`', ""),
            usd_range(figures.usd_per_month),
            ms_range(figures.p50_ms),
            ms_range(figures.p99_ms),
            cold_start(figures.cold_start_ms),
            percent(figures.cold_share.value),
            match figures.cold_share.value > 0.0 || !it.way.has_process() {
                true => "–".to_owned(),
                false => figures.instances.to_string(),
            },
            if it.durable { "yes" } else { "no" }.to_owned(),
        ]
    });
    format!("{}\n", drawn(&header, rows))
}

fn counts(answer: &Answer) -> String {
    let mut text = format!(
        "{} candidates (ways at their sizes), {} meet the bounds, {} can't serve so many calls.\n",
        whole(answer.candidates as f64),
        whole(answer.meet as f64),
        whole(answer.cannot_serve as f64),
    );
    for (reason, count) in &answer.without_price {
        let _ = writeln!(text, "{count} are left out: {reason}.");
    }
    let named: Vec<_> = answer.ranked.iter().filter(|it| !it.own && model().builds(it.way).len() > 1).collect();
    if named.iter().any(|it| it.build == Build::Idiomatic) {
        text.push_str(
            "Services are as their languages' communities ship them, where there is such a build (docs/languages.md).\n",
        );
    }
    if named.iter().any(|it| it.build == Build::Tuned) {
        text.push_str("(tuned): the build of ours that is deployed (docs/languages.md).\n");
    }
    if !answer.unmeasured.is_empty() {
        let of = |it: &Unmeasured| format!("`{}` ({}, {} ways)", it.way, it.build, it.ways);
        let names: Vec<_> = answer.unmeasured.iter().map(of).collect();
        let ways: Vec<_> = answer.unmeasured.iter().map(|it| it.way.as_str()).collect();
        text.push_str(&wrapped(&format!(
            "No candidates, for their services were not measured: {}. Measure them by `lab bench --profile aws {}`.",
            names.join(", "),
            ways.join(" ")
        )));
    }
    text.push('\n');
    text
}
