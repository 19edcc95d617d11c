//! EKS's clusters and their workers: version, image, zones. What other instances keep to, workers keep to in the other files.

use ways::Axis;

use super::view::{View, text, texts};
use super::{Met, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "EKS's version has standard support, and the cluster does not go on without it",
        source: "EKS User Guide, Kubernetes release calendar (2027-03-27 for 1.35); UpgradePolicyRequest",
        check: cluster_version,
    },
    Rule {
        name: "a managed node group's image is of the way's architecture",
        source: "EKS API Reference, CreateNodegroup.amiType",
        check: node_image,
    },
    Rule {
        name: "a cluster of EKS's has subnets in two zones, and its worker in one of them",
        source: "EKS User Guide, View Amazon EKS networking requirements for VPC and subnets",
        check: cluster_zones,
    },
];

fn cluster_version(view: &View, met: &mut Met) {
    // The newest of which the release calendar was read; before its end one is added here.
    const SUPPORTED: [&str; 1] = ["1.35"];
    for block in view.resources("aws_eks_cluster") {
        let version = text(&block.value["version"]);
        let ends = block.value["upgrade_policy"]["support_type"] == "STANDARD";
        met.hold(ends && SUPPORTED.contains(&version.as_str()), format!("{}: {version}", block.address));
    }
}

fn node_image(view: &View, met: &mut Met) {
    for block in view.resources("aws_eks_node_group") {
        let wanted = match view.way.way.arch.word() {
            "x86_64" => "AL2023_x86_64_STANDARD",
            _ => "AL2023_ARM_64_STANDARD",
        };
        met.hold(block.value["ami_type"] == wanted, block.address);
    }
}

fn cluster_zones(view: &View, met: &mut Met) {
    for block in view.resources("aws_eks_cluster") {
        let subnets = text(&view.configuration["locals"]["subnet_ids"]);
        let all = block.value["vpc_config"]["subnet_ids"] == "${local.subnet_ids}" && subnets.ends_with(", 0, 2)}");
        met.hold(all, format!("{}: {subnets}", block.address));
    }
    for block in view.resources("aws_eks_node_group") {
        met.hold(texts(&block.value["subnet_ids"]) == ["${local.subnet_ids[0]}"], block.address);
    }
}
