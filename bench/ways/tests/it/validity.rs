//! Which ways there are.

use std::collections::BTreeSet;

use ways::{Axis, Compute, Kind, Store, Way, model};

#[test]
fn there_are_more_than_101_ways_and_no_two_share_a_name() {
    let ways: Vec<Way> = model().ways().collect();
    let names: BTreeSet<String> = ways.iter().map(Way::to_string).collect();
    assert_eq!(names.len(), ways.len());
    assert!(ways.len() > 101, "{}", ways.len());
}

#[test]
fn every_part_is_described() {
    for way in model().ways() {
        assert_eq!(model().title(way).split(" · ").count(), 5, "{way}");
        assert!(model().compute(way.compute).size.memory_mib > 0);
    }
    for &compute in Compute::ALL {
        let described = model().compute(compute);
        assert!(described.fronts.contains(&described.default_front), "{compute}");
        assert!(described.default_store.is_none_or(|store| described.stores.contains(&store)), "{compute}");
    }
}

#[test]
fn functions_keep_their_count_outside_of_the_process() {
    for way in model().ways().filter(|way| model().compute(way.compute).kind == Kind::Function) {
        assert!(model().store(way.store).durable, "{way}");
        assert_ne!(way.store, Store::File, "{way}");
    }
}

#[test]
fn the_catalogue_is_the_origins_eight_and_their_rust_counterparts() {
    let rows: Vec<_> = model().catalogue().collect();
    let names: Vec<_> = rows.iter().map(|row| row.way.to_string()).collect();
    assert_eq!(
        names,
        [
            "ec2",
            "ec2-python",
            "lambda-s3",
            "lambda-python-s3",
            "lambda-dynamodb",
            "lambda-cpp-dynamodb",
            "lambda-javascript-dynamodb",
            "lambda-python-dynamodb",
            "fargate",
            "fargate-python",
            "k8s",
            "k8s-python",
        ]
    );
    assert_eq!(rows.iter().filter(|row| row.published.is_some()).count(), 8);
}
