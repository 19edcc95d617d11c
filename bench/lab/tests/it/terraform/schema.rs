//! Every way against the AWS provider's schema, for each version of it that is kept in `infra/schema`.

use std::sync::LazyLock;

use semver::{Version, VersionReq};
use serde_json::{Value, json};

use super::{change, configuration_of, rendered};
use crate::json_schema;
use crate::support::root;

/// What one version of the provider knows, as `infra/schema/generate.py` wrote it.
pub(super) struct Schema {
    pub(super) version: Version,
    pub(super) document: Value,
    pub(super) compiled: json_schema::Schema,
}

/// Every kept version, oldest first.
pub(super) static SCHEMAS: LazyLock<Vec<Schema>> = LazyLock::new(|| {
    let folder = std::fs::read_dir(root().join("infra/schema")).expect("infra/schema");
    let files =
        folder.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|it| it == "json"));
    let mut schemas: Vec<_> = files
        .map(|path| {
            let document: Value =
                serde_json::from_str(&std::fs::read_to_string(path).expect("a schema")).expect("a schema");
            let version = document["provider_version"].as_str().and_then(|version| Version::parse(version).ok());
            let compiled = json_schema::Schema::of(document.clone());
            Schema { version: version.expect("the provider's version"), document, compiled }
        })
        .collect();
    schemas.sort_by(|one, other| one.version.cmp(&other.version));
    schemas
});

/// The versions of the provider that a configuration admits.
pub(super) fn admitted(configuration: &Value) -> VersionReq {
    let version = configuration["terraform"]["required_providers"]["aws"]["version"].as_str();
    version.and_then(|version| VersionReq::parse(version).ok()).expect("a range of the provider's versions")
}

#[test]
fn every_way_passes_the_schema_of_each_provider_that_it_admits() {
    let ways = rendered();
    let mut checked = 0;
    for way in &ways {
        let admitted = admitted(&way.configuration);
        let schemas: Vec<_> = SCHEMAS.iter().filter(|schema| admitted.matches(&schema.version)).collect();
        assert!(!schemas.is_empty(), "{}: infra/schema has no version that is {admitted}", way.way);
        for schema in schemas {
            let complaints = schema.compiled.complaints(&way.configuration);
            assert!(complaints.is_empty(), "{}, {}:\n{}", way.way, schema.version, complaints.join("\n"));
            checked += 1;
        }
    }
    println!("{} ways pass, {checked} checks", ways.len());
}

#[test]
fn what_terraform_would_refuse_is_refused() {
    let service = "/resource/aws_ecs_service/counter";
    let listener = "/resource/aws_lb_listener/plain";
    let group = "/resource/aws_lb_target_group/counter";
    let wrong = [
        // What, where, which member, its wrong value, and what must be complained of there.
        (
            "an unknown argument",
            service,
            "desired_counts",
            Some(json!(1)),
            "additionalProperties 'desired_counts' not allowed",
        ),
        ("an unknown block", group, "helth_check", Some(json!({})), "additionalProperties 'helth_check' not allowed"),
        (
            "an unknown argument of a block",
            "/resource/aws_lb_target_group/counter/health_check",
            "url",
            Some(json!("/")),
            "additionalProperties 'url' not allowed",
        ),
        (
            "an unknown type of resource",
            "/resource",
            "aws_lbs",
            Some(json!({})),
            "additionalProperties 'aws_lbs' not allowed",
        ),
        (
            "an unknown type of data",
            "/data",
            "aws_vpcss",
            Some(json!({})),
            "additionalProperties 'aws_vpcss' not allowed",
        ),
        ("a missing argument", service, "name", None, "missing properties 'name'"),
        ("a missing block", listener, "default_action", None, "missing properties 'default_action'"),
        ("too few blocks", listener, "default_action", Some(json!([])), "minimum 1 items required"),
        ("too many blocks", group, "health_check", Some(json!([{}, {}])), "maximum 1 items required"),
        ("a word for a number", service, "desired_count", Some(json!("one")), "'one' does not match pattern"),
        (
            "a word for a boolean",
            service,
            "enable_ecs_managed_tags",
            Some(json!("yes")),
            "'yes' does not match pattern",
        ),
        ("a list for a text", service, "name", Some(json!(["counter"])), "but got array"),
        ("a text for a block", group, "health_check", Some(json!("/healthz")), "want array, but got string"),
        (
            "a text for a list",
            "/resource/aws_ecs_service/counter/network_configuration",
            "subnets",
            Some(json!("a")),
            "'a' does not match pattern",
        ),
        ("a list where only one fits", service, "propagate_tags", Some(json!([])), "but got array"),
        ("what AWS says, not we", group, "arn", Some(json!("arn:aws:")), "/arn': not failed"),
        (
            "a variable without a known member",
            "/variable/region",
            "defualt",
            Some(json!("")),
            "additionalProperties 'defualt' not allowed",
        ),
        ("an output without a value", "/output/region", "value", None, "missing properties 'value'"),
        (
            "an unknown argument of the provider",
            "/provider/aws",
            "regoin",
            Some(json!("")),
            "additionalProperties 'regoin' not allowed",
        ),
    ];
    for schema in SCHEMAS.iter() {
        for (what, object, member, value, complaint) in &wrong {
            let mut configuration = configuration_of("fargate");
            change(&mut configuration, object, member, value.clone());
            let found = schema.compiled.complaints(&configuration);
            let printed =
                found.iter().any(|found| found.starts_with(&format!("at '{object}")) && found.contains(complaint));
            assert!(printed, "{what}, {}: {found:#?}", schema.version);
        }
    }
}

#[test]
fn a_deprecated_argument_is_refused() {
    for schema in SCHEMAS.iter() {
        let mut configuration = configuration_of("lambda-s3");
        change(&mut configuration, "/resource/aws_s3_bucket/counter", "acl", Some(json!("private")));
        let found = schema.compiled.complaints(&configuration);
        assert!(
            found.iter().any(|found| found.contains("additionalProperties 'acl' not allowed")),
            "{}: {found:#?}",
            schema.version
        );
    }
}
