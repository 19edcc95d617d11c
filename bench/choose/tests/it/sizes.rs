//! Sizes: segments add up, more processor is not slower, a knee in each arch; and public data of memory.

use choose::{AtShare, Demands, Service, Sizing, sizing};
use ways::{Axis, Build, Kind, Language, Store};

use crate::support::{basis, prices, tuned};

fn sized(name: &str, demands: &Demands) -> Sizing {
    let prices = prices();
    sizing(tuned(name), 1e6, demands, &basis(&prices)).expect("its prices are known").expect("it was measured")
}

#[test]
fn segments_add_up_and_more_processor_is_not_slower() {
    for name in ["lambda-javascript-dynamodb", "lambda-s3", "fargate-python", "ec2-dynamodb-alb"] {
        let sizing = sized(name, Demands::built_in());
        let archs: Vec<_> = sizing.steps.iter().map(|step| step.way.arch).collect();
        assert!(ways::Arch::ALL.iter().all(|arch| archs.contains(arch)), "{name}");
        for of_arch in sizing.steps.chunk_by(|one, other| one.way.arch == other.way.arch) {
            assert!(of_arch.len() >= 6, "{name}: {} sizes", of_arch.len());
            assert_eq!(of_arch.iter().filter(|step| step.knee).count(), 1, "{name}");
            assert!(of_arch.iter().rev().skip(1).all(|step| step.next.is_some()), "{name}");
            for step in of_arch {
                let warm = &step.warm;
                let sum = warm.entrance_ms + warm.invoke_ms + warm.store_ms + warm.cpu_ms + warm.waiting_ms;
                // Hops by their own means, the mean as it was played: to the per cent of 20,000 draws.
                assert!((sum / warm.mean_ms - 1.0).abs() < 0.03, "{name}: {step:?}");
                let cold = &step.cold;
                let sum = cold.before_ms + cold.init_ms + cold.first_ms;
                assert!((sum / cold.mean_ms - 1.0).abs() < 1e-9, "{name}: {step:?}");
            }
            for pair in of_arch.windows(2) {
                assert!(pair[1].warm.mean_ms <= pair[0].warm.mean_ms * 1.02, "{name}: {pair:?}");
            }
        }
    }
}

/// The duration of a function's calls by its memory, of a demand that is the same at any share.
fn staircase(cpu_ms: f64, store: &str) -> Vec<(u64, f64)> {
    let at = AtShare {
        vcpu: 0.07,
        init_cpu_ms: 90.0,
        first_cpu_ms: cpu_ms,
        warm_cpu_ms: cpu_ms,
        package_bytes: 1_000_000,
        share_held: true,
    };
    let way = tuned(&format!("lambda-javascript-{store}")).way;
    let service = Service {
        adapted: false,
        measured_at: None,
        kind: Kind::Function,
        language: Language::Javascript,
        store: way.store,
        build: Build::Tuned,
        at: vec![at],
    };
    let demands = Demands { services: vec![service], ..Demands::built_in().clone() };
    let sizing = sized(&way.to_string(), &demands);
    let default = sizing.steps.iter().filter(|step| step.way.arch == way.arch);
    default.map(|step| (step.memory_mib, step.warm.cpu_ms + step.warm.waiting_ms)).collect()
}

#[test]
fn a_small_handlers_time_falls_until_256_mb_and_hardly_further_as_public_data_has_it() {
    // First calls of Node.js by memory (maxday/lambda-perf, hello world): 12.1, 3.2, 3.3, 3.2 ms at 128, 256, 512, 1,024 MB; of
    // 2.8 ms of CPU time the quota's steps make the same. A call here works in two pieces, before and behind its store, and its
    // CPU time is spread: some wait at 256 MB still.
    let times = staircase(2.8, Store::Dynamodb.word());
    let at = |mib: u64| times.iter().find(|(memory, _)| *memory == mib).expect("a size").1;
    assert!(at(128) > 3.0 * at(256) && at(128) < 1.5 * 12.1, "{times:?}");
    assert!(at(256) < 2.0 * at(1024), "{times:?}");
    assert!((at(512) / at(1024) - 1.0).abs() < 0.02 && (at(1024) / 2.8 - 1.0).abs() < 0.05, "{times:?}");
}

#[test]
fn a_heavier_handlers_time_falls_until_512_mb_as_public_data_has_it() {
    // blacha/s3-response-time (ISC): S3 GET by Node.js, 107.8, 57.2, 25.2 ms at 128, 256, 512 MB, of which 22 are S3's: one
    // call of a store, as DynamoDB's here.
    let times = staircase(6.0, Store::Dynamodb.word());
    let at = |mib: u64| times.iter().find(|(memory, _)| *memory == mib).expect("a size").1;
    for (mib, published) in [(128, 85.8), (256, 35.2)] {
        assert!((0.5..1.2).contains(&(at(mib) / published)), "{mib}: {published}, {times:?}");
    }
    assert!(at(128) > 1.5 * at(256) && at(256) > 1.5 * at(512), "{times:?}");
    assert!(at(512) < 1.5 * at(1024), "{times:?}");
}
