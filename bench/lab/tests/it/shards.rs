//! A run in shards: each measures its ways and the anchor, and they are merged where the anchors agree. Its services are servers
//! of a few lines.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use measure::run::{Run, read};
use serde_json::Value;

use crate::runs::Stage;
use crate::support::{alone, lab};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A shard of three ways, by the index that an engine gives it from 0. The second one leaves out what describes its machine.
fn shard(stage: &Stage, index: u32) -> Run {
    let name = format!("shard-{index}");
    let arguments = ["bench", "--quick", "--profile", "bare", "--rounds", "2", "--shard", "auto/2", "--anchor", "ec2"];
    let silent: &[&str] = if index == 0 { &[] } else { &["--without-machine"] };
    let mut command = stage.lab(&[&arguments[..], silent, &["--output", &name, "ec2", "k8s", "fargate"]].concat());
    let output = command.env("JOB_COMPLETION_INDEX", index.to_string()).output().expect("the lab runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    read(&stage.path(&name)).expect("a run")
}

fn merge(stage: &Stage, arguments: &[&str]) -> Output {
    stage.lab(&[&["merge"], arguments].concat()).output().expect("the lab runs")
}

/// Writes a run with the anchor of another one, all of whose times are multiplied.
fn with_anchor(folder: &Path, run: &Run, anchor: &Run, factor: f64) {
    let mut json = serde_json::to_value(run).expect("JSON");
    let mut row = serde_json::to_value(&anchor.rows[0]).expect("JSON");
    slowed(&mut row, factor);
    json["rows"][0] = row;
    fs::write(folder.join("run.json"), json.to_string()).expect("written");
}

fn slowed(json: &mut Value, factor: f64) {
    match json {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| match value.as_f64() {
            Some(number) if name.ends_with("_ms") => *value = (number * factor).into(),
            _ => slowed(value, factor),
        }),
        Value::Array(items) => items.iter_mut().for_each(|item| slowed(item, factor)),
        _ => {}
    }
}

