//! The naming grammar.

use proptest::prelude::*;
use ways::{Axis, Variant, Way, model};

fn all() -> Vec<Way> {
    model().ways().collect()
}

fn read(name: &str) -> Result<String, String> {
    name.parse::<Way>().map(|way| way.to_string()).map_err(|error| error.to_string())
}

proptest! {
    #[test]
    fn a_name_read_and_written_again_is_the_same_name(way in prop::sample::select(all())) {
        let name = way.to_string();
        prop_assert_eq!(name.parse::<Way>(), Ok(way));
        prop_assert_eq!(read(&name), Ok(name));
    }

    #[test]
    fn a_name_with_every_part_written_out_is_the_same_way(way in prop::sample::select(all())) {
        let full = [way.compute.word(), way.language.word(), way.store.word(), way.front.word(), way.arch.word()];
        prop_assert_eq!(full.join("-").parse::<Way>(), Ok(way));
    }

    #[test]
    fn anything_else_is_refused_with_names_that_are_valid(name in "\\PC{0,40}") {
        if let Err(error) = name.parse::<Way>() {
            prop_assert_eq!(error.nearest.len(), 3);
            for nearest in error.nearest {
                prop_assert!(nearest.parse::<Way>().is_ok());
            }
        }
    }
}

#[test]
fn names_leave_the_defaults_out() {
    for (typed, canonical) in [
        ("ec2", "ec2"),
        ("ec2-rust-memory-direct-x86_64", "ec2"),
        ("ec2-python", "ec2-python"),
        ("fargate-file-alb", "fargate"),
        ("fargate-memory", "fargate-memory"),
        ("k8s-nlb", "k8s"),
        ("lambda-rust-dynamodb-http-api", "lambda-dynamodb"),
        ("lambda-cpp-dynamodb-function-url-arm64", "lambda-cpp-dynamodb-function-url-arm64"),
        ("lambdaweb-rust-s3-http-api-x86_64", "lambdaweb-s3"),
        ("lambdaimage-javascript-s3-http-api", "lambdaimage-javascript-s3"),
    ] {
        assert_eq!(read(typed), Ok(canonical.to_owned()), "{typed}");
    }
}

#[test]
fn a_wrong_name_gets_its_reason_and_the_nearest_names() {
    for (typed, reason, nearest) in [
        (
            "lamda-dynamodb",
            "it begins with none of ec2, lambda, lambdaweb, lambdaimage, fargate, k8s, eks, nocompute, lightsail",
            "lambda-dynamodb",
        ),
        (
            "lamda",
            "it begins with none of ec2, lambda, lambdaweb, lambdaimage, fargate, k8s, eks, nocompute, lightsail",
            "lambda-s3",
        ),
        ("lambda-cpp-dynamdb", "unexpected `dynamdb` at its end", "lambda-cpp-dynamodb"),
        (
            "fargat",
            "it begins with none of ec2, lambda, lambdaweb, lambdaimage, fargate, k8s, eks, nocompute, lightsail",
            "fargate",
        ),
        (
            "k8",
            "it begins with none of ec2, lambda, lambdaweb, lambdaimage, fargate, k8s, eks, nocompute, lightsail",
            "k8s",
        ),
        (
            "",
            "it begins with none of ec2, lambda, lambdaweb, lambdaimage, fargate, k8s, eks, nocompute, lightsail",
            "ec2",
        ),
        ("lambda", "a lambda way names its store", "lambda-s3"),
        ("lambda-web-s3", "unexpected `web-s3` at its end", "lambdaweb-s3"),
        ("lambdaweb-cpp-s3", "lambdaweb has no language `cpp`: it takes rust, python, go", "lambda-cpp-s3"),
        (
            "lambda-memory",
            "lambda has no store `memory`: it takes s3, dynamodb, valkey, valkeynode, postgres, aurora",
            "lambda-aurora",
        ),
        ("lightsail-dynamodb", "lightsail has no store `dynamodb`: it takes memory", "nearest: lightsail"),
        ("lightsail-arm64", "lightsail has no arch `arm64`: it takes x86_64", "nearest: lightsail"),
        ("lightsail@tiny", "not a power that Lightsail has", "lightsail@"),
        ("ec2-http-api", "ec2 has no front `http-api`: it takes direct, alb, nlb", "ec2-s3-alb"),
        (
            "fargate-javascript",
            "fargate has no language `javascript`: it takes rust, python, go",
            "lambda-javascript-s3",
        ),
        ("ec2-arm64-python", "unexpected `python` at its end", "ec2-python"),
        ("app-runner", "App Runner has taken no new customers since 2026-04-30", "nearest: fargate,"),
        ("apprunner-python-s3", "AWS sends them to ECS Express Mode", "nearest: fargate-python-s3,"),
        ("apprunners", "it begins with none of", "nearest: "),
        ("ec2-", "it ends with a hyphen", "ec2"),
        ("ec2-python-", "it ends with a hyphen", "ec2-python"),
        ("ec2--python", "unexpected `-python` at its end", "ec2-python"),
        (
            "ec2x",
            "it begins with none of ec2, lambda, lambdaweb, lambdaimage, fargate, k8s, eks, nocompute, lightsail",
            "ec2",
        ),
    ] {
        let message = read(typed).expect_err(typed);
        assert!(message.contains(reason), "{typed}: {message}");
        assert!(message.contains(nearest), "{typed}: {message}");
    }
}

