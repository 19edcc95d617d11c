//! What a removed deployment has left behind, by its tag: nothing, or it is named.

mod state;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::aws::Aws;

/// Where AWS lists what is in no region.
const GLOBAL: &str = "us-east-1";

/// How often AWS is asked.
const ASKED_EVERY: Duration = Duration::from_secs(10);

/// What still carries the tag of a deployment.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// What is there.
    pub there: BTreeSet<String>,
    /// What AWS lists and says of that it is gone.
    pub gone: BTreeSet<String>,
}

/// Asks AWS until nothing is left, or for as long as `limit`: it lists some things for minutes after they are gone.
///
/// # Errors
/// When AWS does not say.
pub async fn find(name: &str, region: &str, limit: Duration) -> anyhow::Result<Leftovers> {
    let started = Instant::now();
    loop {
        let left = ask(name, region).await?;
        let Some(first) = left.there.first().filter(|_| started.elapsed() < limit) else { return Ok(left) };
        eprintln!("lab: AWS lists {} of {name} ({first}); asking again", left.there.len());
        tokio::time::sleep(ASKED_EVERY.min(limit)).await;
    }
}

async fn ask(name: &str, region: &str) -> anyhow::Result<Leftovers> {
    let mut left = Leftovers::default();
    for region in BTreeSet::from([region, GLOBAL]) {
        let aws = Aws::new(region)?;
        for arn in aws.tagged(name).await? {
            let side = if state::is_gone(&arn, &aws).await { &mut left.gone } else { &mut left.there };
            side.insert(arn);
        }
    }
    left.there.extend(Aws::new(region)?.roles(name).await?);
    Ok(left)
}
