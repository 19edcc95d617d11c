//! What `lab deploy` refuses before it changes anything: one line, exit code 2, no folder.

use super::stage::{Printed, Stage};

/// A deployment of `lambda-dynamodb` that would go through.
const GOOD: [&str; 7] = ["deploy", "lambda-dynamodb", "--name", "one", "--yes", "--artifact", "function.zip"];

fn refused(stage: &Stage, arguments: &[&str], wanted: &str) {
    let printed = stage.run(arguments);
    let line = printed.refusal();
    assert!(line.contains(wanted), "{arguments:?}: {line}");
    assert!(!stage.path("checkout/.lab").exists(), "{arguments:?} keeps nothing");
}

#[test]
fn what_a_way_does_not_have_is_refused_in_one_line() {
    let stage = Stage::new(&[]);
    let context = ["deploy", "fargate", "--context", "mine", "--plan"];
    for (arguments, wanted) in [
        (&["deploy", "lamda-dynamodb"][..], "nearest: lambda-dynamodb"),
        (&["deploy", "lambda-s3", "--spot", "--plan"], "lambda-s3 takes no --spot: only Fargate"),
        (&["deploy", "ec2", "--domain", "a.example.org", "--yes"], "ec2 takes no --domain: only an HTTP API"),
        (&["deploy", "k8s", "--domain", "a.example.org", "--plan"], "k8s takes no --domain: only an HTTP API"),
        (&context, "fargate takes no --context: only Kubernetes"),
        (
            &["deploy", "ec2", "--node-image", "ami-0123456789abcdef0", "--plan"],
            "ec2 takes no --node-image: only Kubernetes",
        ),
        (&["deploy", "k8s", "--node-image", "x", "--plan"], "expected an AMI's id"),
        (&["deploy", "k8s", "--context", "", "--plan"], "'--context <CONTEXT>'"),
        (&["deploy", "fargate", "--domain", "", "--plan"], "'--domain <DOMAIN>'"),
        (&["deploy", "fargate", "--domain", "a..b", "--plan"], "expected a domain name"),
        (&["deploy", "fargate", "--domain", "x", "--plan"], "expected a domain name"),
        (&["deploy", "fargate", "--domain", "x.org", "--plan"], "name the Route 53 zone with --zone"),
        (&["deploy", "fargate", "--domain", "a.b.c", "--zone", "x.org", "--plan"], "is not in the zone x.org"),
        (&["deploy", "ec2", "--api-access", "10.0.0.0/8", "--plan"], "ec2 takes no --api-access: only Kubernetes"),
        (&["deploy", "k8s", "--api-access", "10.0.0.1/8", "--plan"], "`10.0.0.1/8` is not an IPv4 network"),
        (&["deploy", "ec2", "--zone", "example.org"], "required arguments"),
        (&["deploy", "ec2", "--name", "One", "--plan"], "'--name <NAME>'"),
        (&["deploy", "ec2", "--region", "mars", "--plan"], "`mars` is not an AWS region"),
        (&["deploy", "ec2", "--backend", "states", "--yes"], "s3://BUCKET"),
        (&["deploy", "ec2-http-api", "--plan"], "ec2 has no front `http-api`"),
        (&["destroy", "one", "--yes"], "no deployment is called one: in "),
    ] {
        refused(&stage, arguments, wanted);
    }
    assert_eq!(stage.calls(), [""; 0]);
}

#[test]
fn a_way_that_is_not_rendered_here_is_refused_with_what_renders_it() {
    let stage = Stage::new(&[]);
    let mut lab = stage.lab(&["deploy", "lambda-dynamodb-alb", "--plan"]);
    // A folder with neither the way's Terraform nor that of all ways.
    lab.env("LAB_INFRA", stage.path("checkout"));
    let printed = Printed::of(lab.output().expect("the lab runs"));
    let line = printed.refusal();
    assert!(line.contains("`nix run .#deploy -- lambda-dynamodb-alb`"), "{line}");
}

#[test]
fn nobody_is_asked_who_is_not_there() {
    let stage = Stage::new(&[]);
    refused(&stage, &["deploy", "lambda-dynamodb"], "stdin is not a terminal: pass --yes");
    assert_eq!(stage.calls(), [""; 0]);
}

#[test]
fn a_missing_tool_is_named_with_its_purpose() {
    let stage = Stage::new(&[]);
    refused(&stage, &GOOD[..5], "nix is not on the path, and it builds what is deployed (or name a file");
    let image = ["deploy", "fargate", "--yes", "--artifact", "function.zip"];
    refused(&stage, &image, "skopeo is not on the path, and Terraform pushes the image with it");
    stage.remove_tool("aws");
    refused(&stage, &GOOD, "aws is not on the path");
    stage.remove_tool("terraform");
    refused(&stage, &GOOD, "tofu or terraform is not on the path");
    assert_eq!(stage.calls(), [""; 0]);
}

#[test]
fn without_credentials_what_to_set_is_named() {
    let stage = Stage::new(&[("aws sts*", "echo 'Unable to locate credentials' >&2; exit 253")]);
    refused(&stage, &GOOD, "failed (exit status: 253): Unable to locate credentials): set AWS_PROFILE");
    assert_eq!(stage.calls(), ["aws sts get-caller-identity"]);
}

#[test]
fn an_artifact_or_a_bucket_that_is_not_there_is_refused() {
    let stage = Stage::new(&[("aws s3api*", "echo 'NoSuchBucket' >&2; exit 254")]);
    let missing = [&GOOD[..6], &["no-such.zip"]].concat();
    refused(&stage, &missing, "no-such.zip is not a file");
    refused(&stage, &[&GOOD[..], &["--backend", "s3://states"]].concat(), "in the bucket states: make it first");
}

#[test]
fn a_region_of_the_environment_is_checked_too() {
    let stage = Stage::new(&[]);
    let run = |region: &str| {
        let mut lab = stage.lab(&["deploy", "lambda-dynamodb", "--plan"]);
        Printed::of(
            lab.env("AWS_REGION", region).env("AWS_DEFAULT_REGION", "eu-north-1").output().expect("the lab runs"),
        )
    };
    assert!(run("mars").refusal().contains("`mars` is not an AWS region"));
    assert_eq!(run("").code, Some(0));
}
