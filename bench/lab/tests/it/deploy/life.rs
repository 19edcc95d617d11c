//! A deployment from its first plan to its end, interruptions included.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::stage::{Printed, Stage};
use crate::support::until;

const DEPLOY: [&str; 7] = ["deploy", "lambda-dynamodb", "--name", "one", "--yes", "--artifact", "function.zip"];

/// Longer than any step here takes on a loaded machine.
const BOUND: Duration = Duration::from_secs(60);

/// A service that is well from its third answer on, and its URL.
fn service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for number in 0.. {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            assert!(request[..length].starts_with(b"GET /readyz HTTP/1.1\r\n"));
            let status = if number < 2 { "503 Service Unavailable" } else { "200 OK" };
            let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    url
}

/// What Terraform prints at the end, as an answer of its stand-in's.
fn outputs(url: &str) -> String {
    format!(r#"echo '{{"url": {{"value": "{url}"}}}}'"#)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("it is kept")).expect("JSON")
}

/// Sends a signal as Ctrl-C does, and waits for the lab's end.
fn interrupt(lab: Child) -> Printed {
    let pid = Pid::from_raw(i32::try_from(lab.id()).expect("a pid")).expect("a pid");
    kill_process(pid, Signal::INT).expect("it runs");
    Printed::of(lab.wait_with_output().expect("it ends"))
}

#[test]
fn it_is_made_waited_for_listed_and_removed() {
    let url = service();
    let stage = Stage::new(&[("terraform output*", &outputs(&url))]);
    let printed = stage.run(&DEPLOY);
    assert_eq!((printed.code, printed.stdout.trim_end()), (Some(0), url.as_str()), "{printed:?}");
    assert!(printed.stderr.contains("`lambda-dynamodb`: 2.31 $/month"), "the cost is shown before: {}", printed.stderr);
    let made = ["aws sts get-caller-identity", "terraform init", "terraform plan", "terraform apply plan.bin"];
    assert_eq!(stage.calls()[..4], made.map(|call| call.split(" plan.bin").next().expect("a call").to_owned()));
    assert_eq!(json(&stage.kept("terraform.tfvars.json"))["name"], "one");
    let mode = |file: &str| std::fs::metadata(stage.kept(file)).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("terraform.tfvars.json")), (0o700, 0o600), "for nobody else to read");

    let listed: Value = serde_json::from_str(&stage.run(&["deployments", "--json"]).stdout).expect("JSON");
    assert_eq!(listed[0]["name"], "one");
    assert_eq!((&listed[0]["state"], &listed[0]["url"]), (&"applied".into(), &url.into()));
    assert!(listed[0]["idle_usd_per_month"].as_f64().is_some_and(|usd| (0.0..0.01).contains(&usd)), "{listed}");
    assert!(stage.run(&["deployments"]).stdout.contains("| deployed |"));

    let printed = stage.run(&["destroy", "one", "--yes"]);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert!(printed.stdout.starts_with("Nothing is left of one: "), "{}", printed.stdout);
    let asked = "aws resourcegroupstaggingapi get-resources";
    let ended = [
        "aws sts get-caller-identity",
        "terraform init",
        "terraform destroy",
        asked,
        "aws iam list-roles",
        "aws iam list-instance-profiles",
        "aws autoscaling describe-auto-scaling-groups",
    ];
    assert_eq!(stage.calls()[5..], ended);
    assert!(!stage.kept("").exists());
    assert_eq!(stage.run(&["deployments"]).stdout, "Nothing is deployed from here.\n");
}

