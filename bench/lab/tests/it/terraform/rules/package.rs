//! What a function is deployed as: a zip, or an image that Lambda may pull.

use serde_json::Value;

use super::view::{View, listed, text, texts};
use super::{Met, Rule};

pub(super) const RULES: &[Rule] = &[Rule {
    name: "a function is a zip, or an image that is pushed before it, by a policy that lets Lambda pull it",
    source: "Lambda API Reference, CreateFunction: PackageType; Lambda Developer Guide, Amazon ECR permissions",
    check: package,
}];

/// Whether a function is deployed as an image.
pub(super) fn is_image(function: &Value) -> bool {
    function["package_type"] == "Image"
}

/// What an image has in it, and is no argument of its function.
const OF_ZIPS: [&str; 5] = ["filename", "source_code_hash", "runtime", "handler", "layers"];

fn package(view: &View, met: &mut Met) {
    for block in view.resources("aws_lambda_function") {
        if !is_image(block.value) {
            let only = block.value["package_type"].is_null() && block.value["image_uri"].is_null();
            met.hold(only && !block.value["filename"].is_null(), block.address);
            continue;
        }
        let foreign: Vec<_> = OF_ZIPS.iter().filter(|argument| !block.value[**argument].is_null()).collect();
        met.hold(foreign.is_empty(), format!("{}: {foreign:?}", block.address));
        // A tag in the repository that is made here, after the push.
        let pushed = block.value["image_uri"] == "${local.image}"
            && text(&view.configuration["locals"]["image"]).starts_with("${aws_ecr_repository.");
        let after = texts(&block.value["depends_on"]);
        met.hold(pushed && after.iter().any(|it| it == "terraform_data.image"), block.address.clone());
        let pulls = view.resources("aws_ecr_repository_policy").into_iter().any(|policy| {
            let document = view.data("aws_iam_policy_document").into_iter().find(|it| {
                text(&policy.value["policy"]) == format!("${{data.aws_iam_policy_document.{}.json}}", it.name)
            });
            after.contains(&policy.address) && document.is_some_and(|it| lets_lambda_pull(it.value))
        });
        met.hold(pulls, format!("{}: Lambda may not pull its image", block.address));
    }
}

/// The two actions, to Lambda, for functions of one account.
fn lets_lambda_pull(document: &Value) -> bool {
    listed(&document["statement"]).into_iter().any(|statement| {
        let actions = texts(&statement["actions"]);
        let both =
            ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"].iter().all(|it| actions.contains(&(*it).to_owned()));
        let from = listed(&statement["condition"])
            .into_iter()
            .any(|it| it["variable"] == "aws:SourceArn" && texts(&it["values"]).iter().all(|arn| !arn.contains(":*:")));
        both && from && texts(&statement["principals"]["identifiers"]) == ["lambda.amazonaws.com"]
    })
}
