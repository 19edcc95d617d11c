//! What ways cost: each figure worked out by hand beside it.

use std::collections::BTreeSet;

use prices::cost::{
    BreakEven, Cost, CostError, Curve, Limit, SECONDS_PER_MONTH, Scope, UTILISATION_TARGET, Usage, break_evens,
    calls_per_month_max, cheapest, cost,
};
use prices::{PriceError, PriceKey};
use proptest::prelude::*;
use ways::{Store, Update, Way, model};

use crate::support::{known_prices, prices};

fn way(name: &str) -> Way {
    name.parse().expect("a way")
}

fn at(name: &str, calls: f64) -> Result<Cost, CostError> {
    cost(way(name), &Usage::assumed(way(name), calls), known_prices())
}

fn check(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 2e-4, "{what}: {found} instead of {expected}");
}

/// The readiness checks that a pod gets from Kubernetes in a month, each a request to the store: one every 30 s.
const CHECKS: f64 = 730.0 * 3600.0 / 30.0;

#[test]
fn a_month_without_calls_costs_what_stands_there() {
    let ipv4 = 0.005 * 730.0;
    // The snapshot of the machine image's disk.
    let image = 3.0 * 0.053;
    // A container image of an executable, and of an interpreter with its own.
    let ecr = 0.004 * 0.1;
    let python_ecr = 0.06 * 0.1;
    for (name, expected) in [
        ("ec2", 0.0118 * 730.0 + 8.0 * 0.0928 + image + ipv4),
        ("ec2-file", 0.0118 * 730.0 + 8.0 * 0.0928 + image + ipv4),
        ("ec2-arm64", 0.0094 * 730.0 + 8.0 * 0.0928 + image + ipv4),
        ("ec2-alb", 0.0118 * 730.0 + 8.0 * 0.0928 + image + ipv4 + 0.02646 * 730.0 + 2.0 * ipv4),
        ("fargate", (0.25 * 0.04656 + 0.5 * 0.00511 + 0.02646) * 730.0 + 3.0 * ipv4 + ecr),
        ("fargate-arm64", (0.25 * 0.03725 + 0.5 * 0.00409 + 0.02646) * 730.0 + 3.0 * ipv4 + ecr),
        ("k8s", (0.0236 + 0.0118 + 0.02646) * 730.0 + (104.0 + 128.0) * 0.0928 + 3.0 * ipv4 + ecr),
        ("k8s-file-arm64", (0.0188 + 0.0094 + 0.02646) * 730.0 + (104.0 + 128.0 + 1.0) * 0.0928 + 3.0 * ipv4 + ecr),
        // The study's 73 a month, a worker with 20 GiB, and an NLB in one zone.
        ("eks", 73.0 + (0.0236 + 0.02646) * 730.0 + 20.0 * 0.0928 + 2.0 * ipv4 + ecr),
        ("eks-file-alb-arm64", 73.0 + (0.0188 + 0.02646) * 730.0 + 21.0 * 0.0928 + 3.0 * ipv4 + ecr),
        // A node is there, whoever calls; readiness checks of it are free.
        ("lambda-valkeynode", 0.0144 * 730.0),
        ("ec2-valkeynode", (0.0118 + 0.0144) * 730.0 + 8.0 * 0.0928 + image + ipv4),
        ("eks-valkeynode", 73.0 + (0.0236 + 0.02646 + 0.0144) * 730.0 + 20.0 * 0.0928 + 2.0 * ipv4 + ecr),
        // Half a capacity unit, whoever calls, and what a cluster has of its own; a readiness check commits.
        ("lambda-aurora", 0.5 * 0.14 * 730.0 + 0.0375 * 0.1),
        (
            "eks-aurora",
            73.0 + (0.0236 + 0.02646 + 0.07) * 730.0
                + 20.0 * 0.0928
                + 2.0 * ipv4
                + ecr
                + 0.0375 * 0.1
                + CHECKS * 0.2e-6,
        ),
        // $7 for a month of 744 hours.
        ("lightsail", 7.0 / 744.0 * 730.0 + ecr),
        ("lightsail-python@medium", 40.0 / 744.0 * 730.0 + python_ecr),
        ("lambda-dynamodb", 0.0),
        ("lambdaimage-dynamodb", ecr),
        ("lambdaimage-python-s3-arm64", python_ecr),
        ("lambda-s3-function-url", 0.0),
        ("lambda-dynamodb-alb", 0.02646 * 730.0 + 2.0 * ipv4),
        // A balancer's health checks don't reach the store.
        ("fargate-dynamodb", (0.25 * 0.04656 + 0.5 * 0.00511 + 0.02646) * 730.0 + 3.0 * ipv4 + ecr),
        ("k8s-s3", (0.0236 + 0.0118 + 0.02646) * 730.0 + 232.0 * 0.0928 + 3.0 * ipv4 + CHECKS * 0.0053e-3 + ecr),
    ] {
        check(at(name, 1.0).expect("a cost").fixed_usd(), expected, name);
    }
}

