//! No two callers get the same number, and none is lost: 50 concurrent callers on each way.

use cloud::{Cloud, CloudConfig};
use ways::Way;

use crate::support::{Caller, alone, artifact, runtime};

const CALLERS: u64 = 50;

/// Calls on a way whose store takes many at once.
const CALLS: u64 = 23_750;

/// Calls on the way where each is a conditional write of one S3 object by an environment of its own.
const S3_CALLS: u64 = 5_000;

/// The numbers that 50 callers at once get, each on a connection of its own.
pub(crate) async fn numbers(url: &str, calls: u64) -> Vec<u64> {
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (caller, url) = (Caller::new(), url.to_owned());
            tokio::spawn(async move {
                let mut numbers = Vec::new();
                for _ in 0..calls / CALLERS {
                    numbers.push(caller.hit(&url).await);
                }
                numbers
            })
        })
        .collect();
    let mut numbers = Vec::new();
    for caller in callers {
        numbers.extend(caller.await.expect("a caller that got all its answers"));
    }
    numbers
}

/// Makes calls from 50 callers at once, and holds that they got each number from 1 to the last.
pub(crate) fn check(name: &str, calls: u64) {
    let _alone = alone();
    runtime().block_on(async {
        let way: Way = name.parse().expect("a way");
        let cloud = Cloud::start(CloudConfig::default()).await.expect("the local cloud");
        let deployment = cloud.deploy(way, &artifact(way).await).await.expect("deployed");
        let mut numbers = numbers(deployment.url(), calls).await;
        numbers.sort_unstable();
        let expected: Vec<u64> = (1..=calls).collect();
        assert!(numbers == expected, "{name}: {} numbers, the last is {:?}", numbers.len(), numbers.last());
        deployment.stop().await;
        cloud.shutdown().await;
    });
}

#[test]
fn fifty_callers_of_ec2_get_each_number_once() {
    check("ec2", CALLS);
}

#[test]
fn fifty_callers_of_fargate_get_each_number_once() {
    check("fargate", CALLS);
}

#[test]
fn fifty_callers_of_k8s_get_each_number_once() {
    check("k8s", CALLS);
}

#[test]
fn fifty_callers_of_lambda_dynamodb_get_each_number_once() {
    check("lambda-dynamodb", CALLS);
}

#[test]
fn fifty_callers_of_lambda_s3_get_each_number_once() {
    check("lambda-s3", S3_CALLS);
}

#[test]
fn every_store_and_front_of_a_server_is_exact() {
    for name in ["ec2-s3", "ec2-dynamodb-alb", "fargate-memory-nlb", "k8s-file-alb"] {
        check(name, 1_000);
    }
}

#[test]
fn every_front_of_a_function_is_exact() {
    for name in ["lambda-dynamodb-function-url", "lambda-dynamodb-alb"] {
        check(name, 1_000);
    }
}
