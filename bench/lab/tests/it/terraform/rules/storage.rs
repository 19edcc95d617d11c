//! Tables, buckets, file systems, registries and disks: what their settings must be to each other.

use std::collections::BTreeSet;

use serde_json::Value;
use ways::Axis;

use super::view::{Block, View, listed, number, refers, text, texts};
use super::{Met, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "a table declares its keys, and by request it has no capacity",
        source: "DynamoDB API Reference, CreateTable",
        check: table,
    },
    Rule {
        name: "a bucket is closed to the public, encrypted, and refuses calls without TLS",
        source: "S3 User Guide, Security best practices",
        check: bucket,
    },
    Rule {
        name: "a bucket's lifecycle rules have names of their own and days",
        source: "S3 API Reference, LifecycleRule",
        check: lifecycle,
    },
    Rule {
        name: "a bucket goes with what is in it",
        source: "S3 API Reference, DeleteBucket: a bucket must be empty",
        check: force,
    },
    Rule {
        name: "a registry goes with its images, and keeps tags as they are",
        source: "ECR API Reference, DeleteRepository, ImageTagMutability",
        check: registry,
    },
    Rule {
        name: "a registry's rules are JSON that it takes, any tag last",
        source: "ECR User Guide, Lifecycle policy properties",
        check: registry_policy,
    },
    Rule {
        name: "an image is pushed with a password by a pipe, from an auth file that is not empty",
        source: "containers/image, pkg/docker/config: an empty file is no JSON",
        check: push,
    },
    Rule {
        name: "a file system is mounted with TLS, through an access point without a folder",
        source: "ECS API Reference, EFSVolumeConfiguration",
        check: mount,
    },
    Rule {
        name: "a mount target is in each zone of the service",
        source: "EFS User Guide, Managing mount targets: one a zone",
        check: mount_targets,
    },
    Rule {
        name: "a service starts when its file system can be mounted",
        source: "EFS User Guide, Managing mount targets: its name takes a while",
        check: mount_order,
    },
    Rule {
        name: "an access point's user has numbers and its folder four octal digits at most",
        source: "EFS API Reference, CreateAccessPoint",
        check: access_point,
    },
    Rule {
        name: "a serverless cache has subnets in two zones, groups of its own, and is called by TLS",
        source: "ElastiCache User Guide, Creating a serverless cache; In-transit encryption: it can't be turned off",
        check: cache,
    },
    Rule {
        name: "a node of Valkey is a replication group of one, with a group of its own, and is called by TLS",
        source: "ElastiCache API Reference, CreateCacheCluster: not of Valkey; User Guide, In-transit encryption (TLS)",
        check: cache_node,
    },
    Rule {
        name: "a database has subnets in two zones, is closed to the public, encrypted, called by a verified TLS, and goes whole",
        source: "RDS User Guide, Working with a DB instance in a VPC; Using SSL with a PostgreSQL DB instance",
        check: database,
    },
    Rule {
        name: "a database takes the connections of all processes that run at once, and its class has so many",
        source: "RDS User Guide, Quotas and constraints: maximum number of database connections",
        check: connections,
    },
    Rule {
        name: "a cluster of Aurora's has a range of capacity that AWS takes, and one instance of the class that has it",
        source: "RDS API Reference, ServerlessV2ScalingConfiguration; Aurora User Guide, Aurora Serverless v2 capacity",
        check: aurora,
    },
    Rule {
        name: "what is imported is what is uploaded, by a role of VM Import's",
        source: "VM Import/Export User Guide, Required service role",
        check: import,
    },
];

