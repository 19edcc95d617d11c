//! The sizes of a way as a table for each arch, its knee marked.

use std::fmt::Write;

use choose::{Sizing, Step};
use ways::{Axis, model};

use super::words::{Sources, ms, ms_change, ms_range, usd_change, usd_range, wrapped};
use crate::numbers::{usd, whole};
use crate::table::drawn;

/// Marks the knee.
const KNEE: &str = "← knee";

/// The sizes as text.
#[must_use]
pub fn text(sizing: &Sizing, sources: &Sources<'_>) -> String {
    let builds = model().builds(sizing.way).len();
    let own = sources.demands.own.is_some();
    let build = if builds > 1 && !own { format!(" ({})", sizing.build) } else { String::new() };
    let calls = whole(sizing.calls_per_month);
    let name = if own { sizing.way.place() } else { sizing.way.to_string() };
    let mut text = format!("Sizes of `{name}`{build}, at {calls} calls a month:\n");
    for steps in sizing.steps.chunk_by(|one, other| one.way.arch == other.way.arch) {
        let arch = &steps[0].way.arch.facts().title;
        let _ = write!(text, "\n{arch}, warm calls and their cost:\n\n{}\n", warm(steps));
        let _ = write!(text, "\n{arch}, calls that meet a cold start:\n\n{}\n", cold(steps));
        text.push_str(&knee(steps));
    }
    let shares: Vec<_> = sizing.measured_at_vcpu.iter().map(|vcpu| format!("{vcpu:.2}")).collect();
    let doubtful = if sizing.share_held { "" } else { " (without a quota: too short)" };
    text.push('\n');
    text.push_str(&wrapped(&format!(
        "Times in ms. front: network and front; invoke: the invocation, outside of the function; store: as its client waits for it; \
         CPU: the service's own time; waiting: for the next period of its quota, and for other calls. They add up to the mean. \
         init: until the service can take calls. {KNEE}: the least product of mean and cost; beyond it a larger size gains less, in \
         parts of its time, than it costs. next: what the next larger size changes. CPU time was measured under {} \
         vCPU{doubtful}; between, it is interpolated over the logarithm.",
        shares.join(" and ")
    )));
    text.push_str(&sources.text());
    text
}

fn warm(steps: &[Step]) -> String {
    let header = [
        "size",
        "vCPU",
        "front",
        "invoke",
        "store",
        "CPU",
        "waiting",
        "mean ~",
        "p50 ~",
        "p99 ~",
        "$/million ~",
        "next: mean",
        "next: p99",
        "next: $/month",
        "",
    ];
    let rows = steps.iter().map(|it| {
        let segments = &it.warm;
        let next = it.next.map_or([const { String::new() }; 3], |next| {
            [ms_change(next.mean_ms), ms_change(next.p99_ms), usd_change(next.usd_per_month)]
        });
        let [mean, p99, usd_per_month] = next;
        vec![
            it.way.size.to_string(),
            format!("{:.2}", it.vcpu),
            ms(segments.entrance_ms),
            ms(segments.invoke_ms),
            ms(segments.store_ms),
            ms(segments.cpu_ms),
            ms(segments.waiting_ms),
            ms(segments.mean_ms),
            ms_range(it.figures.p50_ms),
            ms_range(it.figures.p99_ms),
            usd(it.usd_per_million_calls),
            mean,
            p99,
            usd_per_month,
            if it.knee { KNEE } else { "" }.to_owned(),
        ]
    });
    drawn(&header, rows).to_string()
}

fn cold(steps: &[Step]) -> String {
    let header = ["size", "before it", "init", "first call", "mean ~", "p50 ~"];
    let rows = steps.iter().map(|it| {
        let segments = &it.cold;
        vec![
            it.way.size.to_string(),
            ms(segments.before_ms),
            ms(segments.init_ms),
            ms(segments.first_ms),
            ms(segments.mean_ms),
            super::answer::cold_start(it.figures.cold_start_ms),
        ]
    });
    drawn(&header, rows).to_string()
}

/// The knee in words, with what one more step buys.
fn knee(steps: &[Step]) -> String {
    let Some(knee) = steps.iter().find(|it| it.knee) else { return String::new() };
    let (mean, usd_per_month) = (ms(knee.warm.mean_ms), usd_range(knee.figures.usd_per_month));
    let next = match (knee.next, steps.iter().skip_while(|it| !it.knee).nth(1)) {
        (Some(next), Some(larger)) => format!(
            "; {} would change the mean by {} ms and the month by {} $",
            larger.way.size,
            ms_change(next.mean_ms),
            usd_change(next.usd_per_month)
        ),
        _ => String::new(),
    };
    format!("\nThe knee is {}: mean ~ {mean} ms, $ {usd_per_month} a month{next}.\n", knee.way.size)
}