#[test]
fn what_is_interrupted_ends_in_order_and_goes_on() {
    let url = service();
    let outputs = outputs(&url);
    let slow = r#"trap 'touch "$folder/ended"; exit 1' INT; sleep 300 & touch "$folder/begun"; wait"#;
    let stage = Stage::new(&[("terraform apply*", slow), ("terraform output*", &outputs)]);
    let lab = stage.start(&DEPLOY);
    until("Terraform applies", BOUND, || stage.path("tools/begun").exists());

    let second = stage.run(&DEPLOY);
    let held = format!("(process {}) is at work on ", lab.id());
    assert!(second.refusal_at_the_end().contains(&held), "{second:?}");
    assert!(second.stderr.contains("`lab deploy lambda-dynamodb --name one "), "{second:?}");

    let printed = interrupt(lab);
    assert_eq!(printed.code, Some(1), "{printed:?}");
    assert!(
        printed
            .stderr
            .contains("not finished: `lab deploy lambda-dynamodb --name one --artifact function.zip` goes on"),
        "{}",
        printed.stderr
    );
    assert!(stage.path("tools/ended").exists(), "Terraform was waited for");
    assert_eq!(json(&stage.kept("deployment.json"))["state"], "unfinished");

    stage.answer(&[("terraform output*", &outputs)]);
    let printed = stage.run(&DEPLOY);
    assert_eq!((printed.code, printed.stdout.trim_end()), (Some(0), url.as_str()), "{printed:?}");
}

#[test]
fn waiting_for_an_answer_can_be_interrupted() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let stage = Stage::new(&[("terraform output*", &outputs(&url))]);
    let lab = stage.start(&DEPLOY);
    // It is called, and does not answer.
    listener.set_nonblocking(true).expect("a socket");
    let mut call = None;
    crate::support::until("the lab calls", std::time::Duration::from_secs(60), || {
        call = listener.accept().ok();
        call.is_some()
    });
    let printed = interrupt(lab);
    assert_eq!(printed.code, Some(1), "{printed:?}");
    assert!(
        printed.stderr.contains("deployed, and not healthy yet: `lab deploy lambda-dynamodb --name one "),
        "{}",
        printed.stderr
    );
    assert_eq!(json(&stage.kept("deployment.json"))["state"], "applied");
}

#[test]
fn of_a_plan_that_fails_nothing_stays() {
    let stage = Stage::new(&[("terraform plan*", "echo 'Error: no' >&2; exit 1")]);
    let printed = stage.run(&DEPLOY);
    assert_eq!(printed.code, Some(1), "{printed:?}");
    assert!(printed.stderr.ends_with("` failed (exit status: 1): Error: no\n"), "{}", printed.stderr);
    assert!(!stage.kept("").exists());
}

#[test]
fn what_was_made_before_it_failed_is_kept_to_be_removed() {
    let stage = Stage::new(&[("terraform apply*", "exit 1")]);
    let printed = stage.run(&DEPLOY);
    assert_eq!(printed.code, Some(1), "{printed:?}");
    assert!(printed.stderr.contains("`lab destroy one` removes what there is"), "{}", printed.stderr);
    assert!(stage.run(&["deployments"]).stdout.contains("unfinished"));
    assert_eq!(stage.run(&["destroy", "one", "--yes"]).code, Some(0));
}

