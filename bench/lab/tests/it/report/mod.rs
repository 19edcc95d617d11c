//! `lab report`: the page, what it says without a script and what changes with one, comparisons, charts in a terminal.

mod browser;

use std::fs;
use std::path::Path;
use std::process::Output;

use measure::run::{Outcome, Run, Series, read};
use model::{Aws, Parameters, Setup};
use tempfile::TempDir;
use ways::Way;

use crate::repository::generated::hold;
use crate::support::{lab, root};

/// A run of ten ways, its samples cut down: nine ran, one failed. Its predictions are made again by today's parameters, as
/// those of a run of today are.
pub(super) fn run() -> Run {
    let mut run: Run = serde_json::from_str(include_str!("run.json")).expect("the committed run is one");
    let (aws, seed) = (Aws::new(Parameters::committed()), run.plan.seed);
    for record in &mut run.rows {
        let way: Way = record.way.parse().expect("a way");
        let Outcome::Ran(ran) = &mut record.outcome else { continue };
        let bytes = ran.artifact.as_ref().map_or(0, |artifact| artifact.bytes);
        for series in &mut ran.series {
            let Series::Predicted(it) = series else { continue };
            let demand = it.demand.as_ref().expect("a demand").on_aws(way.arch, bytes);
            let made = aws.predict(way, &demand, Setup::default(), seed);
            let summary = &mut it.latency.summary;
            (summary.mean_ms, summary.p50_ms) = (made.calls.mean_ms, made.calls.p50_ms);
            (summary.p90_ms, summary.p99_ms) = (made.calls.p90_ms, made.calls.p99_ms);
            let cold = it.cold_start.as_mut().zip(made.cold);
            if let Some((cold, made)) = cold {
                cold.summary.mean_ms = made.mean_ms;
            }
        }
    }
    run
}

/// A folder with runs by their names.
pub(super) fn stage(runs: &[(&str, &Run)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, run) in runs {
        let place = folder.path().join(name);
        fs::create_dir(&place).expect("made");
        fs::write(place.join("run.json"), serde_json::to_string(run).expect("JSON")).expect("written");
    }
    folder
}

/// What `lab report` prints, in a folder.
pub(super) fn report(folder: &Path, arguments: &[&str]) -> Output {
    lab(&[&["report"], arguments].concat()).current_dir(folder).output().expect("the lab runs")
}

fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_report_writes_the_page_beside_the_run_and_prints_the_tables() {
    let folder = stage(&[("a", &run())]);
    let printed = stdout(&report(folder.path(), &["a"]));
    assert!(printed.contains("Predicted for AWS:"), "{printed}");
    let page = fs::read_to_string(folder.path().join("a/report.html")).expect("the page");
    assert_eq!(page, stdout(&report(folder.path(), &["a", "--format", "html"])));
    // A format that is requested is printed, and nothing written.
    fs::remove_file(folder.path().join("a/report.html")).expect("removed");
    stdout(&report(folder.path(), &["a", "--format", "csv"]));
    assert!(!folder.path().join("a/report.html").exists());
    stdout(&report(folder.path(), &["a/run.json", "--output", "page.html"]));
    assert_eq!(page, fs::read_to_string(folder.path().join("page.html")).expect("the page"));
    let refused = report(folder.path(), &["a", "--output", "no/such/folder.html"]);
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert_eq!((refused.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
}

#[test]
fn the_page_needs_nothing_else_and_has_what_a_reader_wants() {
    let folder = stage(&[("a", &run())]);
    let page = stdout(&report(folder.path(), &["a", "--format", "html"]));
    // Nothing is fetched: the one address is a name space.
    for reference in ["src=", "url(", "@import", "<link rel=\"stylesheet\"", "fetch(", "https://"] {
        assert!(!page.contains(reference), "{reference}");
    }
    assert_eq!(page.matches("http://").count(), page.matches("http://www.w3.org/2000/svg").count());
    for wanted in [
        "is the cheapest of",
        "Measured here",
        "Predicted for AWS",
        "published 2021",
        "in round 2: it did not answer &lt;in time&gt;",
        "the load generator was busy on",
        "Where a predicted call&#39;s time goes",
        "assumption: one round trip inside the region",
        "Predicted latency of lambda-python-dynamodb (tuned) by memory",
        "Latency of ec2 (tuned) at rising rates",
        "break-evens",
        "Predicted share of calls that meet a cold start",
        "calls were acknowledged, the counter rose by",
        "f0c83447c419a68648bcafbd56a8a2cc183abe02",
        "eu-west-2 2026-10",
        "run.json.gz",
    ] {
        assert!(page.contains(wanted) || page.contains(&wanted.replace("&#39;", "'")), "{wanted}");
    }
}

/// The run that a page carries.
fn carried(page: &str) -> Run {
    use base64::Engine;
    let data =
        page.split("data:application/gzip;base64,").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let bytes = base64::engine::general_purpose::STANDARD.decode(data).expect("base64");
    let file = tempfile::NamedTempFile::new().expect("a file");
    let mut decoder = flate2::read::GzDecoder::new(bytes.as_slice());
    std::io::copy(&mut decoder, &mut fs::File::create(file.path()).expect("made")).expect("gzip");
    read(file.path()).expect("a run")
}

#[test]
fn the_run_in_the_page_is_the_run() {
    let folder = stage(&[("a", &run())]);
    let page = stdout(&report(folder.path(), &["a", "--format", "html"]));
    assert!(carried(&page) == read(&folder.path().join("a")).expect("a run"));
}

#[test]
fn of_a_run_with_many_samples_a_page_carries_some_and_stays_below_a_megabyte() {
    const SAMPLES: usize = 5_000;
    let (mut many, mut spread) = (run(), 1_u64);
    for record in &mut many.rows {
        let Outcome::Ran(ran) = &mut record.outcome else { continue };
        for load in ran.series.iter_mut().flat_map(Series::loads_mut) {
            let samples = &mut load.samples;
            // By Knuth's generator: digits that hardly compress.
            samples.duration_us.resize_with(SAMPLES, || {
                spread = spread.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                100.0 + (spread >> 44) as f64 / 7.0
            });
            samples.status.resize(SAMPLES, 200);
        }
    }
    let folder = stage(&[("a", &many)]);
    let page = stdout(&report(folder.path(), &["a", "--format", "html"]));
    assert!((500_000..1_000_000).contains(&page.len()), "{}", page.len());
    assert!(page.contains(" of its samples (all are in its folder)"));
    let carried = carried(&page);
    let (load, whole) = (&carried.rows[0].measured()[0].latency, &many.rows[0].measured()[0].latency);
    let step = (load.samples.every / whole.samples.every) as usize;
    assert!(step > 1);
    assert_eq!((&load.summary, load.samples.duration_us[1]), (&whole.summary, whole.samples.duration_us[step]));
    assert_eq!(carried.rows[0].figures(), many.rows[0].figures());
}

#[test]
fn against_an_earlier_run_only_what_is_beyond_the_intervals_is_listed() {
    let (before, mut now) = (run(), run());
    let row = now.rows.iter_mut().find(|row| row.way == "lambda-s3").expect("a row");
    let Outcome::Ran(ran) = &mut row.outcome else { panic!("it ran") };
    for series in &mut ran.series {
        let Series::Measured(it) = series else { continue };
        it.latency.summary.p50_ms *= 100.0;
        it.exactness.as_mut().expect("the counter's account").counted -= 1;
    }
    let folder = stage(&[("before", &before), ("now", &now)]);
    let page = stdout(&report(folder.path(), &["now", "--against", "before", "--format", "html"]));
    let section =
        page.split("id=\"changes\"").nth(1).and_then(|rest| rest.split("</section>").next()).expect("a section");
    assert_eq!(section.matches("<tr data-row=").count(), 2, "{section}");
    for wanted in ["Measured here: p50", "Measured here: exact", "no: 3 lost"] {
        assert!(section.contains(wanted), "{wanted}\n{section}");
    }
    let page = stdout(&report(folder.path(), &["before", "--against", "before", "--format", "html"]));
    assert!(page.contains("Nothing changed."));
}

#[test]
fn charts_are_printed_in_characters() {
    let folder = stage(&[("a", &run())]);
    let printed = stdout(&report(folder.path(), &["a", "--plot"]));
    for wanted in [
        "Cost and latency at 3 M calls a month",
        "Cost by calls a month",
        "Predicted calls: share of the calls up to a latency",
        "lambda-dynamodb (tuned): $",
    ] {
        assert!(printed.contains(wanted), "{wanted}\n{printed}");
    }
    assert!(printed.lines().all(|line| line.chars().count() <= 200) && !folder.path().join("a/report.html").exists());
}

/// By today's prices, parameters and drawing: `LAB_UPDATE=1` draws it again.
#[test]
fn the_readmes_picture_is_what_a_report_draws() {
    let (runs, prices) = ([run()], prices::PriceFolder::of_checkout(&root()));
    let picture = report::picture(&report::export::Shown::new(&runs, None, &prices)).expect("a picture");
    hold("docs/cost-and-latency.svg", &picture);
}

#[test]
fn several_runs_make_one_report_whose_rows_name_their_run() {
    let folder = stage(&[("a", &run()), ("b", &run())]);
    let page = stdout(&report(folder.path(), &["a", "b", "--format", "html"]));
    for wanted in ["ec2 (tuned), run 1", "ec2 (tuned), run 2", "run-2.json.gz"] {
        assert!(page.contains(wanted), "{wanted}");
    }
    let outside = report(folder.path(), &["none"]);
    assert_eq!(outside.status.code(), Some(2));
}
