//! What a removed deployment has left behind, by its tag: nothing, or it is named.

mod kinds;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use programs::notice;
use ways::Way;

use super::aws::Aws;

/// How often AWS is queried.
const PAUSE: Duration = Duration::from_secs(10);

/// What AWS still lists of a deployment.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// What is there.
    pub left: BTreeSet<String>,
    /// What is deleted, by its own service's account, and still listed for a while.
    pub deleted: BTreeSet<String>,
}

/// Asks AWS until nothing of a deployment is left, or for as long as `limit`: it lists some things for minutes after they are
/// deleted. Its way, where that is known, decides which lists there are.
///
/// # Errors
/// When AWS refuses it, or does not answer in time.
pub async fn find(name: &str, way: Option<Way>, aws: &Aws, limit: Duration) -> anyhow::Result<Leftovers> {
    let started = Instant::now();
    loop {
        let leftovers = ask(name, way, aws).await?;
        let Some(first) = leftovers.left.first().filter(|_| started.elapsed() < limit) else { return Ok(leftovers) };
        notice!("lab: AWS lists {} of {name} ({first}); asking again", leftovers.left.len());
        tokio::time::sleep(PAUSE.min(limit)).await;
    }
}

async fn ask(name: &str, way: Option<Way>, aws: &Aws) -> anyhow::Result<Leftovers> {
    let mut leftovers = Leftovers::default();
    for arn in aws.tagged(name).await? {
        let side = if kinds::is_deleted(&arn, aws).await { &mut leftovers.deleted } else { &mut leftovers.left };
        side.insert(arn);
    }
    leftovers.left.extend(aws.untagged_lists(name).await?);
    // Not every region has Lightsail.
    if way.and_then(Way::power).is_some() {
        leftovers.left.extend(aws.container_services(name).await?);
    }
    Ok(leftovers)
}