#[test]
fn what_is_left_is_named_and_keeps_its_folder() {
    let stage = Stage::new(&[]);
    assert_eq!(stage.run(&[&DEPLOY[..], &["--no-wait"]].concat()).code, Some(1), "no outputs, no URL");
    let left = r#"echo '{"ResourceTagMappingList": [
        {"ResourceARN": "arn:aws:dynamodb:eu-west-2:123456789012:table/lab-one"},
        {"ResourceARN": "arn:aws:ec2:eu-west-2:123456789012:instance/i-1"}]}'"#;
    let terminated = r#"echo '{"Reservations": [{"Instances": [{"State": {"Name": "terminated"}}]}]}'"#;
    let roles = r#"echo '[["nodes.lab-one.k8s.local", "arn:aws:iam::123456789012:role/nodes.lab-one.k8s.local"], ["lab-one-b", "arn:aws:iam::123456789012:role/lab-one-b"]]'"#;
    let tags = |value: &str| format!(r#"echo '{{"Tags": [{{"Key": "lab:deployment", "Value": "{value}"}}]}}'"#);
    stage.answer(&[
        ("aws resourcegroupstaggingapi*", left),
        ("aws ec2 describe-instances*", terminated),
        ("aws iam list-roles*", roles),
        ("aws iam list-role-tags --role-name nodes.lab-one.k8s.local*", &tags("one")),
        ("aws iam list-role-tags*", &tags("one-b")),
    ]);
    let printed = stage.run(&["destroy", "one", "--yes", "--wait", "0s"]);
    assert_eq!((printed.code, printed.stdout.as_str()), (Some(1), ""), "{printed:?}");
    for line in [
        "lab: left: arn:aws:dynamodb:eu-west-2:123456789012:table/lab-one\n",
        "lab: left: arn:aws:iam::123456789012:role/nodes.lab-one.k8s.local\n",
        "lab: deleted, and listed by AWS for a while: arn:aws:ec2:eu-west-2:123456789012:instance/i-1\n",
        "lab: 2 of one left: ",
    ] {
        assert!(printed.stderr.contains(line), "{line}: {}", printed.stderr);
    }
    assert!(!printed.stderr.contains("lab-one-b"), "another deployment's: {}", printed.stderr);
    assert_eq!(json(&stage.kept("deployment.json"))["state"], "leaving");
    stage.answer(&[]);
    assert_eq!(stage.run(&["destroy", "one", "--yes", "--wait", "0s"]).code, Some(0));
    // A third time there is nothing that it could be.
    let printed = stage.run(&["destroy", "one", "--yes", "--wait", "0s"]);
    assert!(printed.refusal().contains("no deployment is called one"), "{printed:?}");
}

