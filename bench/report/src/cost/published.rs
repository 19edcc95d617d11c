//! `lab cost --as-published`: the original study's cost column recomputed, beside what its code really deploys.

use prices::Snapshot;
use prices::cost::{Reproduction, reproductions};

use super::text::table;
use crate::numbers::usd;

/// The reproduction, as text or as JSON.
pub fn text(prices: &Snapshot, json: bool) -> anyhow::Result<String> {
    let rows = reproductions(prices)?;
    if json {
        return Ok(serde_json::to_string_pretty(&rows)? + "\n");
    }
    let mut table = table(vec!["way", "$ per", "published", "made again", "error", "as deployed", "balancer $/month"]);
    for row in &rows {
        table.add_row(cells(row));
    }
    Ok(format!(
        "{table}

Prices of {} {}, without network, free tier and tax. made again: a function's duration is the
latency that the original study published, charged for 256 MB; S3's GET left out; Fargate at Spot prices; of Kubernetes the
control node's disks and one worker with 8 GB. as deployed: the same services as the study's code deploys them: 128 MB,
S3's GET counted, Fargate on demand, the control node's instance, 128 GB for the worker. Neither has log lines, capacity
units or addresses: `lab cost` has.
",
        prices.region, prices.date
    ))
}

fn cells(row: &Reproduction) -> Vec<String> {
    vec![
        row.way.clone(),
        if row.per_month { "month" } else { "million calls" }.to_owned(),
        usd(row.published_usd),
        usd(row.reproduced_usd),
        format!("{:+.1} %", row.error() * 100.0),
        usd(row.counted_usd),
        if row.balancer_usd > 0.0 { usd(row.balancer_usd) } else { "–".to_owned() },
    ]
}
