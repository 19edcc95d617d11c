//! The original study's cost column, held to within 2 % of what it published.

use prices::cost::{Reproduction, reproductions};

use crate::support::prices;

/// How far a reproduction may be from what was published.
const BAR: f64 = 0.02;

fn of_the_studys_time() -> Vec<Reproduction> {
    reproductions(&prices(Some("2021-12"))).expect("every price is known")
}

#[test]
fn each_of_the_eight_is_within_2_percent_of_what_was_published() {
    let found = of_the_studys_time();
    assert_eq!(found.len(), 8);
    for row in found {
        assert!(row.error().abs() <= BAR, "{}: {} instead of {}", row.way, row.reproduced_usd, row.published_usd);
    }
}

#[test]
fn the_balancer_costs_what_was_published() {
    let found = of_the_studys_time();
    let fargate = found.iter().find(|row| row.way == "fargate-python").expect("fargate");
    assert!((fargate.balancer_usd / 19.32 - 1.0).abs() <= BAR, "{}", fargate.balancer_usd);
}

#[test]
fn what_its_code_deploys_costs_otherwise() {
    // 128 MB, S3's GET, Fargate on demand, the control node's instance and 128 GB for the worker.
    for (way, expected) in [
        ("ec2-python", 10.564),
        ("lambda-python-s3", 7.330),
        ("lambda-python-dynamodb", 3.118),
        ("lambda-javascript-dynamodb", 3.212),
        ("lambda-cpp-dynamodb", 3.041),
        ("lambda-dynamodb", 3.047),
        ("fargate-python", 10.362),
        ("k8s-python", 46.184),
    ] {
        let found = of_the_studys_time();
        let row = found.iter().find(|row| row.way == way).expect(way);
        assert!((row.counted_usd - expected).abs() < 0.001, "{way}: {}", row.counted_usd);
    }
}