#[test]
fn what_lightsail_alone_lists_is_found_there() {
    let stage = Stage::new(&[]);
    assert_eq!(stage.run(&[&DEPLOY[..], &["--no-wait"]].concat()).code, Some(1), "no outputs, no URL");
    // As that of a container service, whose image would need skopeo.
    let mut record = json(&stage.kept("deployment.json"));
    record["way"] = "lightsail".into();
    std::fs::write(stage.kept("deployment.json"), record.to_string()).expect("written");
    let service = |id: u8, name: &str| {
        format!(
            r#"{{"arn": "arn:aws:lightsail:eu-west-2:123456789012:ContainerService/{id}", "tags": [{{"key": "lab:deployment", "value": "{name}"}}]}}"#
        )
    };
    let services = |text: &str| format!(r#"echo '{{"containerServices": [{text}]}}'"#);
    let both = services(&[service(1, "one"), service(2, "other")].join(", "));
    stage.answer(&[("aws lightsail get-container-services*", &both)]);
    let printed = stage.run(&["destroy", "one", "--yes", "--wait", "0s"]);
    assert_eq!((printed.code, printed.stdout.as_str()), (Some(1), ""), "{printed:?}");
    assert!(
        printed.stderr.contains("lab: left: arn:aws:lightsail:eu-west-2:123456789012:ContainerService/1\n"),
        "{printed:?}"
    );
    assert!(!printed.stderr.contains("ContainerService/2"), "another deployment's: {}", printed.stderr);
    stage.answer(&[("aws lightsail get-container-services*", &services(&service(2, "other")))]);
    assert_eq!(stage.run(&["destroy", "one", "--yes", "--wait", "0s"]).code, Some(0));
}

#[test]
fn no_region_but_its_own_is_queried_for_what_is_left() {
    // An organisation that locks regions, and another partition's credentials, refuse every other one.
    let locked = r#"[ "$AWS_REGION $AWS_DEFAULT_REGION" = "eu-north-1 eu-north-1" ] ||
        { echo 'An error occurred (AccessDeniedException) when calling the GetResources operation' >&2; exit 254; }
        echo '{"ResourceTagMappingList": []}'"#;
    let outputs = outputs("http://127.0.0.1:9");
    let stage = Stage::new(&[("terraform output*", &outputs), ("aws resourcegroupstaggingapi*", locked)]);
    let deploy = [&DEPLOY[..], &["--no-wait", "--region", "eu-north-1"]].concat();
    assert_eq!(stage.run(&deploy).code, Some(0));
    let printed = stage.run(&["destroy", "one", "--yes", "--wait", "0s"]);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert!(printed.stdout.starts_with("Nothing is left of one"), "{printed:?}");
}

#[test]
fn a_state_in_a_bucket_is_destroyed_from_another_machine() {
    let outputs = outputs("http://127.0.0.1:9");
    let answers = [
        ("terraform output*", outputs.as_str()),
        ("aws s3api get-bucket-location*", r#"echo '{"LocationConstraint": "eu-west-2"}'"#),
        ("terraform destroy*", r#"cat backend.tf.json > "$folder/destroyed""#),
    ];
    let deploy = [&DEPLOY[..], &["--no-wait", "--backend", "s3://states/lab"]].concat();
    let (first, second) = (Stage::new(&answers), Stage::new(&answers));
    assert_eq!(first.run(&deploy).code, Some(0));
    // The second knows nothing of it until it is given the name and the place.
    assert!(second.run(&["destroy", "one", "--yes"]).refusal().contains("no deployment is called one"));
    assert_eq!(second.run(&deploy).code, Some(0));
    let printed = second.run(&["destroy", "one", "--yes", "--wait", "0s"]);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    let state = json(&second.path("tools/destroyed"))["terraform"]["backend"]["s3"]["key"].clone();
    assert_eq!(state, "lab/one/terraform.tfstate");
}

#[test]
fn a_state_keeps_its_place() {
    let outputs = outputs("http://127.0.0.1:9");
    let bucket = r#"echo '{"LocationConstraint": null}'"#;
    let stage = Stage::new(&[("terraform output*", &outputs), ("aws s3api get-bucket-location*", bucket)]);
    let with = |backend: &str| stage.run(&[&DEPLOY[..], &["--no-wait", "--backend", backend]].concat());
    let printed = with("s3://states/lab");
    assert_eq!(printed.code, Some(0), "{printed:?}");
    let kept = json(&stage.kept("backend.tf.json"));
    let wanted = serde_json::json!({ "terraform": { "backend": { "s3": {
        "bucket": "states", "key": "lab/one/terraform.tfstate", "region": "us-east-1",
        "encrypt": true, "use_lockfile": true,
    } } } });
    assert_eq!(kept, wanted);
    assert!(with("s3://others").refusal().contains("one has its state in s3://states/lab/one/terraform.tfstate"));
    assert_eq!(with("s3://states/lab/").code, Some(0));
    let printed = stage.run(&["destroy", "one", "--yes"]);
    assert!(
        printed.stderr.contains("the state at s3://states/lab/one/terraform.tfstate is empty"),
        "{}",
        printed.stderr
    );
}

#[test]
fn a_bucket_of_irelands_oldest_is_in_ireland() {
    let outputs = outputs("http://127.0.0.1:9");
    let bucket = r#"echo '{"LocationConstraint": "EU"}'"#;
    let stage = Stage::new(&[("terraform output*", &outputs), ("aws s3api get-bucket-location*", bucket)]);
    let deploy = [&DEPLOY[..], &["--no-wait", "--backend", "s3://states/lab"]].concat();
    assert_eq!(stage.run(&deploy).code, Some(0));
    assert_eq!(json(&stage.kept("backend.tf.json"))["terraform"]["backend"]["s3"]["region"], "eu-west-1");
}

#[test]
fn a_name_stays_with_its_way_and_region() {
    let outputs = outputs("http://127.0.0.1:9");
    let stage = Stage::new(&[("terraform output*", &outputs)]);
    let deploy = |options: &[&str]| stage.run(&[&DEPLOY[..], &["--no-wait"], options].concat());
    assert_eq!(deploy(&["--region", "eu-north-1"]).code, Some(0));
    assert_eq!(deploy(&[]).code, Some(0), "the region is kept");
    assert_eq!(json(&stage.kept("terraform.tfvars.json"))["region"], "eu-north-1");
    let wanted = "that name is lambda-dynamodb's in eu-north-1: choose another by --name";
    assert!(deploy(&["--region", "eu-west-2"]).refusal().contains(wanted));
    let other = ["deploy", "lambda-s3", "--name", "one", "--yes", "--artifact", "function.zip"];
    assert!(stage.run(&other).refusal().contains(wanted));
}

#[test]
fn a_task_without_a_balancer_is_asked_of_aws() {
    let outputs = r#"echo '{"url": {"value": null},
        "task": {"value": {"cluster": "lab-one", "service": "counter", "port": 8000}}}'"#;
    let task = r#"echo '{"tasks": [{"attachments": [{"details": [{"name": "subnetId", "value": "subnet-1"},
        {"name": "networkInterfaceId", "value": "eni-1"}]}]}]}'"#;
    let address = r#"echo '{"NetworkInterfaces": [{"Association": {"PublicIp": "203.0.113.7"}}]}'"#;
    let stage = Stage::new(&[
        ("terraform output*", outputs),
        ("aws ecs list-tasks --cluster lab-one --service-name counter*", r#"echo '{"taskArns": ["arn:task"]}'"#),
        ("aws ecs describe-tasks --cluster lab-one --tasks arn:task*", task),
        ("aws ec2 describe-network-interfaces --network-interface-ids eni-1*", address),
    ]);
    let printed = stage.run(&[&DEPLOY[..], &["--no-wait"]].concat());
    assert_eq!((printed.code, printed.stdout.as_str()), (Some(0), "http://203.0.113.7:8000\n"), "{printed:?}");
}