fn table(view: &View, met: &mut Met) {
    for block in view.resources("aws_dynamodb_table") {
        let declared: Vec<_> = listed(&block.value["attribute"]).iter().map(|it| text(&it["name"])).collect();
        let once: BTreeSet<_> = declared.iter().cloned().collect();
        let own = ["hash_key", "range_key"].map(|key| text(&block.value[key]));
        let indexes = listed(&block.value["global_secondary_index"]).into_iter();
        let of_indexes = indexes.flat_map(|it| listed(&it["key_schema"])).map(|key| text(&key["attribute_name"]));
        let keys: BTreeSet<_> = own.into_iter().chain(of_indexes).filter(|it| !it.is_empty()).collect();
        let by_request = block.value["billing_mode"] == "PAY_PER_REQUEST";
        let capacity = ["read_capacity", "write_capacity"].iter().any(|it| !block.value[it].is_null());
        met.hold(once == keys && once.len() == declared.len() && by_request && !capacity, block.address);
    }
}

fn bucket(view: &View, met: &mut Met) {
    for block in view.resources("aws_s3_bucket") {
        let of = |kind: &str| {
            let mut found = view.resources(kind).into_iter();
            found.find(|it| refers(&text(&it.value["bucket"]), "aws_s3_bucket", block.name))
        };
        let closed = of("aws_s3_bucket_public_access_block").is_some_and(|it| {
            ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]
                .iter()
                .all(|member| it.value[member] == true)
        });
        let encrypted = of("aws_s3_bucket_server_side_encryption_configuration").is_some();
        let refuses = of("aws_s3_bucket_policy").is_some_and(|it| {
            let written = text(&it.value["policy"]);
            view.data("aws_iam_policy_document").iter().any(|document| {
                let statement = &document.value["statement"];
                refers(&written, "aws_iam_policy_document", document.name)
                    && statement["effect"] == "Deny"
                    && statement["condition"]["variable"] == "aws:SecureTransport"
                    && texts(&statement["condition"]["values"]) == ["false"]
            })
        });
        met.hold(closed && encrypted && refuses, block.address);
    }
}

fn lifecycle(view: &View, met: &mut Met) {
    for block in view.resources("aws_s3_bucket_lifecycle_configuration") {
        let rules = listed(&block.value["rule"]);
        let mut ids: Vec<_> = rules.iter().map(|rule| text(&rule["id"])).collect();
        ids.sort();
        let days = rules.iter().all(|rule| {
            let days = number(&rule["expiration"]["days"])
                .or_else(|| number(&rule["abort_incomplete_multipart_upload"]["days_after_initiation"]));
            days.is_some_and(|days| days >= 1.0) && rule["filter"].is_object() && rule["status"] == "Enabled"
        });
        let distinct =
            ids.windows(2).all(|pair| pair[0] != pair[1]) && ids.iter().all(|id| (1..=255).contains(&id.len()));
        met.hold(days && distinct, block.address);
    }
}

fn force(view: &View, met: &mut Met) {
    for block in view.resources("aws_s3_bucket") {
        // Of a service of one's own it is the deployer's matter.
        let chosen =
            text(&block.value["force_destroy"]) == "${var.delete_data}" && view.default_of("delete_data") == false;
        met.hold(block.value["force_destroy"] == true || chosen, block.address);
    }
}

fn registry(view: &View, met: &mut Met) {
    for block in view.resources("aws_ecr_repository") {
        met.hold(
            block.value["force_delete"] == true && block.value["image_tag_mutability"] == "IMMUTABLE",
            block.address,
        );
    }
}

fn registry_policy(view: &View, met: &mut Met) {
    for block in view.resources("aws_ecr_lifecycle_policy") {
        let policy: serde_json::Value = serde_json::from_str(&text(&block.value["policy"])).unwrap_or_default();
        let rules = listed(&policy["rules"]);
        let any = rules.iter().filter(|rule| rule["selection"]["tagStatus"] == "any").count();
        let last = rules.last().is_some_and(|rule| any == 0 || rule["selection"]["tagStatus"] == "any");
        let counted = rules.iter().all(|rule| {
            rule["action"]["type"] == "expire"
                && rule["rulePriority"].as_u64().is_some_and(|it| it >= 1)
                && rule["selection"]["countNumber"].as_u64().is_some_and(|it| it >= 1)
        });
        met.hold(!rules.is_empty() && any <= 1 && last && counted, block.address);
    }
}

