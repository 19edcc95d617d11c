//! The traffic of ways as tables: one for each way and pattern, over calls per second.

use std::fmt::Write;

use choose::{AtRate, Limits, Line, Served, Traffic, WayTraffic};

use super::words::{Sources, ms, ms_range, percent, wrapped};
use crate::numbers::{calls, usd, whole};
use crate::table::drawn;

/// The traffic as text.
#[must_use]
pub fn text(traffic: &Traffic, sources: &Sources<'_>) -> String {
    let own = sources.demands.own.is_some();
    let mut text = String::new();
    for way in &traffic.ways {
        let doubtful = if way.share_held { "" } else { " *" };
        let named = way.way.at_default_size();
        let name = if own { named.place() } else { named.to_string() };
        let size = if way.way.has_process() { format!("@{}", way.way.size) } else { String::new() };
        let _ = writeln!(text, "`{name}{size}`{doubtful}");
        if let Some(limits) = way.limits {
            let _ = write!(text, "\n{}", wrapped(&quota(&limits, traffic.account_concurrency)));
        }
        for lines in way.lines.chunk_by(|one, other| one.pattern == other.pattern) {
            let _ = write!(text, "\n{}:\n\n{}\n", lines[0].pattern.word(), table(way, lines));
            text.push_str(&refused(lines));
        }
        text.push('\n');
    }
    for way in traffic.unmeasured.iter().filter(|_| !own) {
        let _ = writeln!(text, "`{way}`: its service was not measured; `lab bench --profile aws {way}` does it.");
    }
    text.push('\n');
    text.push_str(&wrapped(
        "steady: the same rate at any time, calls at random. daily: a day's wave, at noon nine times as many as at midnight. \
         spiky: a minute of each hour has 20 times as many as each other minute. jump: half an hour, and half an hour with ten \
         times as many. calls/s: on average. cold: of answered calls; steady with that of the closed form in brackets. \
         together: calls under way in the function, on average and at most. throttled: refused by the account's concurrency, \
         not tried again. provisioned: as many environments as were busy together at most, paid for all month; ! where the \
         account's limit does not allow for them. Instances follow the mean at half of what each can keep up, and the peak at \
         all that it has.",
    ));
    text.push_str(&sources.text());
    text
}

/// The account's limit.
fn quota(limits: &Limits, concurrency: u32) -> String {
    let Limits { busy_ms, by_concurrency_per_second, by_rate_per_second } = limits;
    format!(
        "The account's limit: {} calls together. A warm call takes its environment for ~ {busy_ms:.0} ms, so that on average \
         they are reached at {} calls/s; ten calls a second for each are {} calls/s.",
        whole(f64::from(concurrency)),
        calls(*by_concurrency_per_second),
        calls(*by_rate_per_second)
    )
}

fn table(way: &WayTraffic, lines: &[Line]) -> String {
    let function = way.limits.is_some();
    let header: &[&str] = if function {
        &[
            "calls/s",
            "calls/month",
            "cold, %",
            "together",
            "throttled, %",
            "p50 ~",
            "p99 ~",
            "$/month ~",
            "provisioned",
            "p99 ~",
            "$/month ~",
        ]
    } else {
        &["calls/s", "calls/month", "instances", "p50 ~", "p99 ~", "$/month"]
    };
    let rows = lines.iter().map(|line| {
        let mut cells = vec![line.per_second.to_string(), calls(line.calls_per_month)];
        cells.extend(match &line.at {
            AtRate::Served(served) if function => of_function(served, way.limits.as_ref(), line),
            AtRate::Served(served) => of_server(served, way.way.has_process()),
            AtRate::Not { .. } => vec!["–".to_owned(); header.len() - 2],
        });
        cells
    });
    drawn(header, rows).to_string()
}

fn of_function(served: &Served, limits: Option<&Limits>, line: &Line) -> Vec<String> {
    let closed = served.cold_share_in_closed_form.map(|share| format!(" ({})", percent(share)));
    let [mean, most] = served.concurrency.unwrap_or_default();
    let beyond = limits.is_some_and(|it| line.per_second > it.by_concurrency_per_second.min(it.by_rate_per_second));
    let mut cells = vec![
        format!("{}{}", percent(served.cold_share), closed.unwrap_or_default()),
        format!(
            "{}, {most:.0}{}",
            if mean < 0.01 { "< 0.01".to_owned() } else { ms(mean) },
            if beyond { " !" } else { "" }
        ),
        percent(served.throttled_share),
        ms_range(served.p50_ms),
        ms_range(served.p99_ms),
        usd(served.usd_per_month),
    ];
    cells.extend(match &served.provisioned {
        Some(it) => [
            format!("{}{}", it.environments, if it.allowed { "" } else { " !" }),
            ms_range(it.p99_ms),
            usd(it.usd_per_month),
        ],
        None => ["–", "–", "–"].map(str::to_owned),
    });
    cells
}

fn of_server(served: &Served, has_process: bool) -> Vec<String> {
    let instances = if has_process { served.instances.to_string() } else { "–".to_owned() };
    vec![instances, ms_range(served.p50_ms), ms_range(served.p99_ms), usd(served.usd_per_month)]
}

/// Why rates can't be served, a line for each reason.
fn refused(lines: &[Line]) -> String {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for line in lines {
        let AtRate::Not { reason } = &line.at else { continue };
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, rates)) => rates.push(line.per_second.to_string()),
            None => reasons.push((reason, vec![line.per_second.to_string()])),
        }
    }
    reasons.iter().fold(String::new(), |mut text, (reason, rates)| {
        let _ = writeln!(text, "\n- {} calls/s: {reason}", rates.join(", "));
        text
    })
}
