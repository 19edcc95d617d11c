//! What a removed deployment has left behind, by its tag: nothing, or it is named.

use std::collections::BTreeSet;
use std::time::Duration;

use super::aws::Aws;

/// Where AWS lists what is in no region.
const GLOBAL: &str = "us-east-1";

/// How often AWS is asked: it lists some things for minutes after they are gone.
const ASKED: u32 = 7;
const PAUSE: Duration = Duration::from_secs(20);

/// What costs nothing and stays listed for an hour when it is gone. Instances are asked for by their state.
const LISTED_WHEN_GONE: [&str; 3] = [":instance/", ":task-definition/", ":cluster/"];

/// What still carries the tag of a deployment.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// What is there.
    pub there: BTreeSet<String>,
    /// What AWS lists though it is gone.
    pub listed: BTreeSet<String>,
}

impl Leftovers {
    /// Of what AWS lists by the tag, and the instances that are not terminated.
    fn of(arns: impl IntoIterator<Item = String>, instances: &[String]) -> Self {
        let gone = |arn: &String| {
            LISTED_WHEN_GONE.iter().any(|word| arn.contains(word))
                && !instances.iter().any(|instance| arn.ends_with(instance.as_str()))
        };
        let (listed, there) = arns.into_iter().partition(gone);
        Self { there, listed }
    }
}

/// Asks AWS until nothing is left, or it has been asked often enough.
///
/// # Errors
/// When AWS does not say.
pub async fn find(name: &str, region: &str) -> anyhow::Result<Leftovers> {
    let regions: BTreeSet<&str> = [region, GLOBAL].into();
    let mut left = Leftovers::default();
    for round in 0..ASKED {
        if round > 0 {
            eprintln!("lab: AWS still lists {} things of {name}; asking again", left.there.len());
            tokio::time::sleep(PAUSE).await;
        }
        let mut arns = BTreeSet::new();
        for region in &regions {
            arns.extend(Aws::new(region)?.tagged(name).await?);
        }
        left = Leftovers::of(arns, &Aws::new(region)?.instances(name).await?);
        if left.there.is_empty() {
            break;
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_lists_though_it_is_gone_is_told_apart() {
        let arn = |rest: &str| format!("arn:aws:{rest}");
        let table = arn("dynamodb:eu-west-2:1:table/lab-a");
        let (gone, running) = (arn("ec2:eu-west-2:1:instance/i-1"), arn("ec2:eu-west-2:1:instance/i-2"));
        let left = Leftovers::of([table.clone(), gone.clone(), running.clone()], &["i-2".to_owned()]);
        assert_eq!((left.there, left.listed), ([table, running].into(), [gone].into()));
    }
}