fn push(view: &View, met: &mut Met) {
    for block in view.resources("terraform_data").into_iter().filter(|it| it.name == "image") {
        let command = text(&block.value["provisioner"]["local-exec"]["command"]);
        let piped = command.contains("--password-stdin") && !command.contains("--password ");
        // `mktemp` alone makes an empty file, which skopeo refuses.
        let folder = command.contains("$(mktemp -d)") && !command.contains("$(mktemp)");
        met.hold(piped && folder, block.address);
    }
}

fn mount(view: &View, met: &mut Met) {
    for block in view.resources("aws_ecs_task_definition") {
        for volume in listed(&block.value["volume"]) {
            let settings = &volume["efs_volume_configuration"];
            let fits = settings["transit_encryption"] == "ENABLED"
                && settings["authorization_config"]["iam"] == "ENABLED"
                && !settings["authorization_config"]["access_point_id"].is_null()
                && settings["root_directory"].is_null();
            let mounted = listed(&view.configuration["locals"]["container"]["mountPoints"])
                .iter()
                .any(|point| point["sourceVolume"] == volume["name"]);
            met.hold(fits && mounted, &block.address);
        }
    }
}

fn mount_targets(view: &View, met: &mut Met) {
    let subnets = text(&view.configuration["locals"]["subnet_ids"]);
    for block in view.resources("aws_efs_mount_target") {
        let count = block.value["count"].as_u64().unwrap_or_default();
        met.hold(subnets.ends_with(&format!(", 0, {count})}}")), format!("{}: {count}", block.address));
    }
}

fn mount_order(view: &View, met: &mut Met) {
    if view.resources("aws_efs_mount_target").is_empty() {
        return;
    }
    for block in view.resources("aws_ecs_service") {
        let after = texts(&block.value["depends_on"]);
        let waits = view.resources("terraform_data").into_iter().any(|it| {
            after.contains(&it.address)
                && it.value["triggers_replace"].to_string().contains("aws_efs_mount_target.")
                && text(&it.value["provisioner"]["local-exec"]["command"]).starts_with("sleep ")
        });
        let allowed = after.iter().any(|it| it.starts_with("aws_efs_file_system_policy."));
        met.hold(waits && allowed, block.address);
    }
}

fn access_point(view: &View, met: &mut Met) {
    for block in view.resources("aws_efs_access_point") {
        let folder = &block.value["root_directory"]["creation_info"];
        let mode = text(&folder["permissions"]);
        let octal = (3..=4).contains(&mode.len()) && mode.chars().all(|digit| digit.is_digit(8));
        let same = folder["owner_uid"] == block.value["posix_user"]["uid"]
            && folder["owner_gid"] == block.value["posix_user"]["gid"];
        met.hold(octal && same, block.address);
    }
}

fn cache(view: &View, met: &mut Met) {
    for block in view.resources("aws_elasticache_serverless_cache") {
        let apart = text(&block.value["subnet_ids"]).ends_with("local.subnet_ids, 0, 2)}");
        let there = text(&view.configuration["locals"]["subnet_ids"]).ends_with(", 0, 2)}");
        let grouped =
            texts(&block.value["security_group_ids"]).iter().any(|it| it.contains("aws_security_group.cache."));
        // The instance's, the task's or the pod's environment.
        let named = view.configuration.to_string();
        let encrypted = named.contains("valkeys://${aws_elasticache_serverless_cache.") && !named.contains("valkey://");
        let bounded = number(&block.value["cache_usage_limits"]["data_storage"]["maximum"]) == Some(1.0);
        met.hold(apart && there && grouped && encrypted && bounded, block.address);
    }
}

