//! `lab deploy --plan`: it shows, and creates nothing.

use super::stage::Stage;

#[test]
fn without_tools_the_plan_is_a_list_and_what_is_missing() {
    let stage = Stage::bare();
    let printed = stage.run(&["deploy", "lambda-dynamodb", "--plan"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""), "{printed:?}");
    assert!(printed.stdout.starts_with("lambda-dynamodb would make, in eu-west-2:\n"), "{}", printed.stdout);
    for wanted in [
        "\n  aws_dynamodb_table.counter\n",
        "\n  aws_lambda_function.counter\n",
        "`lambda-dynamodb`: 2.31 $/month",
        "Prices of eu-west-2, ",
        "\nNothing was made. AWS was not called: tofu or terraform is not on the path",
    ] {
        assert!(printed.stdout.contains(wanted), "{wanted}: {}", printed.stdout);
    }
    for unwanted in ["aws_acm_certificate", "aws_lambda_function.probe", "var."] {
        assert!(!printed.stdout.contains(unwanted), "{unwanted}: {}", printed.stdout);
    }
    assert!(!stage.path("checkout/.lab").exists());
}

#[test]
fn what_is_asked_for_is_in_the_list() {
    let stage = Stage::bare();
    let printed = stage.run(&["deploy", "lambda-dynamodb", "--domain", "counter.example.org", "--probe", "--plan"]);
    for wanted in ["aws_acm_certificate.counter\n", "aws_lambda_function.probe\n", "aws_route53_record.counter\n"] {
        assert!(printed.stdout.contains(wanted), "{wanted}: {}", printed.stdout);
    }
}

#[test]
fn what_kops_and_kubectl_make_is_shown_too() {
    let stage = Stage::bare();
    let own = stage.run(&["deploy", "k8s", "--plan"]).stdout;
    for wanted in [
        "\nand then kOps, with a network",
        "\n  InstanceGroup control-plane: 1 × t3.small\n",
        "\n  InstanceGroup nodes: 1 × t3.micro\n",
        "\n  Deployment counter\n",
        "\n  Namespace lab-NAME\n",
    ] {
        assert!(own.contains(wanted), "{wanted}: {own}");
    }
    let existing = stage.run(&["deploy", "k8s", "--context", "mine", "--plan"]).stdout;
    assert!(existing.contains("\n  Deployment counter\n") && !existing.contains("kOps, with"), "{existing}");
}

#[test]
fn a_cluster_of_terraforms_is_in_its_list_and_kubectl_follows() {
    let stage = Stage::bare();
    let printed = stage.run(&["deploy", "eks-file@t3.medium", "--plan"]).stdout;
    for wanted in [
        "\n  aws_ebs_volume.count\n",
        "\n  aws_eks_cluster.counter\n",
        "\n  aws_eks_node_group.counter\n",
        "\n  aws_lb.counter\n",
        "\nand kubectl, in the cluster:\n",
        "\n  PersistentVolume lab-NAME-count\n",
        "\n  Deployment counter\n",
    ] {
        assert!(printed.contains(wanted), "{wanted}: {printed}");
    }
    assert!(!printed.contains("kOps, with"), "{printed}");
    let refused = stage.run(&["deploy", "eks", "--context", "mine", "--plan"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.stderr.contains("eks takes no --context: only Kubernetes by kOps takes another cluster"),
        "{refused:?}"
    );
}

#[test]
fn without_credentials_it_shows_what_to_set() {
    let stage = Stage::new(&[("aws sts*", "echo 'Unable to locate credentials' >&2; exit 253")]);
    let printed = stage.run(&["deploy", "ec2", "--plan"]);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert!(printed.stdout.contains("aws_instance.counter"), "{}", printed.stdout);
    assert!(printed.stdout.contains("(where the region has no default VPC)"), "{}", printed.stdout);
    assert!(printed.stdout.contains("set AWS_PROFILE, or AWS_ACCESS_KEY_ID"), "{}", printed.stdout);
    assert_eq!(stage.calls(), ["aws sts get-caller-identity"]);
}

#[test]
fn with_credentials_it_is_terraforms_own_and_nothing_is_applied_or_kept() {
    let variables = r#"cat terraform.tfvars.json >> "$folder/variables"; echo 'Plan: 9 to add'"#;
    let stage = Stage::new(&[("terraform plan*", variables)]);
    let printed = stage.run(&["deploy", "fargate", "--spot", "--plan", "--region", "eu-north-1", "--name", "one"]);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert!(
        printed.stdout.contains("Plan: 9 to add") && printed.stdout.ends_with("\nNothing was made.\n"),
        "{}",
        printed.stdout
    );
    assert_eq!(
        stage.calls(),
        ["aws sts get-caller-identity", "aws ec2 describe-vpcs", "terraform init", "terraform plan"]
    );
    let given = std::fs::read_to_string(stage.path("tools/variables")).expect("variables");
    let given: serde_json::Value = serde_json::from_str(&given).expect("JSON");
    let wanted = serde_json::json!({
        "name": "one", "region": "eu-north-1", "artifact": "unbuilt", "own_vpc": false, "spot": true,
    });
    assert_eq!(given, wanted);
    assert!(!stage.path("checkout/.lab").exists());
}
