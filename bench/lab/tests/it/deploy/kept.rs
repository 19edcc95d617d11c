//! What a deployment keeps when the lab is run again, and what it refuses so that nothing is left behind.

use serde_json::json;

use super::stage::Stage;

const DEPLOY: [&str; 8] =
    ["deploy", "lambda-dynamodb", "--name", "one", "--yes", "--no-wait", "--artifact", "function.zip"];

const OUTPUTS: (&str, &str) = ("terraform output*", r#"echo '{"url": {"value": "http://127.0.0.1:9"}}'"#);

/// A deployment as an earlier lab has left it.
fn deployment(way: &str) -> String {
    json!({
        "way": way, "region": "eu-west-2", "account": "123456789012", "created_at": "2026-11-25T00:00:00Z",
        "state": "applied",
    })
    .to_string()
}

fn leave(stage: &Stage, way: &str, variables: &str) {
    std::fs::create_dir_all(stage.kept("")).expect("a folder");
    std::fs::write(stage.kept("deployment.json"), deployment(way)).expect("written");
    std::fs::write(stage.kept("terraform.tfvars.json"), variables).expect("written");
}

#[test]
fn another_accounts_credentials_touch_nothing() {
    let stage = Stage::new(&[OUTPUTS]);
    assert_eq!(stage.run(&DEPLOY).code, Some(0));
    let before = stage.calls().len();
    stage.answer(&[("aws sts*", r#"echo '{"Account": "210987654321"}'"#)]);
    let wanted = "it is in account 123456789012, and these credentials are of 210987654321: set those of 123456789012";
    for arguments in [&DEPLOY[..], &["destroy", "one", "--yes"]] {
        assert!(stage.run(arguments).refusal().ends_with(wanted));
    }
    assert_eq!(stage.calls()[before..], ["aws sts get-caller-identity", "aws sts get-caller-identity"]);
    assert!(stage.kept("deployment.json").exists());
    stage.answer(&[]);
    assert_eq!(stage.run(&["destroy", "one", "--yes"]).code, Some(0));
}

#[test]
fn how_to_go_on_is_printed_with_all_that_was_requested() {
    let stage = Stage::new(&[("terraform apply*", "exit 1")]);
    let printed = stage.run(&[&DEPLOY[..], &["--domain", "counter.example.org"]].concat());
    assert_eq!(printed.code, Some(1), "{printed:?}");
    let wanted = "not finished: `lab deploy lambda-dynamodb --name one --domain counter.example.org --artifact \
                  function.zip` goes on, `lab destroy one` removes what there is: ";
    assert!(printed.stderr.contains(wanted), "{}", printed.stderr);
}

#[test]
fn what_is_on_a_cluster_stays_there() {
    let stage = Stage::bare();
    let deploy = ["deploy", "k8s", "--name", "one", "--yes"];
    leave(&stage, "k8s", r#"{"name": "one", "region": "eu-west-2", "artifact": "/a", "context": "here"}"#);
    let wanted = "add --context here, or destroy it first";
    assert!(stage.run(&deploy).refusal().ends_with(wanted));
    assert!(stage.run(&[&deploy[..], &["--context", "there"]].concat()).refusal().ends_with(wanted));
    let missing = stage.run(&[&deploy[..], &["--context", "here"]].concat());
    assert!(missing.refusal().contains("tofu or terraform is not on the path"), "the same cluster is no reason");
    leave(&stage, "k8s", r#"{"name": "one", "region": "eu-west-2", "artifact": "/a"}"#);
    let printed = stage.run(&[&deploy[..], &["--context", "there"]].concat());
    assert!(printed.refusal().ends_with("leave --context out, or destroy it first"), "{printed:?}");
}

#[test]
fn what_another_lab_made_meanwhile_is_not_written_over() {
    let other = deployment("lambda-s3");
    let folder = r#""$folder/../checkout/.lab/deployments/one""#;
    let write = format!("mkdir -p {folder}; echo '{other}' > {folder}/deployment.json");
    let account = format!(r#"{write}; echo '{{"Account": "123456789012"}}'"#);
    let stage = Stage::new(&[("aws sts*", &account)]);
    let printed = stage.run(&DEPLOY);
    assert!(
        printed.refusal_at_the_end().ends_with("another lab has just changed one: see `lab deployments`"),
        "{printed:?}"
    );
    assert_eq!(std::fs::read_to_string(stage.kept("deployment.json")).expect("there"), other + "\n");
    assert_eq!(stage.calls(), ["aws sts get-caller-identity"]);
}

#[test]
fn a_folder_without_a_deployment_is_none() {
    let stage = Stage::new(&[]);
    std::fs::create_dir_all(stage.kept("")).expect("a folder");
    let printed = stage.run(&["deployments"]);
    assert_eq!((printed.code, printed.stdout.as_str()), (Some(0), "Nothing is deployed from here.\n"), "{printed:?}");
}

#[test]
fn a_damaged_record_hides_no_other_and_is_refused_with_what_to_do() {
    let stage = Stage::new(&[]);
    leave(&stage, "ec2", "{}");
    let damaged = stage.path("checkout/.lab/deployments/two");
    std::fs::create_dir_all(&damaged).expect("a folder");
    std::fs::write(damaged.join("deployment.json"), r#"{"way": "ec2", "reg"#).expect("written");
    let printed = stage.run(&["deployments"]);
    assert_eq!(printed.code, Some(1), "{printed:?}");
    assert!(printed.stdout.contains("| one ") && printed.stdout.contains("damaged: see below"), "{}", printed.stdout);
    let listed = stage.run(&["deployments", "--json"]).stdout;
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!((&listed[0]["way"], &listed[1]["name"]), (&"ec2".into(), &"two".into()));
    for arguments in [&["destroy", "two", "--yes"][..], &["deploy", "ec2", "--name", "two", "--yes"]] {
        assert!(stage.run(arguments).refusal().contains("remove what has the tag lab:deployment=two by hand"));
    }
}

#[test]
fn variables_that_can_not_be_read_drop_no_guard() {
    let stage = Stage::new(&[]);
    leave(&stage, "k8s", r#"{"name": "one", "context": "#);
    let printed = stage.run(&["deploy", "k8s", "--name", "one", "--yes", "--artifact", "function.zip"]);
    assert!(printed.refusal().contains("terraform.tfvars.json: "), "{printed:?}");
    assert_eq!(stage.calls(), [""; 0]);
}