#[test]
fn a_million_calls_cost_what_they_use() {
    let logs = 343.0 * 1e6 / 1024_f64.powi(3) * 0.5985;
    let gb = 0.125;
    let duration = |ms: f64| ms * 1e3 * gb * 1.66667e-5;
    let lcu = |per_second: f64, usd: f64| 1e6 / 3600.0 / per_second * usd;
    for (name, expected) in [
        ("ec2", 0.0),
        ("lambda-dynamodb", 0.2 + duration(7.0) + duration(0.5) + logs + 1.16 + 0.7423),
        ("lambda-dynamodb-function-url", 0.2 + duration(7.0) + duration(0.5) + logs + 0.7423),
        ("lambda-dynamodb-arm64", 0.2 + duration(7.5) * 1.33334 / 1.66667 + logs + 1.16 + 0.7423),
        ("lambda-s3", 0.2 + duration(73.0) + duration(0.5) + logs + 1.16 + 5.3 + 0.42),
        // A call costs the same from an image.
        ("lambdaimage-s3", 0.2 + duration(73.0) + duration(0.5) + logs + 1.16 + 5.3 + 0.42),
        ("lambda-python-s3", 0.2 + duration(107.0) + duration(3.5) + logs + 1.16 + 5.3 + 0.42),
        ("ec2-valkeynode", 0.0),
        ("ec2-postgres", 0.0),
        // A write of its storage for each.
        ("ec2-aurora", 0.2),
        ("lightsail", 0.0),
        ("ec2-dynamodb", 0.7423),
        // The only server of an object needs no GET.
        ("ec2-s3", 5.3),
        ("ec2-alb", lcu(25.0, 0.0084)),
        // An NLB's unit takes 800 connections per second but 1 GB per hour: bytes come first.
        ("k8s", 0.006),
    ] {
        let cost = at(name, 1e6).expect("a cost");
        check(cost.usd_per_million_calls().expect("calls"), expected, name);
    }
}

#[test]
fn provisioned_environments_are_paid_for_all_month_and_their_calls_at_a_lower_rate() {
    let usage = |provisioned| Usage { provisioned, cold_share: 0.0, ..Usage::assumed(way("lambda-dynamodb"), 1e6) };
    let of = |provisioned| cost(way("lambda-dynamodb"), &usage(provisioned), known_prices()).expect("a cost");
    check(of(3).fixed_usd(), 3.0 * 0.125 * SECONDS_PER_MONTH * 4.8304e-6, "three of 128 MB");
    let duration = |usd: f64| 7.0 * 1e3 * 0.125 * usd;
    let saved = of(0).usd_per_million_calls().expect("calls") - of(3).usd_per_million_calls().expect("calls");
    check(saved, duration(1.66667e-5) - duration(1.12709e-5), "7 ms a call");
}

#[test]
fn a_peak_takes_as_many_instances_as_serve_it_with_all_their_processors() {
    let one = way("fargate-dynamodb").resources().vcpu * 10_000.0;
    let instances = |mean: f64, peak: f64| {
        let usage = Usage { peak, ..Usage::assumed(way("fargate-dynamodb"), mean * one * SECONDS_PER_MONTH) };
        cost(way("fargate-dynamodb"), &usage, known_prices()).map(|cost| cost.instances)
    };
    // A fifth of one instance on average: ten times as much is two.
    assert_eq!([1.0, 2.0, 10.0].map(|peak| instances(0.19, peak * 1.0001)), [Ok(1), Ok(1), Ok(2)]);
    // A thousand writes a second of one key hold at the peak too.
    let lambda = |peak: f64| {
        let usage = Usage { peak, ..Usage::assumed(way("lambda-dynamodb"), 400.0 * SECONDS_PER_MONTH) };
        cost(way("lambda-dynamodb"), &usage, known_prices()).map(|cost| cost.instances)
    };
    assert_eq!([1.0, 2.0, 3.0].map(lambda), [Ok(1), Ok(1), Err(CostError::Limit(Limit::OneKey))]);
}