#[test]
fn a_size_follows_the_name_and_the_default_is_left_out() {
    for (typed, canonical) in [
        ("lambda-dynamodb@512", "lambda-dynamodb@512"),
        ("lambda-dynamodb@128", "lambda-dynamodb"),
        ("lambda-rust-dynamodb@10240", "lambda-dynamodb@10240"),
        ("fargate@0.5x1024", "fargate@0.5x1024"),
        ("fargate-python@0.25x512", "fargate-python"),
        ("fargate@16x122880", "fargate@16x122880"),
        ("ec2@t3.small", "ec2@t3.small"),
        ("ec2@t3.micro", "ec2"),
        ("ec2@t2.micro", "ec2@t2.micro"),
        ("ec2-arm64@t4g.micro", "ec2-arm64"),
        ("k8s-arm64@t4g.medium", "k8s-arm64@t4g.medium"),
        ("eks-python@t3.small", "eks-python"),
        ("lightsail-python@micro", "lightsail-python@micro"),
        ("lightsail-memory-endpoint@nano", "lightsail"),
    ] {
        assert_eq!(read(typed), Ok(canonical.to_owned()), "{typed}");
    }
}

#[test]
fn a_wrong_size_gets_its_reason_and_the_nearest_sizes() {
    for (typed, reason, nearest) in [
        ("lambda-s3@127", "a function has 128 to 10240 MB", "lambda-s3@128"),
        ("lambda-s3@10241", "a function has 128 to 10240 MB", "lambda-s3@10240"),
        ("lambda-s3@0512", "a function has 128 to 10240 MB", "lambda-s3@512"),
        ("lambda-s3@+512", "a function has 128 to 10240 MB", "lambda-s3@512"),
        ("lambda-s3@512.0", "a function has 128 to 10240 MB", "lambda-s3@512"),
        ("lambda-s3@", "a function has 128 to 10240 MB", "lambda-s3@128"),
        ("lambda-s3@t3.small", "a function has 128 to 10240 MB", "lambda-s3@128"),
        ("fargate@0.5x512", "not a pair of vCPU and MB that Fargate has", "fargate@0.5x1024"),
        ("fargate@0.25x1536", "not a pair of vCPU and MB that Fargate has", "fargate@0.25x1024"),
        ("fargate@3x8192", "not a pair of vCPU and MB that Fargate has", "fargate@4x8192"),
        ("fargate@0.5x1024@0.5x1024", "not a pair of vCPU and MB that Fargate has", "fargate@0.5x1024"),
        ("ec2@t3.smal", "not an instance type that ways.toml lists for x86_64", "ec2@t3.small"),
        ("eks@t3.micro", "t3.micro has too little memory for a worker", "eks@t3.medium"),
        ("ec2@t4g.small", "t4g.small is arm64, not x86_64", "ec2@t2.small"),
        ("ec2-arm64@t3.small", "t3.small is x86_64, not arm64", "ec2-arm64@t4g.small"),
        ("@512", "it begins with none of", "ec2"),
        ("lamda-s3@512", "it begins with none of", "lambda-s3"),
    ] {
        let message = read(typed).expect_err(typed);
        assert!(message.contains(reason), "{typed}: {message}");
        assert!(message.contains(nearest), "{typed}: {message}");
    }
}

