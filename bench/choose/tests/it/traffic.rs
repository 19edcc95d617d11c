//! Traffic: cold starts as the closed form has them, limits, what provisioning buys, and servers beside functions.

use choose::{AtRate, Demands, Pattern, Served, Traffic, WayTraffic, traffic};
use ways::Kind;

use crate::support::{basis, prices, tuned};

fn played(name: &str, patterns: &[Pattern], rates: &[f64], concurrency: Option<u32>) -> Traffic {
    let prices = prices();
    traffic(&[tuned(name)], patterns, rates, concurrency, Demands::built_in(), &basis(&prices)).expect("prices")
}

fn served(way: &WayTraffic) -> Vec<&Served> {
    let lines = way.lines.iter().filter_map(|line| match &line.at {
        AtRate::Served(served) => Some(&**served),
        AtRate::Not { .. } => None,
    });
    lines.collect()
}

#[test]
fn a_steady_rate_meets_as_many_cold_starts_as_the_closed_form_has() {
    let traffic = played("lambda-dynamodb", &[Pattern::Steady], &[0.001, 0.01, 0.1, 0.3], None);
    for (line, served) in traffic.ways[0].lines.iter().zip(served(&traffic.ways[0])) {
        let (is, should) = (served.cold_share, served.cold_share_in_closed_form.expect("it is steady"));
        // 20,000 calls and more; a cold call takes its environment for longer than the mean has it.
        let off = 4.0 / (should * 20_000.0).sqrt() + 0.1;
        assert!((is / should - 1.0).abs() < off, "{}: {is} instead of {should}", line.per_second);
    }
}

#[test]
fn spikes_meet_more_cold_starts_than_a_steady_rate_and_provisioning_meets_none() {
    let traffic = played("lambda-python-dynamodb", &Pattern::ALL, &[1.0], None);
    let served = served(&traffic.ways[0]);
    assert_eq!(served.len(), 4);
    let [steady, daily, spiky, jump] = [0, 1, 2, 3].map(|index: usize| served[index]);
    for other in [daily, spiky, jump] {
        assert!(other.cold_share > steady.cold_share, "{other:?}\n{steady:?}");
    }
    for it in served {
        let provisioned = it.provisioned.as_ref().expect("it is a function");
        assert!(provisioned.p99_ms.value <= it.p99_ms.value * 1.01, "{it:?}");
        assert!(provisioned.usd_per_month > it.usd_per_month, "{it:?}");
        assert!(it.concurrency.is_some_and(|[mean, most]| mean <= most), "{it:?}");
        assert_eq!(f64::from(provisioned.environments), it.concurrency.map_or(0.0, |[_, most]| most.max(1.0)));
    }
}

#[test]
fn an_account_refuses_calls_from_its_concurrency_on() {
    let traffic = played("lambda-dynamodb", &[Pattern::Steady], &[100.0, 400.0], Some(3));
    let way = &traffic.ways[0];
    let limits = way.limits.expect("it is a function");
    assert!((limits.by_concurrency_per_second - 3_000.0 / limits.busy_ms).abs() < 1e-9);
    assert!((limits.by_rate_per_second - 30.0).abs() < 1e-9);
    let shares: Vec<f64> = served(way).iter().map(|it| it.throttled_share).collect();
    // Erlang's B, as if each call took its mean: M/G/3/3 is insensitive to the rest.
    for (per_second, share) in [100.0, 400.0].into_iter().zip(shares) {
        let offered = per_second * limits.busy_ms / 1e3;
        let blocked = (1..=3).fold(1.0, |blocked, n| offered * blocked / (f64::from(n) + offered * blocked));
        assert!((share / blocked - 1.0).abs() < 0.1, "{per_second}: {share} instead of {blocked}");
    }
}

#[test]
fn servers_stand_beside_functions_and_what_cant_be_served_has_its_reason() {
    let traffic = played("lambda-dynamodb", &[Pattern::Steady, Pattern::Spiky], &[1.0, 1_000.0], None);
    let kinds: Vec<_> = traffic.ways.iter().map(|way| way.kind).collect();
    assert_eq!(kinds[0], Kind::Function);
    assert!(kinds.len() >= 4 && kinds[1..].iter().all(|kind| *kind == Kind::Server));
    let refused = traffic.ways[0].lines.iter().filter(|line| matches!(&line.at, AtRate::Not { .. })).count();
    // A function writes one key for each call: DynamoDB takes no 1,000 on average.
    assert_eq!(refused, 2);
    for way in &traffic.ways[1..] {
        assert!(served(way).iter().all(|it| it.provisioned.is_none() && it.cold_share == 0.0));
    }
}

#[test]
fn a_seed_always_gives_the_same() {
    let one = || played("lambda-s3", &[Pattern::Jump], &[0.5], None);
    assert_eq!(one(), one());
}
