//! The naming grammar.

use proptest::prelude::*;
use ways::{Axis, Way, model};

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
    ] {
        assert_eq!(read(typed), Ok(canonical.to_owned()), "{typed}");
    }
}

#[test]
fn a_wrong_name_gets_its_reason_and_the_nearest_names() {
    for (typed, reason, nearest) in [
        ("lamda-dynamodb", "no way begins so", "lambda-dynamodb"),
        ("lamda", "no way begins so", "lambda-s3"),
        ("lambda-cpp-dynamdb", "`dynamdb` is no part that can stand there", "lambda-cpp-dynamodb"),
        ("fargat", "no way begins so", "fargate"),
        ("k8", "no way begins so", "k8s"),
        ("", "no way begins so", "ec2"),
        ("lambda", "a lambda way names its store", "lambda-s3"),
        ("lambda-memory", "lambda has no store `memory`: it takes s3, dynamodb", "lambda-s3"),
        ("ec2-http-api", "ec2 has no front `http-api`: it takes direct, alb, nlb", "ec2-s3-alb"),
        ("fargate-javascript", "fargate has no language `javascript`: it takes rust, python", "lambda-javascript-s3"),
        ("ec2-arm64-python", "`python` is no part that can stand there", "ec2-python"),
        ("ec2x", "no way begins so", "ec2"),
    ] {
        let message = read(typed).expect_err(typed);
        assert!(message.contains(reason), "{typed}: {message}");
        assert!(message.contains(nearest), "{typed}: {message}");
    }
}
