//! No two callers get the same number, and none is lost: 50 concurrent callers on each way.

use cloud::{Cloud, CloudConfig};
use ways::{Build, Way};

use crate::support::{Caller, alone, built, runtime};

pub(crate) const CALLERS: u64 = 50;

/// Failures after which a caller gives up.
const FAILURES_BORNE: u64 = 10;

/// Calls on a way whose store takes many at once.
const CALLS: u64 = 23_750;

/// Calls on the way where each is a conditional write of one S3 object by an environment of its own.
const S3_CALLS: u64 = 5_000;

/// What callers at once got.
pub(crate) struct Answers {
    /// Every number that was acknowledged, sorted.
    pub(crate) numbers: Vec<u64>,
    /// Calls that failed, each of which was made again.
    pub(crate) failed: u64,
}

impl Answers {
    /// Holds that no two callers got the same number and that none was left out, but for as many as calls failed.
    fn check(&self, name: &str, calls: u64) {
        let mut distinct = self.numbers.clone();
        distinct.dedup();
        assert_eq!(
            (self.numbers.len() as u64, distinct.len() as u64),
            (calls, calls),
            "{name}: acknowledged, distinct"
        );
        let last = distinct.last().copied().unwrap_or_default();
        assert!(distinct.first() >= Some(&1) && last <= calls + self.failed, "{name}: the last of {calls} is {last}");
    }
}

/// Makes calls from so many callers at once, each on a connection of its own that makes a failed call again.
pub(crate) async fn answers(url: &str, callers: u64, calls: u64) -> Answers {
    let callers: Vec<_> = (0..callers)
        .map(|_| {
            let (caller, url, calls) = (Caller::new(), format!("{url}/hits"), calls / callers);
            tokio::spawn(async move {
                let mut got = Answers { numbers: Vec::new(), failed: 0 };
                while (got.numbers.len() as u64) < calls {
                    let answer = caller.call("GET", &url).await;
                    match answer.status {
                        200 => got.numbers.push(answer.body.parse().expect("a number")),
                        500.. if got.failed < FAILURES_BORNE => got.failed += 1,
                        _ => panic!("after {} failures: {answer:?}", got.failed),
                    }
                }
                got
            })
        })
        .collect();
    let mut all = Answers { numbers: Vec::new(), failed: 0 };
    for caller in callers {
        let got = caller.await.expect("a caller that got all its answers");
        all.numbers.extend(got.numbers);
        all.failed += got.failed;
    }
    all.numbers.sort_unstable();
    all
}

/// Makes calls from 50 callers at once, and holds that none failed and that they got each number from 1 to the last.
fn check(name: &str, calls: u64) {
    let way = name.parse().expect("a way");
    assert_eq!(check_borne(way, Build::Tuned, CALLERS, calls), 0, "{name}: calls failed");
}

/// The same, but that calls may fail, as those of fifty interpreters that start at once on two processors do: how
/// many did.
pub(crate) fn check_borne(way: Way, build: Build, callers: u64, calls: u64) -> u64 {
    let _alone = alone();
    runtime().block_on(async {
        let cloud = Cloud::start(CloudConfig::default()).await.expect("the local cloud");
        let deployment = cloud.deploy(way, &built(way, build).await).await.expect("deployed");
        let answers = answers(deployment.url(), callers, calls).await;
        answers.check(&format!("{way}, {build}"), calls);
        deployment.stop().await;
        cloud.shutdown().await;
        answers.failed
    })
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