#[test]
fn a_tool_that_ignores_interrupts_outlives_the_lab_by_seconds() {
    let deaf = r#"trap '' INT TERM; echo $$ > "$folder/begun"; while :; do sleep 0.05; done"#;
    let stage = Stage::new(&[("terraform apply*", deaf)]);
    let lab = stage.start(&DEPLOY);
    let begun = stage.path("tools/begun");
    until("Terraform applies", BOUND, || begun.exists());
    let tool = std::fs::read_to_string(&begun).expect("its number").trim().parse().ok().and_then(Pid::from_raw);
    let tool = tool.expect("a process");
    let pid = Pid::from_raw(i32::try_from(lab.id()).expect("a pid")).expect("a pid");
    // Each is sent when the one before must have been seen: a signal that is pending already is not counted twice.
    let ended = std::thread::spawn(move || Printed::of(lab.wait_with_output().expect("it ends")));
    let mut sent = 0;
    until("the lab ends", BOUND, || {
        if sent < 3 {
            let _ = kill_process(pid, Signal::INT);
            sent += 1;
            std::thread::sleep(Duration::from_millis(500));
        }
        ended.is_finished()
    });
    let printed = ended.join().expect("no panic");
    assert_eq!(printed.code, Some(1), "{printed:?}");
    assert!(printed.stderr.contains("not finished: "), "{}", printed.stderr);
    assert!(printed.stderr.contains("it is killed in 5 s unless it has ended"), "{}", printed.stderr);
    assert_eq!(json(&stage.kept("deployment.json"))["state"], "unfinished");
    until("Terraform is killed", BOUND, || rustix::process::test_kill_process(tool).is_err());
}