#[test]
fn every_valid_way_has_a_cost_that_is_the_sum_of_its_items() {
    let prices = known_prices();
    for way in model().ways() {
        let cost = cost(way, &Usage::assumed(way, 1e6), prices).expect("a cost");
        let sum: f64 = cost.items.iter().map(|item| item.usd).sum();
        assert!(cost.usd() > 0.0 && (cost.usd() - sum).abs() < 1e-9, "{way}");
        for item in &cost.items {
            assert!((item.quantity * item.unit_usd - item.usd).abs() < 1e-9 && item.quantity > 0.0, "{way}: {item:?}");
        }
    }
}

#[test]
fn every_price_is_used_by_some_way() {
    let prices = known_prices();
    let mut used = BTreeSet::new();
    for way in model().ways().flat_map(Way::sizes) {
        for scope in [Scope::Bill, Scope::Published] {
            // The study's task is x86-64, and no source has Spot prices of Arm.
            if scope == Scope::Published && way.arch != model().defaults.arch {
                continue;
            }
            for disk in [prices::cost::Disk::Gp2, prices::cost::Disk::Gp3] {
                for provisioned in [0, 1] {
                    let assumed = Usage::assumed(way, 1e6);
                    let usage = Usage { scope, disk, provisioned, update: Update::ReadThenWrite, ..assumed };
                    used.extend(cost(way, &usage, prices).expect("a cost").items.iter().map(|item| item.price));
                }
            }
        }
    }
    assert_eq!(used, PriceKey::all().collect());
}

#[test]
fn servers_that_share_their_store_scale_out_and_others_are_refused() {
    // 10⁹ calls a month are 380 a second. A t3.micro keeps up a fifth of a vCPU, and half of that is planned for:
    // 100 calls a second in Python.
    let wanted = (1e9 / SECONDS_PER_MONTH / (1_000.0 * 0.2 * UTILISATION_TARGET)).ceil();
    assert_eq!(f64::from(at("k8s-python-dynamodb", 1e9).expect("a cost").instances), wanted);
    assert_eq!(at("fargate-python-dynamodb", 1e9).expect("a cost").instances, 4);
    assert_eq!(at("ec2", 1e9).expect("a cost").instances, 1);
    for (name, limit) in [
        ("ec2-python", Limit::CountInOneProcess),
        ("ec2-python-file-alb", Limit::CountInOneProcess),
        ("fargate-python", Limit::CountInOneProcess),
        ("k8s-python", Limit::CountInOneProcess),
        ("ec2-python-dynamodb", Limit::NoBalancer),
        ("lambda-s3", Limit::OneKey),
    ] {
        assert_eq!(at(name, 1e9), Err(CostError::Limit(limit)), "{name}");
    }
}

#[test]
fn each_instance_is_paid_for() {
    let one = at("k8s-python-dynamodb", 1.0).expect("a cost");
    let many = at("k8s-python-dynamodb", 1e9).expect("a cost");
    let worker = 0.0118 * 730.0 + 128.0 * 0.0928 + 0.005 * 730.0 + CHECKS * 0.7423e-6;
    check(many.fixed_usd() - one.fixed_usd(), f64::from(many.instances - 1) * worker, "workers");
}

#[test]
fn a_way_can_be_used_up_to_its_ceiling_and_not_beyond() {
    for way in model().ways() {
        let usage = Usage::assumed(way, 1.0);
        let Some(most) = calls_per_month_max(way, &usage) else { continue };
        let refused = |calls: f64| matches!(cost(way, &usage.at(calls), known_prices()), Err(CostError::Limit(_)));
        assert!(!refused(most * 0.999), "{way}: {most}");
        assert!(refused(most * 1.001), "{way}: {most}");
    }
}

