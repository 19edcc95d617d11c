//! What checkov finds in a way is what is explained beside the resource in `infra`, and nothing else.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use require::require;
use serde_json::{Value, json};

use super::tool::write;
use super::{Rendered, change, compositions, configuration_of, kept};
use crate::support::on_path;

/// A finding: the resource's address, and the check.
type Finding = (String, String);

/// checkov: named by `LAB_CHECKOV`, or on the path.
pub(super) fn checkov() -> Result<PathBuf, &'static str> {
    let found = std::env::var_os("LAB_CHECKOV").map(PathBuf::from).or_else(|| on_path("checkov"));
    found.ok_or("pip install checkov, or set LAB_CHECKOV")
}

/// The address of what a finding is about. checkov names some resources without their type, so that the line counts:
/// in a pretty-printed file a type stands alone, four spaces in, before its resources.
fn address(text: &str, found: &Value) -> String {
    let line = found["file_line_range"][0].as_u64().and_then(|line| usize::try_from(line).ok()).expect("a line");
    let at = |spaces: usize, line: &str| {
        let name = line.strip_prefix(&" ".repeat(spaces))?.strip_prefix('"')?;
        name.strip_suffix("\": {").map(ToOwned::to_owned)
    };
    let mut before = text.lines().take(line).collect::<Vec<_>>().into_iter().rev();
    let (name, kind, section) = (
        before.find_map(|line| at(6, line)).expect("a name"),
        before.find_map(|line| at(4, line)).expect("a type"),
        before.find_map(|line| at(2, line)).expect("a section"),
    );
    match section.as_str() {
        "data" => format!("data.{kind}.{name}"),
        _ => format!("{kind}.{name}"),
    }
}

/// What checkov finds in configurations, which it reads from a folder: one set for each.
fn findings(checkov: &Path, ways: &[Rendered]) -> Vec<BTreeSet<Finding>> {
    let folder = tempfile::tempdir().expect("a folder");
    // A folder each: the files of one folder are one module, where the parts of another way would count too.
    let path = |index: usize| folder.path().join(index.to_string()).join("main.tf.json");
    for (index, way) in ways.iter().enumerate() {
        std::fs::create_dir(folder.path().join(index.to_string())).expect("a folder");
        let mut configuration = way.configuration.clone();
        // checkov fails on `required_version`, and checks nothing in this block.
        change(&mut configuration, "", "terraform", None);
        write(&path(index), &configuration);
    }
    let output = Command::new(checkov)
        .args([
            "--framework",
            "terraform_json",
            "--output",
            "json",
            "--compact",
            "--quiet",
            "--skip-download",
            "--directory",
        ])
        .arg(folder.path())
        .output()
        .expect("checkov runs");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    });
    assert_eq!(report["summary"]["parsing_errors"], 0, "{}", String::from_utf8_lossy(&output.stderr));
    assert!(report["summary"]["passed"].as_u64() > Some(0), "checkov checked nothing");
    let failed = report["results"]["failed_checks"].as_array().expect("failed checks");
    let of = |index: usize| {
        let text = std::fs::read_to_string(path(index)).expect("text");
        let name = format!("/{index}/main.tf.json");
        let here = failed.iter().filter(|found| found["file_path"] == name.as_str());
        here.map(|found| (address(&text, found), found["check_id"].as_str().expect("an id").to_owned())).collect()
    };
    (0..ways.len()).map(of).collect()
}

/// Every composition with what checkov finds in it, and what it finds in a bucket that is public.
type Found = (Vec<(Rendered, BTreeSet<Finding>)>, BTreeSet<Finding>);

/// By one start of checkov, which takes six seconds of a processor.
fn found(checkov: &Path) -> &'static Found {
    static FOUND: OnceLock<Found> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut public = kept().into_iter().find(|way| way.way.to_string() == "lambda-s3").expect("lambda-s3");
        public.configuration = configuration_of("lambda-s3");
        let block = "/resource/aws_s3_bucket_public_access_block/counter";
        change(&mut public.configuration, block, "block_public_policy", Some(json!(false)));
        let mut ways = compositions();
        ways.push(public);
        let mut found = findings(checkov, &ways);
        let of_public = found.pop().expect("one for each");
        // The last way, of which these are, has no partner.
        (ways.into_iter().zip(found).collect(), of_public)
    })
}

/// What is explained of a way.
fn accepted(way: &Rendered) -> BTreeSet<Finding> {
    let resources = way.accepted.as_object().expect("an object").iter();
    resources
        .flat_map(|(resource, checks)| {
            checks.as_object().expect("an object").iter().map(move |(check, reason)| {
                assert!(
                    reason.as_str().is_some_and(|it| it.contains(' ')),
                    "{resource} {check}: {reason} is no reason"
                );
                (resource.clone(), check.clone())
            })
        })
        .collect()
}

#[test]
fn checkov_finds_what_is_explained_and_nothing_else() {
    let Some(checkov) = require("checkov", checkov()) else { return };
    let (ways, _) = found(&checkov);
    let mut wrong = Vec::new();
    for (way, found) in ways {
        let accepted = accepted(way);
        wrong
            .extend(found.difference(&accepted).map(|(at, check)| format!("{}: {at} {check}: not explained", way.way)));
        wrong.extend(accepted.difference(found).map(|(at, check)| format!("{}: {at} {check}: not found", way.way)));
    }
    assert!(wrong.is_empty(), "{} of {} ways:\n{}", wrong.len(), ways.len(), wrong.join("\n"));
    let findings = ways.iter().map(|(_, found)| found.len()).sum::<usize>();
    println!("{} ways, {findings} findings, each explained", ways.len());
}

#[test]
fn checkov_finds_a_public_bucket() {
    let Some(checkov) = require("checkov", checkov()) else { return };
    let (_, found) = found(&checkov);
    let expected = ("aws_s3_bucket_public_access_block.counter".to_owned(), "CKV_AWS_54".to_owned());
    assert!(found.contains(&expected), "{found:#?}");
}