#[test]
fn what_each_service_calls_deleted_is_not_left() {
    let stage = Stage::new(&[]);
    assert_eq!(stage.run(&[&DEPLOY[..], &["--no-wait"]].concat()).code, Some(1), "no outputs, no URL");
    let arns = [
        "ec2:eu-west-2:123456789012:volume/vol-1",
        "ec2:eu-west-2:123456789012:import-snapshot-task/import-snap-1",
        "elasticloadbalancing:eu-west-2:123456789012:listener/net/lab-one/1/2",
        "ecs:eu-west-2:123456789012:service/lab-one/counter",
        "ecs:eu-west-2:123456789012:task-definition/lab-one:1",
        "s3:::lab-one-1",
        "dynamodb:eu-west-2:123456789012:table/lab-one",
    ];
    let entries: Vec<_> = arns.iter().map(|arn| format!(r#"{{"ResourceARN": "arn:aws:{arn}"}}"#)).collect();
    let listed = format!(r#"echo '{{"ResourceTagMappingList": [{}]}}'"#, entries.join(", "));
    let refused = |word: &str| {
        format!("echo 'An error occurred ({word}) when calling the X operation: it is not there' >&2; exit 254")
    };
    stage.answer(&[
        ("aws resourcegroupstaggingapi*", &listed),
        ("aws ec2 describe-volumes --volume-ids vol-1*", &refused("InvalidVolume.NotFound")),
        (
            "aws ec2 describe-import-snapshot-tasks*",
            r#"echo '{"ImportSnapshotTasks": [{"SnapshotTaskDetail": {"Status": "completed"}}]}'"#,
        ),
        ("aws elbv2 describe-listeners*", &refused("ListenerNotFound")),
        (
            "aws ecs describe-services --cluster lab-one*",
            r#"echo '{"services": [], "failures": [{"reason": "MISSING"}]}'"#,
        ),
        ("aws ecs describe-task-definition*", r#"echo '{"taskDefinition": {"status": "INACTIVE"}}'"#),
        ("aws ecs delete-task-definitions*", r#"touch "$folder/tidied"; echo '{}'"#),
        ("aws s3api head-bucket*", &refused("404")),
        // Not a word that the table is not there.
        ("aws dynamodb describe-table*", &refused("AccessDeniedException")),
    ]);
    let printed = stage.run(&["destroy", "one", "--yes", "--wait", "0s"]);
    assert_eq!(printed.code, Some(1), "{printed:?}");
    let left: Vec<_> = printed.stderr.lines().filter(|line| line.starts_with("lab: left: ")).collect();
    assert_eq!(left, [format!("lab: left: arn:aws:{}", arns[6])], "{}", printed.stderr);
    assert!(stage.path("tools/tidied").exists(), "inactive task definitions are deleted");
}

#[test]
fn an_address_that_aws_refuses_is_not_waited_for() {
    let outputs = r#"echo '{"task": {"value": {"cluster": "lab-one", "service": "counter", "port": 8000}}}'"#;
    let denied = "echo 'An error occurred (AccessDeniedException) when calling the ListTasks operation' >&2; exit 254";
    let stage = Stage::new(&[("terraform output*", outputs), ("aws ecs list-tasks*", denied)]);
    let begun = std::time::Instant::now();
    let printed = stage.run(&[&DEPLOY[..], &["--no-wait"]].concat());
    assert_eq!(printed.code, Some(1), "{printed:?}");
    assert!(printed.stderr.contains("AccessDeniedException") && begun.elapsed() < BOUND, "{}", printed.stderr);
}

#[test]
fn a_deployment_is_destroyed_by_what_made_it_whatever_it_locked() {
    let outputs = outputs("http://127.0.0.1:9");
    let stage = Stage::new(&[("terraform output*", &outputs)]);
    assert_eq!(stage.run(&[&DEPLOY[..], &["--no-wait"]].concat()).code, Some(0));
    assert_eq!(json(&stage.kept("deployment.json"))["terraform"], "terraform");
    // Another one is first on the path now, and an earlier version's lock is in the folder.
    std::fs::rename(stage.path("tools/terraform"), stage.path("tools/tofu")).expect("renamed");
    std::fs::write(stage.kept(".terraform.lock.hcl"), "an earlier provider").expect("written");
    let printed = stage.run(&["destroy", "one", "--yes"]);
    assert!(printed.refusal().contains("terraform is not on the path"), "{printed:?}");
    std::fs::rename(stage.path("tools/tofu"), stage.path("tools/terraform")).expect("renamed");
    let locked = r#"test ! -e .terraform.lock.hcl"#;
    stage.answer(&[("terraform init*", locked)]);
    assert_eq!(stage.run(&["destroy", "one", "--yes"]).code, Some(0));
}