#[test]
fn one_key_of_s3_takes_one_writer_after_the_other_and_dynamodb_a_thousand_writes() {
    let most = |name: &str| {
        calls_per_month_max(way(name), &Usage::assumed(way(name), 1.0)).map(|calls| calls / SECONDS_PER_MONTH)
    };
    check(most("lambda-s3").expect("a ceiling"), UTILISATION_TARGET / 0.069, "S3");
    check(most("lambda-dynamodb").expect("a ceiling"), UTILISATION_TARGET * 1000.0, "DynamoDB");
    check(most("lambda-valkeynode").expect("a ceiling"), UTILISATION_TARGET * 2000.0, "a node of Valkey");
    check(most("lambda-postgres").expect("a ceiling"), UTILISATION_TARGET * 1000.0 / 1.5, "a row of RDS");
    check(most("lambda-aurora").expect("a ceiling"), UTILISATION_TARGET * 1000.0 / 3.0, "a row of Aurora");
    let lossy = Usage { update: Update::ReadThenWrite, ..Usage::assumed(way("lambda-s3"), 1.0) };
    let most_lossy = calls_per_month_max(way("lambda-s3"), &lossy).expect("a ceiling") / SECONDS_PER_MONTH;
    check(most_lossy, UTILISATION_TARGET * 3500.0, "S3 without a condition");
    // A server that answers all its callers with one write is not bound by them.
    assert_eq!(most("k8s-s3"), None);
    let lossy = Usage { update: Update::ReadThenWrite, ..Usage::assumed(way("k8s-s3"), 1.0) };
    let most_lossy = calls_per_month_max(way("k8s-s3"), &lossy).expect("a ceiling") / SECONDS_PER_MONTH;
    check(most_lossy, UTILISATION_TARGET * 3500.0, "a server that writes for each call");
}

#[test]
fn a_size_reaches_the_cost() {
    let ipv4 = 0.005 * 730.0;
    let image = 3.0 * 0.053;
    let ecr = 0.004 * 0.1;
    for (name, expected) in [
        ("ec2@t2.micro", 0.0132 * 730.0 + 8.0 * 0.0928 + image + ipv4),
        ("ec2@t3.small", 0.0236 * 730.0 + 8.0 * 0.0928 + image + ipv4),
        ("ec2-arm64@c7g.medium", 0.0429 * 730.0 + 8.0 * 0.0928 + image + ipv4),
        ("k8s@t2.micro", (0.0236 + 0.0132 + 0.02646) * 730.0 + (104.0 + 128.0) * 0.0928 + 3.0 * ipv4 + ecr),
        ("fargate@1x2048", (0.04656 + 2.0 * 0.00511 + 0.02646) * 730.0 + 3.0 * ipv4 + ecr),
    ] {
        check(at(name, 1.0).expect("a cost").fixed_usd(), expected, name);
    }
    // At 1,769 MB a function has one vCPU, and beyond no more for one call: its own time is 128/1769 of that at 128 MB.
    let ms = |name: &str| Usage::assumed(way(name), 1.0).duration_ms;
    check(ms("lambda-python-dynamodb@1769"), 4.5 + 19.0 * 128.0 / 1769.0, "1769 MB");
    check(ms("lambda-python-dynamodb@10240"), 4.5 + 19.0 * 128.0 / 1769.0, "10240 MB");
    let million = |name: &str| at(name, 1e6).expect("a cost").usd_per_million_calls().expect("calls");
    let gb_seconds = |ms: f64, mib: f64| ms * 1e3 * mib / 1024.0 * 1.66667e-5;
    // 4.5 ms of DynamoDB and 2 ms of its own at 128 MB, a quarter of those at 512, each rounded up; 1 % of 50 ms of init.
    let difference = gb_seconds(5.0 + 0.5, 512.0) - gb_seconds(7.0 + 0.5, 128.0);
    check(million("lambda-dynamodb@512") - million("lambda-dynamodb"), difference, "512 MB");
    // A larger instance takes more before another is needed.
    let most = |name: &str| calls_per_month_max(way(name), &Usage::assumed(way(name), 1.0)).expect("a bound");
    check(most("ec2@t3.small") / most("ec2"), 2.0, "0.4 vCPU for 0.2");
    check(most("ec2@c7i.large") / most("ec2"), 10.0, "2 vCPU for 0.2");
}

