//! An AWS of our own: moto's server on the loopback, with what it lacks of the ways (`stand_in.py`). It replaces nothing of a
//! way: what Terraform would run is run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::tool::write;
use crate::support::{Guarded, free_port, on_path, until};

/// Where the stand-in's deployments are: the original study's region.
pub(super) const REGION: &str = "eu-west-2";

/// Starting moto reads all of its services.
const START: Duration = Duration::from_secs(60);

/// A running moto.
pub(super) struct StandIn {
    _server: Guarded,
    /// Of the calls.
    folder: TempDir,
    pub(super) url: String,
}

/// moto's server: named by `LAB_MOTO`, or on the path.
pub(super) fn installed() -> Result<PathBuf, &'static str> {
    let named = std::env::var_os("LAB_MOTO").map(PathBuf::from).or_else(|| on_path("moto_server"));
    named.ok_or("moto is not installed (pip install 'moto[server]', or set LAB_MOTO to its moto_server)")
}

/// The Python that has moto: beside its server, or what stands in the server's first line.
pub(super) fn python(server: &Path) -> PathBuf {
    let beside = server.with_file_name("python");
    let first = || {
        let text = std::fs::read_to_string(server).ok()?;
        let program = text.lines().next()?.strip_prefix("#!")?.trim().to_owned();
        program.contains("python").then(|| PathBuf::from(program))
    };
    if beside.is_file() { beside } else { first().unwrap_or_else(|| "python3".into()) }
}

impl StandIn {
    pub(super) fn start(server: &Path) -> Self {
        let port = free_port();
        let folder = tempfile::tempdir().expect("a folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/terraform/stand_in.py");
        let child = Command::new(python(server))
            .arg(script)
            .arg(port.to_string())
            .arg(folder.path().join("calls"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let server = Guarded(child);
        until("moto listens", START, || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { _server: server, folder, url: format!("http://127.0.0.1:{port}") }
    }

    /// The actions that a caller has called, by its access key and in IAM's words.
    pub(super) fn calls(&self, key: &str) -> BTreeSet<String> {
        let calls = std::fs::read_to_string(self.folder.path().join("calls")).expect("calls");
        let of_caller = calls.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
        of_caller.map(str::to_owned).collect()
    }

    /// Writes beside a way's configuration whose account it is, and by which key it is called.
    pub(super) fn write_beside(folder: &Path, key: &str) {
        let account = json!({"provider": {"aws": {
            "access_key": key, "secret_key": "test",
            "skip_credentials_validation": true, "skip_metadata_api_check": "true", "s3_use_path_style": true,
        }}});
        write(&folder.join("account_override.tf.json"), &account);
    }

    /// The ARNs that AWS's tagging API gives for a deployment's name, as `lab destroy` asks for them.
    pub(super) async fn tagged(&self, name: &str) -> Vec<String> {
        let asked = json!({"TagFilters": [{"Key": "lab:deployment", "Values": [name]}]});
        let target = ("x-amz-target", "ResourceGroupsTaggingAPI_20170126.GetResources");
        let answer =
            self.ask("tagging", &[("content-type", "application/x-amz-json-1.1"), target], asked.to_string()).await;
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        let list = answer["ResourceTagMappingList"].as_array().unwrap_or_else(|| panic!("no list: {answer}"));
        let mut found = Vec::new();
        for resource in list {
            let arn = resource["ResourceARN"].as_str().expect("an ARN");
            if !self.is_gone(arn).await {
                found.push(arn.to_owned());
            }
        }
        found
    }

    /// Whether it only is remembered: AWS, too, lists terminated instances, and what of ECS is inactive, by tag.
    async fn is_gone(&self, arn: &str) -> bool {
        let name = arn.rsplit(':').next().expect("an ARN's last part");
        let (operation, asked) = match name.split('/').collect::<Vec<_>>()[..] {
            ["instance", id] => {
                let asked = format!("Action=DescribeInstances&Version=2016-11-15&InstanceId.1={id}");
                let answer = self.ask("ec2", &[("content-type", "application/x-www-form-urlencoded")], asked).await;
                return String::from_utf8_lossy(&answer).contains("<name>terminated</name>");
            }
            ["cluster", _] => ("DescribeClusters", json!({"clusters": [arn]})),
            ["service", cluster, _] => ("DescribeServices", json!({"cluster": cluster, "services": [arn]})),
            _ if arn.contains(":task-definition/") => ("DescribeTaskDefinition", json!({"taskDefinition": arn})),
            _ => return false,
        };
        let target = format!("AmazonEC2ContainerServiceV20141113.{operation}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let answer = self.ask("ecs", &headers, asked.to_string()).await;
        let answer = String::from_utf8_lossy(&answer);
        ["\"INACTIVE\"", "\"MISSING\"", "ClusterNotFoundException"].iter().any(|printed| answer.contains(printed))
    }

    async fn ask(&self, service: &str, headers: &[(&str, &str)], body: String) -> Bytes {
        // moto distinguishes services by the signature's scope, and checks no signature.
        let scope = format!("AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request");
        let mut request = http::Request::post(&self.url).header("authorization", scope);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body))).expect("a request");
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let answer = client.request(request).await.expect("an answer");
        answer.into_body().collect().await.expect("a body").to_bytes()
    }
}
