//! `lab deployments`: what this checkout or folder has on AWS.

use std::process::ExitCode;

use deploy::deployments::Deployments;
use deploy::record::{Record, State};
use report::drawn;
use serde_json::json;

use super::cost;
use crate::cli;

/// One deployment, or why its record can't be read: that hides no other.
struct Listed {
    name: String,
    record: anyhow::Result<Record>,
}

/// Lists deployments, as they are kept here; AWS is not queried.
///
/// # Errors
/// When their folder can't be read, or stdout can't be written to.
pub fn run(arguments: &cli::Deployments) -> anyhow::Result<ExitCode> {
    let deployments = Deployments::here()?;
    let listed: Vec<_> = deployments
        .names()?
        .into_iter()
        .map(|name| Listed { name: name.to_string(), record: deployments.folder(&name).record() })
        .collect();
    let text = if arguments.json { json(&listed)? } else { table(&listed) };
    super::print(&text)?;
    Ok(if listed.iter().all(|it| it.record.is_ok()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn json(listed: &[Listed]) -> anyhow::Result<String> {
    let rows = listed.iter().map(|Listed { name, record }| match record {
        Ok(record) => {
            let mut row = json!(record);
            row["name"] = json!(name);
            row["idle_usd_per_month"] = json!(idle_usd(record));
            row
        }
        Err(error) => json!({ "name": name, "error": format!("{error:#}") }),
    });
    Ok(serde_json::to_string_pretty(&rows.collect::<Vec<_>>())? + "\n")
}

fn table(listed: &[Listed]) -> String {
    if listed.is_empty() {
        return "Nothing is deployed from here.\n".to_owned();
    }
    let table = drawn(&["name", "way", "region", "created", "$/month", "URL", "state"], listed.iter().map(row));
    let errors: String =
        listed.iter().filter_map(|it| Some(format!("{}: {:#}\n", it.name, it.record.as_ref().err()?))).collect();
    let legend = "$/month: without calls, by the region's newest prices; – where there are none (`lab prices`).";
    if errors.is_empty() { format!("{table}\n\n{legend}\n") } else { format!("{table}\n\n{legend}\n\n{errors}") }
}

fn row(Listed { name, record }: &Listed) -> Vec<String> {
    let Ok(it) = record else {
        let mut row = vec![name.clone()];
        row.extend(std::iter::repeat_n("–".to_owned(), 5));
        row.push("damaged: see below".to_owned());
        return row;
    };
    let state = match it.state {
        State::Unfinished => "unfinished: deploy it again, or destroy it",
        State::Applied => "deployed",
        State::Leaving => "being removed: destroy it again",
    };
    let url = it.url.clone().unwrap_or_default();
    let usd = idle_usd(it).map_or_else(|| "–".to_owned(), |usd| format!("{usd:.2}"));
    vec![name.clone(), it.way.clone(), it.region.clone(), it.created_at.clone(), usd, url, state.to_owned()]
}

/// What it costs without calls; nothing where the region's prices are not kept.
fn idle_usd(record: &Record) -> Option<f64> {
    cost::idle_usd(record.way.parse().ok()?, &record.region).ok()
}