#[test]
fn a_way_that_reads_before_it_writes_pays_for_the_reads() {
    let with = |name: &str, update| {
        let cost = cost(way(name), &Usage::assumed(way(name), 1e6).updated(way(name), update), known_prices())
            .expect("a cost");
        cost.usd_per_million_calls().expect("calls")
    };
    let atomic = with("ec2-dynamodb", Update::Atomic);
    check(with("ec2-dynamodb", Update::ReadThenWrite), atomic + 0.5 * 0.1487, "half a read unit each");
    check(with("ec2-s3", Update::ReadThenWrite), with("ec2-s3", Update::Atomic) + 0.42, "a GET each");
}

#[test]
fn prices_that_are_not_known_are_an_error() {
    let old = prices(Some("2021-12"));
    let name = way("lambda-dynamodb-function-url");
    let error = cost(name, &Usage::assumed(name, 1.0), &old).expect_err("not sold in 2021");
    assert!(matches!(error, CostError::Price(PriceError::Unknown { .. })), "{error}");
    assert!(Curve::new(name, Usage::assumed(name, 1.0), &old).is_err());
    let curve = Curve::new(way("lambda-dynamodb"), Usage::assumed(way("lambda-dynamodb"), 1.0), &old).expect("a curve");
    assert!(curve.usd(1e8).is_some());
    assert_eq!(curve.usd(1e9), None);
}

#[test]
fn two_ways_break_even_where_they_cost_the_same() {
    let prices = known_prices();
    let curve = |name: &str| Curve::new(way(name), Usage::assumed(way(name), 1.0), prices).expect("a curve");
    let (function, server) = (curve("lambda-dynamodb"), curve("ec2-dynamodb"));
    let found = break_evens(&[function.clone(), server.clone()]);
    let [BreakEven { below, above, calls_per_month }] = &found[..] else { panic!("{found:?}") };
    assert_eq!((below.store, above.store), (Store::Dynamodb, Store::Dynamodb));
    assert_eq!((below.to_string(), above.to_string()), ("lambda-dynamodb".to_owned(), "ec2-dynamodb".to_owned()));
    let (one, other) = (function.usd(*calls_per_month).expect("a cost"), server.usd(*calls_per_month).expect("a cost"));
    check(one, other, "at the break-even point");
    let marginal = |name: &str| at(name, 1e6).expect("a cost").usd_per_million_calls().expect("calls");
    let saved = marginal("lambda-dynamodb") - marginal("ec2-dynamodb");
    check(calls_per_month / 1e6, at("ec2-dynamodb", 1.0).expect("a cost").fixed_usd() / saved, "millions of calls");
    let both = [function, server];
    assert_eq!(cheapest(&both, 1e3).expect("one").0.way(), *below);
    assert_eq!(cheapest(&both, 1e9).expect("one").0.way(), *above);
}

proptest! {
    #[test]
    fn more_calls_never_cost_less(
        way in prop::sample::select(model().ways().collect::<Vec<_>>()),
        exponent in 0.0..9.0_f64,
        more in 1.0..10.0_f64,
    ) {
        let prices = known_prices();
        let usage = Usage::assumed(way, 10_f64.powf(exponent));
        if let Ok(dearer) = cost(way, &usage.at(usage.calls_per_month * more), prices) {
            // A second server ends the first one's knowledge of what it wrote, never the other way round.
            let cheaper = cost(way, &usage, prices).expect("fewer calls can be served too");
            prop_assert!(cheaper.usd() <= dearer.usd() + 1e-9);
        }
    }
}

#[test]
fn no_compute_is_the_gateways_requests_and_the_tables_writes() {
    let cost = at("nocompute-dynamodb", 1e6).expect("a cost");
    check(cost.usd_per_million_calls().expect("calls"), 3.50 + 0.7423, "a million calls");
    check(cost.balancer_usd() + cost.fixed_usd(), 1e-6 * 0.297, "without calls");
    assert_eq!(cost.instances, 1);
    // A template counts by the store's own addition, whatever others are configured to do.
    let update = Update::ReadThenWrite;
    let usage = Usage { update, ..Usage::assumed(way("nocompute-dynamodb"), 1e6) };
    assert_eq!(prices::cost::cost(way("nocompute-dynamodb"), &usage, known_prices()), Ok(cost));
}
