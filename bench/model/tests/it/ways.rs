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
        let starts = it.cold.zip(it.init);
        assert_eq!(starts.is_some(), way.has_process(), "{way}: {it:?}");
        assert!(starts.is_none_or(|(cold, init)| cold.p50_ms > init.p50_ms), "{way}: {starts:?}");
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
fn a_larger_zip_starts_later_and_an_image_is_slower_to_start_whatever_its_size() {
    let aws = Aws::new(Parameters::committed());
    let cold = |name: &str, package_bytes| {
        let way: Way = name.parse().expect("a way");
        aws.predict(way, &Demand { package_bytes, ..demand() }, Setup::default(), 1)
    };
    let (small, large) = (2_000_000, 52_000_000);
    let p50_ms = |package_bytes| cold("lambda-s3", package_bytes).cold.expect("a start").p50_ms;
    let later_ms = p50_ms(large) - p50_ms(small);
    assert!((later_ms / (50.0 * aws.parameters().cold_per_mb.ms) - 1.0).abs() < 0.05, "{later_ms}");
    let image = cold("lambdaimage-s3", small);
    assert_eq!(image, cold("lambdaimage-s3", large));
    let zip = cold("lambda-s3", small);
    let [image_init, zip_init] = [&image, &zip].map(|it| it.init.expect("a start"));
    assert!(image_init.p50_ms > zip_init.p50_ms + 10.0 && image_init.p99_ms > 1.5 * zip_init.p99_ms);
    // Once it is warm it is the same function.
    assert!((image.calls.p50_ms / zip.calls.p50_ms - 1.0).abs() < 0.02);
}

#[test]
fn a_function_in_a_vpc_starts_later_and_is_as_fast_once_it_is_warm() {
    let demand = demand();
    let parameters = Parameters::committed();
    let nearer = Parameters { cold_vpc: parameters.cold_vpc.times(1e-3), ..(*parameters).clone() };
    let predict = |parameters: Parameters, name: &str| {
        let way: Way = name.parse().expect("a way");
        Aws::new(parameters.into()).predict(way, &demand, Setup::default(), 1)
    };
    for name in ["lambda-valkey", "lambdaimage-go-valkey-alb", "lambdaweb-valkey-function-url"] {
        let (near, far) = (predict(nearer.clone(), name), predict((*parameters).clone(), name));
        let [far_ms, near_ms] = [&far, &near].map(|it| it.cold.expect("a start").mean_ms);
        let later_ms = far_ms - near_ms;
        assert!((later_ms / parameters.cold_vpc.mean_ms() - 1.0).abs() < 0.1, "{name}: {later_ms}");
        assert!((far.calls.p50_ms / near.calls.p50_ms - 1.0).abs() < 0.01, "{name}");
    }
    // A server stands in one already, and DynamoDB in none.
    for name in ["fargate-valkey", "lambda-dynamodb"] {
        assert_eq!(predict(nearer.clone(), name), predict((*parameters).clone(), name), "{name}");
    }
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

#[test]
fn a_way_without_a_process_is_its_hops_and_nothing_else() {
    let parameters = Parameters::committed();
    let it = predict("nocompute-dynamodb", Setup::default());
    let hops_ms = parameters.network.mean_ms()
        + parameters.front[&ways::Front::RestApi].mean_ms()
        + parameters.store[&ways::Store::Dynamodb].write.mean_ms();
    assert!((it.calls.mean_ms / hops_ms - 1.0).abs() < 0.05, "{} {hops_ms}", it.calls.mean_ms);
    assert_eq!((it.cold, it.init, it.cold_range_ms, it.inside_mean_ms), (None, None, None, None));
    assert!(it.cold_ms.is_empty());
    // A template counts by the store's own addition, whatever others are configured to do.
    let update = ways::Update::ReadThenWrite;
    assert_eq!(it, predict("nocompute-dynamodb", Setup { update, ..Setup::default() }));
}
