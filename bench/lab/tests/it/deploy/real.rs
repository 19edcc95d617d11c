//! A way is made and removed by Terraform itself, with AWS's provider and command line, on moto: a stand-in for AWS
//! that keeps what it is sent and runs nothing.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use require::require;
use serde_json::Value;

use super::stage::{Printed, Stage};
use crate::support::{Guarded, on_path, until};
use crate::terraform::tool::FRUGAL;

/// A Python server starts in a second; on a loaded machine in ten.
const START_BOUND: Duration = Duration::from_secs(120);

const DEPLOY: [&str; 8] =
    ["deploy", "lambda-dynamodb", "--name", "one", "--yes", "--no-wait", "--artifact", "function.zip"];

/// moto's server: named by `LAB_MOTO`, or on the path.
fn moto_server() -> Result<PathBuf, &'static str> {
    let found = std::env::var_os("LAB_MOTO").map(PathBuf::from).or_else(|| on_path("moto_server"));
    found.ok_or("pip install 'moto[server]', or set LAB_MOTO to its moto_server")
}

/// The folders that `LAB_TERRAFORM_PLUGINS` names.
fn plugins() -> Vec<PathBuf> {
    let folders = std::env::var_os("LAB_TERRAFORM_PLUGINS").unwrap_or_default();
    std::env::split_paths(&folders).filter(|folder| folder.is_dir()).collect()
}

/// Whether a folder of plugins has AWS's provider, from whichever registry.
fn has_aws(plugins: &Path) -> bool {
    let mut hosts = std::fs::read_dir(plugins).into_iter().flatten().flatten();
    hosts.any(|host| host.path().join("hashicorp/aws").is_dir())
}

/// Whether Terraform is here with AWS's provider.
fn terraform() -> Result<(), &'static str> {
    let named = std::env::var_os("LAB_TERRAFORM").map(PathBuf::from).filter(|path| path.is_file());
    let program = named.or_else(|| on_path("tofu")).or_else(|| on_path("terraform"));
    program.ok_or("install OpenTofu or Terraform")?;
    let has_provider = plugins().iter().any(|folder| has_aws(folder));
    has_provider.then_some(()).ok_or("LAB_TERRAFORM_PLUGINS names no folder with AWS's provider (hashicorp/aws)")
}

/// AWS's stand-in; it ends with this.
struct Moto {
    url: String,
    _server: Guarded,
}

impl Moto {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let server = Command::new(moto_server().expect("checked"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let server = Guarded(server.expect("moto starts"));
        until("moto listens", START_BOUND, || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { url: format!("http://127.0.0.1:{port}"), _server: server }
    }

    /// A program that takes it for AWS, and knows no account.
    fn for_aws(&self, command: &mut Command, stage: &Stage) {
        for variable in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "TF_CLI_CONFIG_FILE", "TF_CLI_ARGS"] {
            command.env_remove(variable);
        }
        let plugins: Vec<_> = plugins().iter().map(|folder| format!("-plugin-dir={}", folder.display())).collect();
        command
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_REGION", "eu-west-2")
            .env("AWS_DEFAULT_REGION", "eu-west-2")
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .env("AWS_CONFIG_FILE", stage.path("no-config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", stage.path("no-credentials"))
            .env("CHECKPOINT_DISABLE", "1")
            .envs(FRUGAL)
            .env("TF_CLI_ARGS_init", plugins.join(" "));
    }

    fn lab(&self, stage: &Stage, arguments: &[&str]) -> Printed {
        let mut lab = stage.lab(arguments);
        lab.envs(std::env::vars_os());
        self.for_aws(&mut lab, stage);
        Printed::of(lab.output().expect("the lab runs"))
    }

    fn aws(&self, stage: &Stage, arguments: &str) -> Value {
        let mut aws = Command::new("aws");
        self.for_aws(&mut aws, stage);
        let output = aws.args(arguments.split(' ')).args(["--output", "json"]).output().expect("aws runs");
        assert!(output.status.success(), "{arguments}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }
}

#[test]
fn a_way_is_made_by_terraform_and_removed_and_what_is_left_is_found() {
    if require("terraform", terraform()).is_none() || require("moto", moto_server()).is_none() {
        return;
    }
    if require("aws", on_path("aws").ok_or("pip install awscli")).is_none() {
        return;
    }
    let (stage, moto) = (Stage::bare(), Moto::start());
    let table = "dynamodb describe-table --table-name lab-one";

    let listed = stage.run(&["deploy", "lambda-dynamodb", "--plan"]).stdout;
    let listed = listed.lines().filter(|line| line.starts_with("  aws_")).count();
    let printed = moto.lab(&stage, &["deploy", "lambda-dynamodb", "--plan"]);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    let plan = format!("Plan: {listed} to add, 0 to change, 0 to destroy.");
    assert!(printed.stdout.contains(&plan), "the list without AWS is Terraform's own: {listed}: {}", printed.stdout);
    assert!(printed.stdout.ends_with("\nNothing was made.\n") && !stage.path("checkout/.lab").exists());

    let printed = moto.lab(&stage, &DEPLOY);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert!(
        printed.stdout.starts_with("https://") && printed.stdout.contains(".execute-api.eu-west-2."),
        "{}",
        printed.stdout
    );
    assert_eq!(moto.aws(&stage, table)["Table"]["KeySchema"][0]["AttributeName"], "id");
    let function = moto.aws(&stage, "lambda get-function-configuration --function-name lab-one");
    assert_eq!(function["Environment"]["Variables"]["STORE"], "dynamodb://lab-one/hits");

    let again = moto.lab(&stage, &DEPLOY);
    assert_eq!(again.code, Some(0), "{again:?}");
    let kept = again.stderr.contains("Resources: 0 added, ") && again.stderr.contains(" changed, 0 destroyed.");
    assert!(kept, "the second run finds all that the first made: {}", again.stderr);

    // Made by somebody, and tagged as the deployment's: Terraform does not know it.
    let other = "dynamodb create-table --table-name other --billing-mode PAY_PER_REQUEST --key-schema \
                 AttributeName=id,KeyType=HASH --attribute-definitions AttributeName=id,AttributeType=S --tags \
                 Key=lab:deployment,Value=one";
    moto.aws(&stage, other);
    let printed = moto.lab(&stage, &["destroy", "one", "--yes", "--wait", "0s"]);
    assert_eq!(printed.code, Some(1), "{printed:?}");
    let left: Vec<_> = printed.stderr.lines().filter(|line| line.starts_with("lab: left: ")).collect();
    assert!(left.len() == 1 && left[0].ends_with(":table/other"), "{left:?}");

    moto.aws(&stage, "dynamodb delete-table --table-name other");
    let printed = moto.lab(&stage, &["destroy", "one", "--yes", "--wait", "0s"]);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert_eq!(moto.aws(&stage, "dynamodb list-tables")["TableNames"], serde_json::json!([]));
    assert_eq!(moto.aws(&stage, "lambda list-functions")["Functions"], serde_json::json!([]));
    assert_eq!(moto.aws(&stage, "iam list-roles")["Roles"], serde_json::json!([]));
    assert!(!stage.kept("").exists());
}