fn cache_node(view: &View, met: &mut Met) {
    for block in view.resources("aws_elasticache_replication_group") {
        let value = block.value;
        // More than one would be charged for each.
        let alone = value["num_cache_clusters"] == 1
            && ["automatic_failover_enabled", "multi_az_enabled", "num_node_groups"]
                .iter()
                .all(|it| value[it].is_null());
        // Major and minor from 7 on (Terraform's provider), a version that AWS has and that supports TLS.
        let versioned =
            value["engine"] == "valkey" && ["7.2", "8.0", "8.1"].contains(&text(&value["engine_version"]).as_str());
        let typed =
            view.way.way.store.facts().instance.as_ref().is_some_and(|it| value["node_type"] == it.class.as_str());
        let placed = view.referred("aws_elasticache_subnet_group", &text(&value["subnet_group_name"]));
        let placed = placed.is_some_and(|group| texts(&group.value["subnet_ids"]) == ["${local.subnet_ids[0]}"]);
        let grouped = texts(&value["security_group_ids"]).iter().any(|it| it.contains("aws_security_group.cache."));
        let named = view.configuration.to_string();
        let encrypted = value["transit_encryption_enabled"] == true
            && named.contains("valkeys://${aws_elasticache_replication_group.counter.primary_endpoint_address}:")
            && !named.contains("valkey://");
        met.hold(alone && versioned && typed && placed && grouped && encrypted, block.address);
    }
}

/// Databases, which are instances, or clusters of them: each with its instances.
fn databases<'a>(view: &View<'a>) -> Vec<(Block<'a>, Vec<&'a Value>)> {
    let alone = view.resources("aws_db_instance").into_iter().map(|block| {
        let instances = vec![block.value];
        (block, instances)
    });
    let clusters = view.resources("aws_rds_cluster").into_iter().map(|block| {
        let instances = view.resources("aws_rds_cluster_instance").into_iter().map(|it| it.value);
        let own = instances.filter(|it| refers(&text(&it["cluster_identifier"]), "aws_rds_cluster", block.name));
        let own = own.collect();
        (block, own)
    });
    alone.chain(clusters).collect()
}

fn database(view: &View, met: &mut Met) {
    for (block, instances) in databases(view) {
        let value = block.value;
        let subnets = view.referred("aws_db_subnet_group", &text(&value["db_subnet_group_name"]));
        let apart = subnets.is_some_and(|it| text(&it.value["subnet_ids"]).ends_with("local.subnet_ids, 0, 2)}"));
        let there = text(&view.configuration["locals"]["subnet_ids"]).ends_with(", 0, 2)}");
        let grouped =
            texts(&value["vpc_security_group_ids"]).iter().any(|it| it.contains("aws_security_group.database."));
        let closed =
            value["storage_encrypted"] == true && instances.iter().all(|it| it["publicly_accessible"] == false);
        // The instance's, the task's, the pod's or the function's environment, which no plan shows.
        let named = text(&view.configuration["locals"]["store"]);
        let authority = instances.iter().all(|it| text(&it["ca_cert_identifier"]) == "rds-ca-ecc384-g1")
            && named.ends_with("?ca=${local.authorities[var.region]}")
            && view.configuration.to_string().contains("${sensitive(local.store)}");
        // A cluster has backups of a day at least.
        let kept = number(&value["backup_retention_period"]);
        let whole = value["skip_final_snapshot"] == true
            && (kept == Some(0.0) || kept == Some(1.0) && value["delete_automated_backups"] == true)
            && value["deletion_protection"] != true;
        let placed = apart && there && grouped;
        met.hold(placed && closed && authority && whole && !instances.is_empty(), block.address);
    }
}

/// Memory of classes, in bytes: RDS User Guide, "Hardware specifications for DB instance classes".
const CLASSES: [(&str, f64); 1] = [("db.t4g.micro", 1_073_741_824.0)];

