//! Driving kOps and kubectl, with scripts in their place that note how they are called.

use std::fmt::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use deploy::kubernetes::{Cluster, Maker, Purpose, Tools, check};
use deploy::options::Context;
use deploy::outputs::Outputs;
use serde_json::json;
use tempfile::TempDir;

/// What a healthy cluster answers: patterns of the shell, and what is run at a call that has them.
const HEALTHY: [(&str, &str); 4] = [
    ("kops version*", "echo 1.33.0"),
    ("aws ec2 describe-instances*", "echo 203.0.113.7"),
    // Only the second time there is a balancer.
    ("kubectl*get service/counter*", r#"test -e "$folder/asked" && echo lab.example; touch "$folder/asked""#),
    ("kubectl*rollout*", "echo ready"),
];

/// The tools' stand-ins.
struct Stage {
    folder: TempDir,
    outputs: Outputs,
    printed: Mutex<Vec<String>>,
}

impl Stage {
    /// Tools that answer so; where several patterns fit, the first counts. What has no pattern succeeds.
    fn new(answers: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut cases = String::from("case \"$tool $*\" in\n");
        for (pattern, run) in answers {
            writeln!(cases, "  {}) {run} ;;", pattern.replace(' ', "\\ ")).expect("a string takes all");
        }
        std::fs::write(folder.path().join("answers"), cases + "esac\n").expect("the answers");
        // Linked, not written: a file that another thread's child has open for writing can't be run.
        let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/stand_in.sh");
        for tool in ["aws", "kops", "kubectl"] {
            symlink(&stand_in, folder.path().join(tool)).expect("a tool");
        }
        let outputs = serde_json::from_value(json!({
            "way": "k8s",
            "region": "eu-west-2",
            "namespace": "lab-one",
            "manifests": r#"{"kind":"List"}"#,
            "balancer": "service/counter",
            "cluster_name": "lab-one.k8s.local",
            "kops_state": "lab-one-kops-1",
            "kops_spec": r#"[{"kind":"Cluster"},{"kind":"InstanceGroup"}]"#,
        }));
        Self { folder, outputs: outputs.expect("they are complete"), printed: Mutex::new(Vec::new()) }
    }

    fn tools(&self) -> Tools {
        let tool = |name: &str| self.path().join(name);
        Tools { aws: tool("aws"), kops: tool("kops"), kubectl: tool("kubectl"), poll: Duration::from_millis(1) }
    }

    /// Its cluster: its own, or somebody else's.
    fn cluster<'a>(&'a self, context: Option<&'a Context>) -> Cluster<'a> {
        let maker = context.map_or(Maker::Kops, Maker::Somebody);
        Cluster::new(self.path(), &self.outputs, maker, self.tools()).expect("the outputs are complete")
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn kubeconfig(&self) -> PathBuf {
        self.path().join("kubeconfig")
    }

    /// What a tool was given, or left.
    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    /// The calls in their order, without what is the same in all of them.
    fn calls(&self) -> Vec<String> {
        let kubeconfig = self.kubeconfig().display().to_string();
        let calls = self.read("calls").replace(&kubeconfig, "FILE");
        calls.lines().map(|call| call.replace("--kubeconfig FILE --namespace lab-one ", "")).collect()
    }

    fn say(&self, line: &str) {
        self.printed.lock().expect("nobody panics with it").push(line.to_owned());
    }
}

const ADDRESS_ASKED: &str = "aws ec2 describe-instances --region eu-west-2 --filters \
    Name=tag:KubernetesCluster,Values=lab-one.k8s.local Name=tag:k8s.io/role/control-plane,Values=1 \
    Name=instance-state-name,Values=pending,running --query Reservations[].Instances[].PublicIpAddress --output text";

const CREDENTIALS: &str = "kops export kubeconfig lab-one.k8s.local --admin=24h --api-server https://203.0.113.7 \
    --kubeconfig FILE";

const BALANCER_ASKED: &str = "kubectl get service/counter \
    --output=jsonpath={.status.loadBalancer.ingress[0].hostname}{.status.loadBalancer.ingress[0].ip}";

#[tokio::test]
async fn a_cluster_is_made_and_the_counter_put_on_it() {
    let stage = Stage::new(&HEALTHY);
    let url = stage.cluster(None).up(&|line| stage.say(line)).await.expect("it comes up");
    assert_eq!(url, "http://lab.example");
    assert_eq!(
        stage.calls(),
        [
            "kops replace --force -f -",
            "kops update cluster lab-one.k8s.local --yes --create-kube-config=false",
            ADDRESS_ASKED,
            CREDENTIALS,
            "kops validate cluster lab-one.k8s.local --wait=1200s --api-server https://203.0.113.7",
            "kubectl apply -f -",
            "kubectl rollout status deployment/counter --timeout=600s",
            BALANCER_ASKED,
            BALANCER_ASKED,
        ]
    );
    assert_eq!(stage.read("kops.in"), "{\"kind\":\"Cluster\"}\n---\n{\"kind\":\"InstanceGroup\"}");
    assert_eq!(stage.read("kubectl.in"), r#"{"kind":"List"}"#);
    // The state is the deployment's, and the user's own kubeconfig is not touched.
    let environment = format!("s3://lab-one-kops-1 {}\n", stage.kubeconfig().display());
    assert_eq!(stage.read("kops.env"), environment);
}

#[tokio::test]
async fn an_existing_cluster_is_left_as_it_is() {
    let stage = Stage::new(&HEALTHY);
    let context = "mine".parse().expect("a context");
    let deployment = stage.cluster(Some(&context));
    deployment.up(&|line| stage.say(line)).await.expect("it comes up");
    deployment.down(&|line| stage.say(line)).await.expect("it goes down");
    let calls = stage.calls();
    assert_eq!(calls.first().expect("a call"), "kubectl --context mine --namespace lab-one apply -f -");
    assert_eq!(
        calls.last().expect("a call"),
        "kubectl --context mine --namespace lab-one delete namespace lab-one --ignore-not-found --wait --timeout=600s"
    );
    assert!(calls.iter().all(|call| call.starts_with("kubectl --context mine --namespace lab-one ")), "{calls:?}");
}

#[tokio::test]
async fn the_balancer_goes_before_the_cluster_that_would_delete_it() {
    let stage = Stage::new(&HEALTHY);
    std::fs::write(stage.kubeconfig(), "").expect("credentials");
    stage.cluster(None).down(&|line| stage.say(line)).await.expect("it goes down");
    assert_eq!(
        stage.calls(),
        [
            "kops get cluster lab-one.k8s.local",
            ADDRESS_ASKED,
            CREDENTIALS,
            "kubectl delete namespace lab-one --ignore-not-found --wait --timeout=600s",
            "kops delete cluster lab-one.k8s.local --yes --wait=1800s",
        ]
    );
    assert!(!stage.kubeconfig().exists(), "credentials of a cluster that is deleted");
}

#[tokio::test]
async fn a_cluster_that_nobody_reaches_is_deleted_all_the_same() {
    let no_node = Stage::new(&[("aws*", "true")]);
    let no_api = Stage::new(&[("kubectl*delete*", "echo no route to host >&2; exit 1"), HEALTHY[1]]);
    for (stage, reason) in [(no_node, "has no address"), (no_api, "no route to host")] {
        stage.cluster(None).down(&|line| stage.say(line)).await.expect("it goes down");
        let printed = stage.printed.lock().unwrap().join("\n");
        assert!(printed.contains(reason) && printed.contains("left to kOps"), "{printed}");
        let last = stage.calls().pop();
        assert_eq!(last.as_deref(), Some("kops delete cluster lab-one.k8s.local --yes --wait=1800s"));
    }
}

#[tokio::test]
async fn a_cluster_that_was_never_made_needs_no_deletion() {
    let stage = Stage::new(&[("kops get*", "echo 'Error: cluster not found' >&2; exit 1")]);
    stage.cluster(None).down(&|line| stage.say(line)).await.expect("nothing is left to do");
    assert_eq!(stage.calls(), ["kops get cluster lab-one.k8s.local"]);
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_no_cluster_that_is_gone() {
    let stage = Stage::new(&[("kops get*", "echo 'Error: AccessDenied' >&2; exit 1")]);
    let failure = stage.cluster(None).down(&|line| stage.say(line)).await.expect_err("it can't know");
    assert!(format!("{failure:#}").contains("AccessDenied"), "{failure:#}");
    assert_eq!(stage.calls(), ["kops get cluster lab-one.k8s.local"]);
}

#[tokio::test]
async fn a_kops_that_is_interrupted_gets_one_signal_and_is_waited_for() {
    // What is handled here a program starts with the default for, and a shell can trap.
    let _handled = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).expect("a handler");
    let works = r#"trap 'echo interrupted >> "$folder/ended"; exit 1' INT; sleep 300 & touch "$folder/begun"; wait"#;
    let stage = Stage::new(&[("kops update*", works)]);
    let begun = async {
        while !stage.path().join("begun").exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let (cluster, print) = (stage.cluster(None), |line: &str| stage.say(line));
    tokio::select! {
        outcome = cluster.up(&print) => panic!("it ended by itself: {outcome:?}"),
        () = begun => {}
    }
    assert_eq!(stage.read("ended"), "interrupted\n");
}

#[tokio::test]
async fn a_tool_that_fails_ends_the_deployment_with_its_own_words() {
    let failing = ("kops update*", "echo 'Error: no such instance type' >&2; exit 1");
    let stage = Stage::new(&[failing]);
    let failure = stage.cluster(None).up(&|line| stage.say(line)).await.expect_err("kops failed");
    let printed = format!("{failure:#}");
    assert!(printed.contains("kops update cluster lab-one.k8s.local --yes"), "{printed}");
    assert!(printed.contains("no such instance type"), "{printed}");
    assert_eq!(stage.calls().len(), 2, "nothing is done after it");
}

#[tokio::test]
async fn a_counter_that_does_not_get_ready_is_reported_with_its_events() {
    let stage = Stage::new(&[
        ("kubectl*rollout*", "echo 'error: timed out' >&2; exit 1"),
        ("kubectl*events*", "echo ErrImagePull no basic auth"),
        HEALTHY[1],
    ]);
    let failure = stage.cluster(None).up(&|line| stage.say(line)).await.expect_err("it is not ready");
    let printed = format!("{failure:#}");
    assert!(printed.contains("ErrImagePull") && printed.contains("timed out"), "{printed}");
}

/// What is reported of these tools before anything is created; nothing when they fit.
async fn refused(answers: &[(&str, &str)], context: Option<&str>, purpose: Purpose) -> Option<String> {
    let stage = Stage::new(answers);
    let context = context.map(|name| name.parse().expect("a context"));
    let maker = context.as_ref().map_or(Maker::Kops, Maker::Somebody);
    let checked = check(&stage.tools(), maker, purpose).await;
    checked.err().map(|failure| format!("{failure:#}"))
}

#[tokio::test]
async fn only_a_kops_that_knows_gossip_is_taken() {
    assert_eq!(refused(&[("kops*", "echo 1.33.0")], None, Purpose::Make).await, None);
    assert_eq!(refused(&[("kops*", "echo v1.36.2")], None, Purpose::Make).await, None);
    let printed = refused(&[("kops*", "echo 1.37.0")], None, Purpose::Make).await.expect("it is too new");
    assert!(printed.contains("kops is 1.37.0, and 1.33 to 1.36 can make this cluster"), "{printed}");
    assert!(refused(&[("kops*", "echo unknown")], None, Purpose::Make).await.is_some());
    // Deleting what an older one made needs none of that.
    assert_eq!(refused(&[("kops*", "echo 1.37.0")], None, Purpose::Delete).await, None);
    assert!(refused(&[("kops*", "exit 1")], None, Purpose::Delete).await.is_some());
}

#[tokio::test]
async fn an_existing_cluster_needs_its_context_and_no_kops() {
    assert_eq!(refused(&[("kops*", "exit 1")], Some("mine"), Purpose::Make).await, None);
    let printed =
        refused(&[("kubectl config*", "exit 1")], Some("other"), Purpose::Make).await.expect("no such context");
    assert!(printed.contains("kubectl knows no context other: `kubectl config get-contexts` lists them"), "{printed}");
}

#[tokio::test]
async fn a_cluster_that_terraform_made_gets_the_counter_and_is_left_to_terraform() {
    let mut stage = Stage::new(&[("kops*", "exit 1"), HEALTHY[3]]);
    stage.outputs = serde_json::from_value(json!({
        "region": "eu-west-2",
        "namespace": "lab-one",
        "manifests": r#"{"kind":"List"}"#,
        "cluster_name": "lab-one",
        "url": "http://lab.example",
    }))
    .expect("they are complete");
    let way: ways::Way = "eks".parse().expect("a way");
    let maker = Maker::of(way.compute, None);
    check(&stage.tools(), maker, Purpose::Make).await.expect("kOps is not needed");
    let cluster = Cluster::new(stage.path(), &stage.outputs, maker, stage.tools()).expect("the outputs are complete");
    let url = cluster.up(&|line| stage.say(line)).await.expect("it comes up");
    cluster.down(&|line| stage.say(line)).await.expect("nothing is left to do");
    assert_eq!(url, "http://lab.example");
    assert_eq!(
        stage.calls(),
        [
            "kubectl version --client",
            "aws eks update-kubeconfig --name lab-one --region eu-west-2 --kubeconfig FILE",
            "kubectl apply -f -",
            "kubectl rollout status deployment/counter --timeout=600s",
        ]
    );
    assert_eq!(stage.read("kubectl.in"), r#"{"kind":"List"}"#);
}

#[test]
fn outputs_that_are_incomplete_are_refused() {
    let outputs: Outputs = serde_json::from_value(json!({ "region": "eu-west-2" })).expect("outputs");
    let failure = Cluster::new(Path::new("."), &outputs, Maker::Kops, Tools::default()).expect_err("incomplete");
    assert_eq!(failure.to_string(), "Terraform's outputs have no `namespace`: apply it again");
}
