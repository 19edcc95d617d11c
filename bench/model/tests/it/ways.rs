//! Ways put together from their parts, and what their predictions have to show.

use std::time::Duration;

use ::model::{Aws, Caller, Connections, Demand, Parameters, Setup};
use ::ways::{Way, model};

fn demand() -> Demand {
    Demand {
        init_cpu: Duration::from_millis(20),
        first_cpu: Duration::from_millis(4),
        warm_cpu: Duration::from_micros(500),
        package_bytes: 2_000_000,
    }
}

fn predict(name: &str, setup: Setup) -> ::model::Prediction {
    let way: Way = name.parse().expect("a way");
    Aws::new(Parameters::committed()).predict(way, &demand(), setup, 1)
}

#[test]
fn every_way_is_predicted_and_the_range_of_the_assumptions_holds_its_figures() {
    let aws = Aws::new(Parameters::committed());
    let ways: Vec<_> = model().ways().map(|way| (way, demand())).collect();
    for ((way, _), it) in ways.iter().zip(aws.predict_all(&ways, Setup::default(), 1)) {
        assert!(it.calls.count >= 100_000, "{way}");
        assert!(it.calls.p50_ms <= it.calls.p90_ms && it.calls.p90_ms <= it.calls.p99_ms, "{way}: {it:?}");
        assert!(it.p50_range_ms.low <= it.calls.p50_ms * 1.02, "{way}: {it:?}");
        assert!(it.p50_range_ms.high >= it.calls.p50_ms * 0.98, "{way}: {it:?}");
        assert!(it.cold.p50_ms > it.init.p50_ms, "{way}: {it:?}");
    }
}

#[test]
fn a_seed_repeats_and_a_size_or_an_arch_changes_no_draw() {
    let p50 = |name| predict(name, Setup::default()).calls.p50_ms;
    assert_eq!(p50("lambda-dynamodb").to_bits(), p50("lambda-dynamodb").to_bits());
    // From 256 MB on, half a millisecond never waits.
    assert!((p50("lambda-dynamodb@512") / p50("lambda-dynamodb@3008") - 1.0).abs() < 1e-6);
}

#[test]
fn a_connection_for_each_call_and_a_read_before_each_write_are_slower() {
    let plain = predict("lambda-dynamodb", Setup::default()).calls.mean_ms;
    let connecting = Setup { connections: Connections::EachCall, ..Setup::default() };
    assert!(predict("lambda-dynamodb", connecting).calls.mean_ms > plain + 3.0);
    let reading = Setup { update: ::ways::Update::ReadThenWrite, ..Setup::default() };
    assert!(predict("lambda-dynamodb", reading).calls.mean_ms > plain + 2.0);
}

#[test]
fn the_studys_client_calls_no_more_often_than_its_share_allows() {
    let setup = Setup { caller: Caller::Study, ..Setup::default() };
    let client = &Parameters::committed().study_client;
    assert!(predict("ec2", setup).calls.p50_ms >= client.cpu_ms / client.vcpus - 0.1);
}