#[test]
fn every_listed_size_can_be_read_and_comes_to_something() {
    for way in all() {
        let sizes = way.sizes();
        assert!(sizes.contains(&way), "{way}");
        for sized in sizes {
            assert_eq!(sized.to_string().parse::<Way>(), Ok(sized));
            assert_eq!(sized.at_default_size(), way);
            let resources = sized.resources();
            if !sized.has_process() {
                assert_eq!((resources.vcpu, resources.memory_mib), (0.0, 0), "{sized}");
                continue;
            }
            assert!(resources.vcpu >= resources.sustained_vcpu && resources.sustained_vcpu > 0.0, "{sized}");
            assert!(resources.memory_mib >= 128, "{sized}");
        }
    }
}

#[test]
fn fargate_has_the_pairs_of_awss_table_and_no_other() {
    let fargate: Way = "fargate".parse().expect("a way");
    // Rows of the table: 3 + 4 + 7 + 13 + 23 + 12 + 12 values.
    let rows = 3 + 4 + 7 + 13 + 23 + 12 + 12;
    assert_eq!(fargate.sizes().len(), rows);
    let resources = |size: &str| fargate.at_size(size).expect(size).resources();
    assert_eq!((resources("0.5x3072").vcpu, resources("0.5x3072").memory_mib), (0.5, 3072));
    assert_eq!(resources("8x20480").memory_mib, 20_480);
}

#[test]
fn a_functions_processor_grows_with_its_memory() {
    let vcpu = |name: &str| name.parse::<Way>().expect(name).resources().vcpu;
    assert!((vcpu("lambda-s3@1769") - 1.0).abs() < 1e-9);
    assert!((vcpu("lambda-s3") - 128.0 / 1769.0).abs() < 1e-9);
}

#[test]
fn names_are_completed_and_after_an_at_sign_sizes_are() {
    assert_eq!(
        ways::completions("k8s-python-s3"),
        ["k8s-python-s3-alb", "k8s-python-s3-alb-arm64", "k8s-python-s3", "k8s-python-s3-arm64"]
    );
    assert_eq!(ways::completions("lambda-s3@10"), ["lambda-s3@1024", "lambda-s3@10240"]);
    assert!(ways::completions("ec2@").contains(&"ec2@t3.small".to_owned()));
    assert!(ways::completions("mars@").is_empty());
}

#[test]
fn a_name_of_any_length_is_refused_at_once_in_one_short_line() {
    for typed in ["ec2-".repeat(25_000), "x".repeat(100_000), format!("ec2@{}", "9".repeat(100_000))] {
        let started = std::time::Instant::now();
        let message = read(&typed).expect_err("too long");
        assert!(message.len() < 1_000, "{message}");
        // It took 5.6 s when all of it was compared with each valid name.
        assert!(started.elapsed() < std::time::Duration::from_secs(2), "{:?}", started.elapsed());
    }
}

#[test]
fn a_way_by_one_of_its_builds_has_a_name_of_its_own() {
    for name in ["lambda-s3", "lambda-s3 (tuned)", "lambda-cpp-dynamodb@512 (tuned)"] {
        let variant: Variant = name.parse().expect(name);
        assert_eq!(variant.to_string(), name);
    }
    assert!("lambda-s3 (quick)".parse::<Variant>().is_err() && "lambda-s4 (tuned)".parse::<Variant>().is_err());
}