#[test]
fn shards_measure_their_ways_and_the_anchor_and_are_merged_where_it_agrees() {
    let _alone = alone();
    let stage = Stage::new(&[("ec2", "plain"), ("k8s", "plain"), ("fargate", "plain")]);
    let (one, two) = (shard(&stage, 0), shard(&stage, 1));
    let names = |run: &Run| run.rows.iter().map(|row| row.way.clone()).collect::<Vec<_>>();
    // The anchor is the first row of each; every other way is in one of them, always the same.
    assert_eq!([names(&one), names(&two)], [["ec2", "k8s"], ["ec2", "fargate"]]);
    let shard = two.shard.as_ref().expect("a shard");
    assert_eq!((shard.index, shard.of, shard.anchor.as_str()), (2, 2, "ec2 (tuned)"));

    for text in
        ["begun.json", "run.json", "summary.json"].map(|file| stage.path("shard-1").join(file)).map(fs::read_to_string)
    {
        let json: Value = serde_json::from_str(&text.expect("a file")).expect("JSON");
        let stated: Vec<_> = json["environment"].as_object().expect("an environment").keys().cloned().collect();
        let silent = ["arch", "clock_reading_ns", "load_average_1min", "others_cores", "processors", "system"];
        assert!(stated.iter().all(|key| silent.contains(&key.as_str())), "{stated:?}");
        assert_eq!(json["environment"]["system"], std::env::consts::OS);
    }

    // One anchor for both, for this machine is not to decide.
    with_anchor(&stage.path("shard-1"), &two, &one, 1.0);
    let output = merge(&stage, &["shard-1", "shard-0", "--output", "whole"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    assert!(table.contains("Measured, as multiples of ec2 (tuned)") && !table.contains("Measured here"), "{table}");
    let row = table.lines().find(|line| line.starts_with("| ec2 ")).expect("a row");
    assert!(row.contains(" 1.000 [1.000–1.000] |") && row.contains(" all |"), "{row}");
    let whole = read(&stage.path("whole")).expect("a run");
    assert_eq!((names(&whole).len(), whole.rows[0].measured().len()), (3, 4));
    let merged = whole.merged.as_ref().expect("shards");
    let calls = merged.relative[0].all_calls.as_ref().expect("calls").count;
    assert_eq!(calls, one.rows[0].measured().iter().map(|it| 2 * it.latency.summary.count).sum::<u64>());
    let page = fs::read_to_string(stage.path("whole/report.html")).expect("a page");
    assert!(page.contains("as multiples of ec2 (tuned)"));
    // Against itself nothing changed.
    let report = stage.lab(&["report", "whole", "--against", "whole"]).output().expect("the lab runs");
    assert!(report.status.success(), "{}", text(&report.stderr));
    assert!(fs::read_to_string(stage.path("whole/report.html")).expect("a page").contains("Nothing changed."));

    // A machine that is slower by more than any noise of this one.
    with_anchor(&stage.path("shard-1"), &two, &one, 1e6);
    let output = merge(&stage, &["shard-0", "shard-1", "--output", "refused"]);
    let refused = text(&output.stderr);
    assert_eq!((output.status.code(), refused.lines().count()), (Some(2), 1), "{refused}");
    let anchor = one.rows[0].figures().and_then(|it| it.mean_ms).expect("a figure").value;
    for part in [
        "the anchor ec2 (tuned) differs between shard-1 and shard-0".to_owned(),
        format!("mean {:.3} [", 1e6 * anchor),
        format!(" and {anchor:.3} ["),
    ] {
        assert!(refused.contains(&part), "{part}: {refused}");
    }
    assert!(!stage.path("refused").exists());
    for arguments in [&["shard-0"][..], &["shard-0", "shard-0"], &["shard-0", "nowhere"]] {
        let output = merge(&stage, arguments);
        assert_eq!((output.status.code(), text(&output.stderr).lines().count()), (Some(2), 1), "{arguments:?}");
    }
    // A shard alone of two is reported as what it is.
    let summary =
        text(&stage.lab(&["report", "shard-0", "--format", "markdown"]).output().expect("the lab runs").stdout);
    assert!(summary.contains("Measured here"), "{summary}");
}

#[test]
fn a_part_that_is_none_is_refused() {
    for arguments in [
        &["--anchor", "ec2", "--shard", "3"][..],
        &["--anchor", "ec2", "--shard", "3/2"],
        &["--anchor", "ec2", "--shard", "auto/2"],
        &["--anchor", "ec2", "--shard", "1/2", "--rounds", "1"],
        &["--anchor", "ec2", "--shard", "1/2", "--target", "aws"],
        &["--shard", "1/2"],
        &["--anchor", "ec2"],
        &["--all", "ec2"],
    ] {
        let mut command = lab(&[&["bench"], arguments].concat());
        let output = command.env_remove("JOB_COMPLETION_INDEX").env_remove("AWS_BATCH_JOB_ARRAY_INDEX").output();
        let output = output.expect("the lab runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn all_ways_are_named_where_none_can_run() {
    let stage = Stage::new(&[]);
    // No way can run: each is left out with its reason, and all are named.
    let output = stage.lab(&["bench", "--all", "--quick", "--output", "run"]).output().expect("the lab runs");
    assert_eq!(output.status.code(), Some(1));
    let reasons = text(&output.stderr);
    let names = reasons.lines().filter_map(|line| line.rsplit_once(": ")).flat_map(|(_, names)| names.split(", "));
    let named: BTreeSet<_> = names.map(|name| name.trim_end_matches(" (tuned)").to_owned()).collect();
    let missing: Vec<_> = ways::model().ways().map(|way| way.to_string()).filter(|way| !named.contains(way)).collect();
    assert!(missing.is_empty(), "{missing:?}: {reasons}");
}
