//! How the figures came about, and the run itself to take away.

use base64::engine::general_purpose::STANDARD;
use base64::{Engine, encoded_len};
use flate2::Compression;
use flate2::write::GzEncoder;
use maud::{Markup, html};
use measure::run::{Outcome, Run, Series};

use crate::export::Shown;

/// `room` is what runs may take of the page, in bytes.
pub(super) fn section(shown: &Shown<'_>, room: usize) -> Markup {
    html! {
        section #method {
            h2 { "Method and data" }
            @for (index, run) in shown.runs.iter().enumerate() {
                @if shown.runs.len() > 1 { h3 { "Run " (index + 1) } }
                dl { @for (name, value) in facts(run) { div { dt { (name) } dd { (value) } } } }
                (download(index, run, room / shown.runs.len()))
            }
            p {
                "What is measured and how: docs/measuring.md. How AWS is predicted and what that can't know: docs/prediction.md. The
                parameters of predictions, each with its source: bench/model/aws.toml."
            }
        }
    }
}

fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let (plan, machine, lab) = (&run.plan, &run.environment, &run.lab);
    let known = |text: Option<&String>| text.cloned().unwrap_or_else(|| "unknown".to_owned());
    let mut prices: Vec<_> =
        run.rows.iter().filter_map(|row| row.cost.as_ref()).map(|cost| cost.prices.clone()).collect();
    prices.sort();
    prices.dedup();
    let changed = if lab.uncommitted_changes == Some(true) { ", with uncommitted changes" } else { "" };
    let profiles: Vec<_> = plan.profiles.iter().map(|profile| format!("{profile:?}")).collect();
    let memory = machine.memory_bytes.map(|bytes| format!(", {:.0} GiB", bytes as f64 / f64::from(1_u32 << 30)));
    vec![
        ("begun", format!("{}, took {:.0} s", run.started_at, run.duration_s)),
        ("lab", format!("{}, commit {}{changed}; oha {}", lab.version, known(lab.commit.as_ref()), lab.oha_version)),
        (
            "machine",
            format!(
                "{}, {} processors{}, {}; other processes kept {} of them busy before",
                known(machine.cpu_model.as_ref()),
                machine.processors,
                memory.unwrap_or_default(),
                machine.system,
                machine.others_cores.map_or("an unknown number".to_owned(), |cores| format!("{cores:.1}")),
            ),
        ),
        (
            "plan",
            format!(
                "{} rounds; in all {} cold starts, {} sequential calls, {} connections for {} s; update {}; profiles {}",
                plan.rounds,
                plan.cold_starts,
                plan.latency_calls,
                plan.connections,
                plan.concurrency_s,
                plan.update.word(),
                if profiles.is_empty() { "none: on AWS".to_owned() } else { profiles.join(", ").to_lowercase() },
            ),
        ),
        ("seed", plan.seed.to_string()),
        ("prices", if prices.is_empty() { "none".to_owned() } else { prices.join("; ") }),
    ]
}

/// The most that samples are thinned by: a run of which even so little has no room is longer than any page should be.
const THINNEST: u32 = 1 << 10;

/// The run as a link to itself, compressed, in so many bytes: samples are most of it, and of a run with many there are some.
fn download(index: usize, run: &Run, room: usize) -> Markup {
    let (mut every, mut compressed) = (1, compressed(run));
    while encoded_len(compressed.len(), true).is_none_or(|length| length > room) && every < THINNEST {
        every *= 2;
        compressed = self::compressed(&thinned(run, every));
    }
    let name = if index == 0 { "run.json.gz".to_owned() } else { format!("run-{}.json.gz", index + 1) };
    html! {
        p {
            a download=(name) href={ "data:application/gzip;base64," (STANDARD.encode(&compressed)) } { (name) }
            ": the whole run with "
            @if every == 1 { "its samples" } @else { "one of " (every) " of its samples (all are in its folder)" }
            ", " (compressed.len() / 1024) " KiB. `lab report` reads it unpacked."
        }
    }
}

fn compressed(run: &Run) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written =
        serde_json::to_writer(&mut encoder, run).map_err(std::io::Error::from).and_then(|()| encoder.finish());
    written.expect("a run is serialisable, and memory takes all that is written")
}

/// The run with one of so many of its samples: all figures stay.
fn thinned(run: &Run, every: u32) -> Run {
    let mut run = run.clone();
    for record in &mut run.rows {
        let Outcome::Ran(ran) = &mut record.outcome else { continue };
        for load in ran.series.iter_mut().flat_map(Series::loads_mut) {
            load.samples = load.samples.thinned(every);
        }
    }
    run
}