/// Connections by the most capacity, in ACU: Aurora User Guide, "Maximum connections for Aurora Serverless v2".
const CAPACITIES: [(f64, f64); 1] = [(1.0, 189.0)];

fn connections(view: &View, met: &mut Met) {
    for (block, _) in databases(view) {
        let class = text(&block.value["instance_class"]);
        let capacity = number(&block.value["serverlessv2_scaling_configuration"]["max_capacity"]);
        let by_capacity = CAPACITIES.iter().find(|it| Some(it.0) == capacity).map(|it| it.1);
        // LEAST({DBInstanceClassMemory/9531392}, 5000).
        let by_class = CLASSES.iter().find(|it| it.0 == class).map(|it| (it.1 / 9_531_392.0).min(5_000.0));
        let Some(facts) = view.way.way.store.facts().connections else {
            met.hold(false, format!("{}: ways.toml bounds nothing", block.address));
            continue;
        };
        let takes = by_capacity.or(by_class).unwrap_or(0.0);
        met.hold(f64::from(facts.server) < takes, format!("{}: {class} {capacity:?}", block.address));
        // Tasks are replaced one by one, and so are pods: for a while there are two.
        let tasks = view.resources("aws_ecs_service").into_iter().map(|it| {
            let percent = number(&it.value["deployment_maximum_percent"]).unwrap_or(f64::INFINITY);
            number(&it.value["desired_count"]).unwrap_or(f64::INFINITY) * percent / 100.0
        });
        let most = tasks.fold(2.0, f64::max);
        met.hold(most <= f64::from(facts.processes()), format!("{}: {most} processes", block.address));
    }
}

fn aurora(view: &View, met: &mut Met) {
    for (block, instances) in databases(view).into_iter().filter(|it| it.0.address.starts_with("aws_rds_cluster.")) {
        let value = block.value;
        let range = &value["serverlessv2_scaling_configuration"];
        let range = ["min_capacity", "max_capacity"].map(|end| number(&range[end]).unwrap_or(f64::NAN));
        // In halves; none at least would pause it, and that the most is one at least.
        let [least, most] = range;
        let taken = range.iter().all(|it| (it * 2.0).fract() == 0.0) && 0.5 <= least && least <= most;
        let taken = taken && (1.0..=256.0).contains(&most);
        let facts = view.way.way.store.facts().instance.as_ref();
        let stated = facts.and_then(|it| it.acu).is_some_and(|it| {
            let own = [it.least, f64::from(it.most)];
            range.iter().zip(&own).all(|(one, other)| one.total_cmp(other).is_eq())
        });
        let classed = facts.is_some_and(|facts| {
            instances.len() == 1 && instances.iter().all(|it| it["instance_class"] == facts.class.as_str())
        });
        // Another than the instance's would be another engine.
        let engine = value["engine"] == "aurora-postgresql"
            && instances.iter().all(|it| text(&it["engine"]) == format!("${{{}.engine}}", block.address));
        // It would want two capacity units at least.
        let plain = instances.iter().all(|it| it["performance_insights_enabled"] != true);
        met.hold(taken && stated && classed && engine && plain, block.address);
    }
}

fn import(view: &View, met: &mut Met) {
    for block in view.resources("aws_ebs_snapshot_import") {
        let container = &block.value["disk_container"];
        let uploaded = view.referred("aws_s3_object", &text(&container["user_bucket"]["s3_key"])).is_some();
        let waits = texts(&block.value["depends_on"]).iter().any(|it| it.starts_with("aws_iam_role_policy."));
        let trusted = view.data("aws_iam_policy_document").iter().any(|it| {
            let condition = &listed(&it.value["statement"]["condition"]);
            it.name == "import_trust" && condition.iter().any(|it| texts(&it["values"]) == ["vmimport"])
        });
        met.hold(uploaded && waits && trusted && !container["format"].is_null(), block.address);
    }
}
