//! The network: who must reach whom on which port, and what stands where.

use std::collections::BTreeSet;

use super::view::{Block, View, listed, number, refers, text, texts};
use super::{Met, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "whoever must reach somebody may, on both sides, and nobody else",
        source: "VPC User Guide, Security group rules: both groups must allow",
        check: reach,
    },
    Rule {
        name: "a rule is of one TCP port and one peer",
        source: "EC2 API Reference, AuthorizeSecurityGroupIngress",
        check: shape,
    },
    Rule { name: "each group is somebody's", source: "VPC User Guide, Security groups for your VPC", check: groups },
    Rule {
        name: "what has no balancer's address has a public one",
        source: "VPC User Guide, Internet gateways: without NAT, a public address is the way to AWS",
        check: public,
    },
    Rule {
        name: "a function joins the VPC of its store, and may have interfaces made there",
        source: "Lambda Developer Guide, Giving Lambda functions access to resources in an Amazon VPC: required permissions",
        check: function,
    },
    Rule {
        name: "a function's group goes before the role by which Lambda deletes its interfaces",
        source: "Lambda Developer Guide, VPC networking for Lambda: Deleting ENIs",
        check: interfaces,
    },
    Rule {
        name: "subnets are within their VPC, and apart",
        source: "VPC User Guide, Subnet sizing (/16 to /28)",
        check: subnets,
    },
    Rule {
        name: "kOps' subnets are within its network, and apart from the pods'",
        source: "kOps, cluster spec: networkCIDR, nonMasqueradeCIDR",
        check: kops_subnets,
    },
    Rule {
        name: "a VPC of one's own resolves names",
        source: "EFS User Guide, Mounting with a DNS name; VPC User Guide, DNS attributes",
        check: names,
    },
    Rule {
        name: "an instance stands in a zone that has its type",
        source: "EC2 User Guide, Find an EC2 instance type: not every zone has every type",
        check: offerings,
    },
    Rule {
        name: "a cluster's API is open to whom a deployment names only",
        source: "kOps, cluster spec: kubernetesApiAccess; EKS API Reference, VpcConfigRequest",
        check: api_access,
    },
];

/// From whom to whom on which port. `anywhere` is the internet.
type Edge = (String, String, u64);

/// Whether a group stands on the side that a rule is of.
type Side = fn(&Edge) -> bool;

/// The group that an expression names.
fn group(view: &View, expression: &str) -> Option<String> {
    view.referred("aws_security_group", expression).map(|it| it.name.to_owned())
}

/// The groups and the port of the service, where it has any.
fn service(view: &View) -> Option<(String, u64)> {
    if let Some(block) = view.resources("aws_instance").first() {
        let port = super::images::of(view)?["service"]["listen"].as_str()?.rsplit(':').next()?.parse().ok()?;
        return Some((group(view, texts(&block.value["vpc_security_group_ids"]).first()?)?, port));
    }
    if let Some(block) = view.resources("aws_launch_template").first() {
        let groups = texts(&block.value["network_interfaces"][0]["security_groups"]);
        let port = listed(&view.configuration["locals"]["manifests"]["items"])
            .into_iter()
            .find_map(|item| item["spec"]["ports"][0]["nodePort"].as_u64())?;
        return Some((groups.iter().find_map(|it| group(view, it))?, port));
    }
    let block = view.resources("aws_ecs_service").into_iter().next()?;
    let groups = texts(&block.value["network_configuration"]["security_groups"]);
    let port = view.configuration["locals"]["container"]["portMappings"][0]["containerPort"].as_u64()?;
    Some((group(view, groups.first()?)?, port))
}

/// The caches, which stand in the VPC.
fn caches<'a>(view: &'a View) -> impl Iterator<Item = Block<'a>> {
    CACHES.into_iter().flat_map(|kind| view.resources(kind))
}

/// Their types.
const CACHES: [&str; 2] = ["aws_elasticache_serverless_cache", "aws_elasticache_replication_group"];

/// The types of databases, which stand there too.
const DATABASES: [&str; 2] = ["aws_db_instance", "aws_rds_cluster"];

/// The types of what stands in the VPC of its callers.
const STORES: [&str; 4] = [CACHES[0], CACHES[1], DATABASES[0], DATABASES[1]];

/// The group of a function that joins the VPC.
fn joined(view: &View) -> Option<String> {
    let functions = view.resources("aws_lambda_function");
    functions.iter().find_map(|it| group(view, texts(&it.value["vpc_config"]["security_group_ids"]).first()?))
}

