//! `lab deployments`: what this checkout or folder has on AWS.

use std::process::ExitCode;

use serde_json::json;

use super::cost;
use crate::cli;
use deploy::folder::{Deployment, Deployments, State};
use report::table::drawn;

/// Lists deployments, as they are kept here; AWS is not asked.
///
/// # Errors
/// When they can't be read.
pub fn run(arguments: &cli::Deployments) -> anyhow::Result<ExitCode> {
    let deployments = Deployments::here()?;
    let mut listed = Vec::new();
    for name in deployments.names()? {
        listed.push((name.to_string(), deployments.folder(&name).deployment()?));
    }
    let text = if arguments.json { json(&listed)? } else { table(&listed) };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn json(listed: &[(String, Deployment)]) -> anyhow::Result<String> {
    let rows = listed.iter().map(|(name, deployment)| {
        let mut row = json!(deployment);
        row["name"] = json!(name);
        row["idle_usd_per_month"] = json!(idle_usd(deployment));
        row
    });
    Ok(serde_json::to_string_pretty(&rows.collect::<Vec<_>>())? + "\n")
}

fn table(listed: &[(String, Deployment)]) -> String {
    if listed.is_empty() {
        return "Nothing is deployed from here.\n".to_owned();
    }
    let rows = listed.iter().map(|(name, it)| {
        let state = match it.state {
            State::Unfinished => "unfinished: deploy it again, or destroy it",
            State::Applied => "deployed",
            State::Leaving => "being removed: destroy it again",
        };
        let url = it.url.clone().unwrap_or_default();
        let usd = idle_usd(it).map_or_else(|| "–".to_owned(), |usd| format!("{usd:.2}"));
        vec![name.clone(), it.way.clone(), it.region.clone(), it.created_at.clone(), usd, url, state.to_owned()]
    });
    let table = drawn(&["name", "way", "region", "created", "$/month", "URL", "state"], rows);
    format!("{table}\n\n$/month: without calls, by the region's newest prices; – where none are kept (`lab prices`).\n")
}

/// What it costs without calls; nothing where the region's prices are not kept.
fn idle_usd(deployment: &Deployment) -> Option<f64> {
    cost::idle_usd(deployment.way.parse().ok()?, &deployment.region).ok()
}