/// Who must reach whom.
fn needed(view: &View) -> BTreeSet<Edge> {
    let anywhere = || "anywhere".to_owned();
    let mut edges = BTreeSet::new();
    let balancer = view.resources("aws_lb").into_iter().next();
    let balancer = balancer.and_then(|it| group(view, texts(&it.value["security_groups"]).first()?));
    if let Some(balancer) = &balancer {
        for listener in view.resources("aws_lb_listener") {
            edges.insert((anywhere(), balancer.clone(), listener.value["port"].as_u64().unwrap_or_default()));
        }
    }
    let listens = service(view);
    if let Some((service, port)) = &listens {
        // Calls and health checks, which go to the same port.
        edges.insert((balancer.unwrap_or_else(anywhere), service.clone(), *port));
        // AWS: the registry, the store, logs, Session Manager.
        edges.insert((service.clone(), anywhere(), 443));
    }
    // A function is called by Lambda, and what it prints goes by Lambda: in its VPC it calls its store alone.
    let Some(service) = listens.map(|it| it.0).or_else(|| joined(view)) else { return edges };
    for target in view.resources("aws_efs_mount_target") {
        if let Some(files) = texts(&target.value["security_groups"]).first().and_then(|it| group(view, it)) {
            edges.insert((service.clone(), files, 2049));
        }
    }
    for cache in caches(view) {
        if let Some(cache) = texts(&cache.value["security_group_ids"]).first().and_then(|it| group(view, it)) {
            edges.insert((service.clone(), cache, 6379));
        }
    }
    for database in DATABASES.into_iter().flat_map(|kind| view.resources(kind)) {
        if let Some(database) = texts(&database.value["vpc_security_group_ids"]).first().and_then(|it| group(view, it))
        {
            edges.insert((service.clone(), database, 5432));
        }
    }
    edges
}

/// Who may call whom by the rules of one side.
fn allowed(view: &View, kind: &str) -> BTreeSet<Edge> {
    let edge = |value: &serde_json::Value| {
        let own = group(view, &text(&value["security_group_id"]))?;
        let peer = match value["referenced_security_group_id"].as_str() {
            Some(group_id) => group(view, group_id)?,
            None if value["cidr_ipv4"] == "0.0.0.0/0" => "anywhere".to_owned(),
            None => return None,
        };
        let port = value["from_port"].as_u64()?;
        Some(if kind.contains("ingress") { (peer, own, port) } else { (own, peer, port) })
    };
    view.resources(kind).iter().filter_map(|block| edge(block.value)).collect()
}

fn reach(view: &View, met: &mut Met) {
    let needed = needed(view);
    // The internet has no group.
    let sides: [(&str, Side); 2] = [
        ("aws_vpc_security_group_ingress_rule", |edge| edge.1 != "anywhere"),
        ("aws_vpc_security_group_egress_rule", |edge| edge.0 != "anywhere"),
    ];
    for (kind, has_group) in sides {
        let allowed = allowed(view, kind);
        for edge in needed.iter().filter(|edge| has_group(edge)) {
            met.hold(allowed.contains(edge), format!("{kind}: {edge:?} is missing"));
        }
        for edge in &allowed {
            met.hold(needed.contains(edge), format!("{kind}: nobody needs {edge:?}"));
        }
    }
}

fn shape(view: &View, met: &mut Met) {
    for kind in ["aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"] {
        for block in view.resources(kind) {
            let value = block.value;
            let peers =
                ["cidr_ipv4", "referenced_security_group_id"].iter().filter(|it| !value[**it].is_null()).count();
            let port = value["from_port"] == value["to_port"] && value["ip_protocol"] == "tcp";
            met.hold(port && peers == 1 && value["from_port"].as_u64().is_some_and(|it| it > 0), block.address);
        }
    }
}

fn groups(view: &View, met: &mut Met) {
    let users = [
        "aws_instance",
        "aws_launch_template",
        "aws_ecs_service",
        "aws_lb",
        "aws_efs_mount_target",
        "aws_lambda_function",
    ];
    let users = || users.into_iter().chain(STORES);
    for block in view.resources("aws_security_group") {
        let used = users()
            .flat_map(|kind| view.resources(kind))
            .any(|user| refers(&user.value.to_string(), "aws_security_group", block.name));
        met.hold(used, block.address);
    }
}

fn public(view: &View, met: &mut Met) {
    for block in view.resources("aws_instance") {
        met.hold(block.value["associate_public_ip_address"] == true, block.address);
    }
    for block in view.resources("aws_launch_template") {
        let interface = &block.value["network_interfaces"][0];
        // With groups of its own EKS adds none: the control plane's is named.
        let of_cluster = texts(&interface["security_groups"]).iter().any(|it| it.contains("cluster_security_group_id"));
        met.hold(interface["associate_public_ip_address"] == true && of_cluster, block.address);
    }
    for block in view.resources("aws_ecs_service") {
        met.hold(block.value["network_configuration"]["assign_public_ip"] == true, block.address);
    }
}

/// What Lambda does in a VPC with a function's role.
const INTERFACES: [&str; 3] = ["CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces"];

fn function(view: &View, met: &mut Met) {
    if STORES.into_iter().all(|kind| view.resources(kind).is_empty()) {
        return;
    }
    for block in view.resources("aws_lambda_function").into_iter().filter(|it| it.name != "probe") {
        let joins = &block.value["vpc_config"];
        let placed = joins["subnet_ids"] == "${local.subnet_ids}" && joined(view).is_some();
        met.hold(placed, format!("{}: {joins}", block.address));
        let documents = view.data("aws_iam_policy_document");
        let allowed: Vec<_> = documents
            .iter()
            .filter(|it| it.name == "function")
            .flat_map(|it| listed(&it.value["statement"]))
            .filter(|it| texts(&it["resources"]) == ["*"])
            .flat_map(|it| texts(&it["actions"]))
            .collect();
        let has = |action: &&str| allowed.contains(&format!("ec2:{action}"));
        met.hold(INTERFACES.iter().all(has), format!("{}: its role may {allowed:?}", block.address));
    }
}

fn interfaces(view: &View, met: &mut Met) {
    let Some(group) = joined(view) else { return };
    for block in view.resources("aws_security_group").into_iter().filter(|it| it.name == group) {
        // What is made later is destroyed first.
        let after = texts(&block.value["depends_on"]);
        met.hold(after.iter().any(|it| it == "aws_iam_role_policy.function"), format!("{}: {after:?}", block.address));
    }
}

/// An IPv4 network as its first address and its size.
fn network(cidr: &str) -> Option<(u64, u32)> {
    let (address, bits) = cidr.split_once('/')?;
    let address: std::net::Ipv4Addr = address.parse().ok()?;
    let (address, bits) = (u64::from(u32::from(address)), bits.parse().ok()?);
    (bits <= 32 && address % (1_u64 << (32 - bits)) == 0).then_some((address, bits))
}

fn within(inner: &str, outer: &str) -> bool {
    let (Some((inner, size)), Some((outer, around))) = (network(inner), network(outer)) else { return false };
    size >= around && inner >> (32 - around) == outer >> (32 - around)
}

fn subnets(view: &View, met: &mut Met) {
    for block in view.resources("aws_vpc") {
        let cidr = text(&block.value["cidr_block"]);
        let bits = network(&cidr).map(|(_, bits)| bits);
        for subnet in view.resources("aws_subnet") {
            let written = text(&subnet.value["cidr_block"]);
            let extra = written.rsplit(", ").nth(1).and_then(|bits| bits.parse::<u32>().ok());
            let fits = bits.zip(extra).is_some_and(|(bits, extra)| (16..=28).contains(&bits) && bits + extra <= 28);
            // By the count, so that no two are the same.
            met.hold(fits && written.ends_with(", count.index)}"), format!("{}: {written}", subnet.address));
        }
    }
}

fn kops_subnets(view: &View, met: &mut Met) {
    for object in listed(&view.configuration["locals"]["kops"]).into_iter().filter(|it| it["kind"] == "Cluster") {
        let spec = &object["spec"];
        let (around, pods) = (text(&spec["networkCIDR"]), text(&spec["nonMasqueradeCIDR"]));
        let own: Vec<_> = listed(&spec["subnets"]).iter().map(|it| text(&it["cidr"])).collect();
        for (number, cidr) in own.iter().enumerate() {
            let apart = own.iter().skip(number + 1).all(|other| !within(other, cidr) && !within(cidr, other));
            met.hold(within(cidr, &around) && !within(cidr, &pods) && apart, cidr);
        }
    }
}

fn names(view: &View, met: &mut Met) {
    for block in view.resources("aws_vpc") {
        let resolves = block.value["enable_dns_hostnames"] == true && block.value["enable_dns_support"] != false;
        met.hold(resolves, block.address);
    }
}

fn offerings(view: &View, met: &mut Met) {
    let asked: Vec<_> = view.data("aws_ec2_instance_type_offerings");
    for block in view.resources("aws_instance").into_iter().chain(view.resources("aws_launch_template")) {
        let typed = text(&block.value["instance_type"]);
        let filters = asked.iter().any(|it| texts(&it.value["filter"]["values"]).contains(&typed));
        let zones = text(&view.configuration["locals"]["zones"]);
        let chosen = zones.contains("aws_ec2_instance_type_offerings.") && zones.contains("aws_availability_zones.");
        let explains = asked.iter().all(|it| !it.value["lifecycle"]["postcondition"]["error_message"].is_null());
        met.hold(filters && chosen && explains, block.address);
    }
    // The subnets, of either network, are in those zones.
    for subnet in view.resources("aws_subnet") {
        met.hold(text(&subnet.value["availability_zone"]).contains("local.zones"), subnet.address);
    }
    for default in view.data("aws_subnets") {
        let filters = listed(&default.value["filter"]);
        let zone = filters.iter().find(|it| it["name"] == "availability-zone");
        met.hold(zone.is_some_and(|it| it["values"] == "${local.zones}"), default.address);
    }
}

fn api_access(view: &View, met: &mut Met) {
    let variable = &view.configuration["variable"]["api_access"];
    if variable.is_object() {
        met.hold(!texts(&variable["default"]).iter().any(|cidr| cidr.ends_with("/0")), "var.api_access");
        met.hold(number(&variable["default"]).is_none(), "var.api_access");
    }
    for block in view.resources("aws_eks_cluster") {
        let network = &block.value["vpc_config"];
        // None at all would be everybody.
        let condition = text(&block.value["lifecycle"]["precondition"]["condition"]);
        let named =
            network["public_access_cidrs"] == "${var.api_access}" && condition.contains("length(var.api_access) > 0");
        met.hold(named && network["endpoint_private_access"] == true, block.address);
    }
}
