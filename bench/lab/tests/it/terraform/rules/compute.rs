//! Instances, tasks and functions: which types, sizes and settings go together.

use serde_json::Value;
use ways::{Axis, Compute, InstanceFacts, InstanceType, Sizes, TaskSizes, model};

use super::package::is_image;
use super::view::{View, listed, number, refers, text, texts};
use super::{Met, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "an instance type is of the way's architecture",
        source: "EC2 Instance Types guide, Specifications",
        check: architecture,
    },
    Rule {
        name: "a type that bursts has standard credits, and no other type has any",
        source: "EC2 API Reference, CreditSpecificationRequest",
        check: credits,
    },
    Rule {
        name: "an instance's metadata needs a session",
        source: "EC2 User Guide, Configure the instance metadata options",
        check: metadata,
    },
    Rule {
        name: "user data have 16 KB at most",
        source: "EC2 User Guide, Run commands when you launch an instance",
        check: user_data,
    },
    Rule {
        name: "the root volume holds the image's disk",
        source: "EC2 API Reference, EbsBlockDevice.VolumeSize",
        check: root_volume,
    },
    Rule {
        name: "control plane and worker are of known types",
        source: "EC2 Instance Types guide, Specifications",
        check: node_types,
    },
    Rule { name: "a task is of a size that Fargate has", source: "ECS Developer Guide, Task size", check: task_size },
    Rule {
        name: "a task that does not fit is refused by the plan",
        source: "ECS Developer Guide, Task size",
        check: task_precondition,
    },
    Rule {
        name: "a Fargate task has an address of its own and both roles' needs",
        source: "ECS API Reference, RegisterTaskDefinition",
        check: task_network,
    },
    Rule {
        name: "a task's architecture is one of Fargate's words",
        source: "ECS API Reference, RuntimePlatform",
        check: task_architecture,
    },
    Rule {
        name: "a container stops within Fargate's two minutes",
        source: "ECS API Reference, ContainerDefinition.stopTimeout",
        check: stop_timeout,
    },
    Rule {
        name: "a service's capacity provider is its cluster's",
        source: "ECS API Reference, CapacityProviderStrategyItem",
        check: capacity,
    },
    Rule {
        name: "a deployment can go on: 100 percent at least, or an end before a start",
        source: "ECS API Reference, DeploymentConfiguration",
        check: deployment,
    },
    Rule {
        name: "a function's memory is within Lambda's bounds",
        source: "Lambda Developer Guide, Configure Lambda function memory",
        check: function_memory,
    },
    Rule {
        name: "a function's timeout is 15 minutes at most",
        source: "Lambda Developer Guide, Lambda quotas",
        check: function_timeout,
    },
    Rule {
        name: "a function's runtime is supported",
        source: "Lambda Developer Guide, Lambda runtimes",
        check: runtime,
    },
    Rule {
        name: "a function is of one architecture that Lambda has",
        source: "Lambda API Reference, CreateFunction",
        check: function_architecture,
    },
    Rule {
        name: "the Web Adapter is of the way's architecture, and starts the server of a managed runtime",
        source: "Lambda Web Adapter, Zip Packages; Lambda Developer Guide, Wrapper scripts",
        check: adapter,
    },
    Rule {
        name: "a function's environment has no reserved name",
        source: "Lambda Developer Guide, Defined runtime environment variables",
        check: environment,
    },
    Rule {
        name: "a log group is kept as long as CloudWatch offers",
        source: "CloudWatch Logs API Reference, PutRetentionPolicy",
        check: retention,
    },
];

/// What ways.toml has of an instance type.
pub(super) fn instance(name: &str) -> Option<&'static InstanceFacts> {
    InstanceType::named(name).map(InstanceType::facts)
}

/// The instance types that an instance may have: its own, or those of its variable.
pub(super) fn types_of(view: &View, value: &Value) -> Vec<String> {
    let written = text(value);
    match written.strip_prefix("${var.").and_then(|rest| rest.strip_suffix('}')) {
        Some(variable) => view.words_of(variable),
        None => vec![written],
    }
}

fn architecture(view: &View, met: &mut Met) {
    for block in view.resources("aws_instance") {
        let types = types_of(view, &block.value["instance_type"]);
        met.hold(!types.is_empty(), format!("{}: no types", block.address));
        for name in types {
            let fits = instance(&name).is_some_and(|instance| instance.arch == view.way.way.arch);
            met.hold(fits, format!("{}: {name}", block.address));
        }
    }
}

fn credits(view: &View, met: &mut Met) {
    // The provider leaves them out for a type that does not burst; kOps hands them on.
    for block in view.resources("aws_instance").into_iter().chain(view.resources("aws_launch_template")) {
        met.hold(block.value["credit_specification"]["cpu_credits"] == "standard", block.address);
    }
    for group in listed(&view.configuration["locals"]["kops"]) {
        let written = text(&group["spec"]["cpuCredits"]);
        if group["spec"]["role"] == "Node" {
            let words = view.words_of("node_type");
            let bursting = words.iter().filter(|name| instance(name).is_some_and(|it| it.credits_per_hour.is_some()));
            let listed = serde_json::to_string(&bursting.collect::<Vec<_>>()).expect("JSON");
            let fits = written == format!("${{contains({listed}, var.node_type) ? \"standard\" : null}}");
            met.hold(fits, format!("kOps' workers: {written}"));
        }
    }
}

fn metadata(view: &View, met: &mut Met) {
    for block in view.resources("aws_instance").into_iter().chain(view.resources("aws_launch_template")) {
        met.hold(block.value["metadata_options"]["http_tokens"] == "required", block.address);
    }
    for group in listed(&view.configuration["locals"]["kops"]).into_iter().filter(|it| it["kind"] == "InstanceGroup") {
        met.hold(group["spec"]["instanceMetadata"]["httpTokens"] == "required", &group["metadata"]["name"]);
    }
}

fn user_data(view: &View, met: &mut Met) {
    for block in view.resources("aws_instance") {
        let data = text(&block.value["user_data"]);
        // Base64 is what counts; references are resolved to 200 characters at most each.
        let size = (data.len() + 200 * data.matches("${").count()) * 4 / 3;
        met.hold(data.ends_with('\n') && size <= 16 * 1024, block.address);
    }
}

fn root_volume(view: &View, met: &mut Met) {
    for block in view.resources("aws_instance") {
        let size = number(&block.value["root_block_device"]["volume_size"]).unwrap_or_default() * 1024.0;
        let disk = super::images::of(view).map_or(f64::MAX, |image| number(&image["disk_mib"]).unwrap_or(f64::MAX));
        met.hold(disk <= size, format!("{}: a disk of {disk} MiB", block.address));
    }
}

fn node_types(view: &View, met: &mut Met) {
    for variable in ["control_plane_type", "node_type"] {
        let words = view.words_of(variable);
        if let Some(default) = view.default_of(variable).as_str() {
            met.hold(words.iter().any(|word| word == default), format!("var.{variable}: {default}"));
        }
        for name in words {
            let fits = instance(&name).is_some_and(|instance| instance.arch == view.way.way.arch);
            met.hold(fits, format!("var.{variable}: {name}"));
        }
    }
}

/// The memory that Fargate has with a vCPU, in MiB.
fn offered(vcpu: &str) -> Vec<u64> {
    let vcpu: f64 = vcpu.parse().unwrap_or_default();
    let Sizes::Task(rows) = &model().compute(Compute::Fargate).sizes else { return Vec::new() };
    let steps = |row: &TaskSizes| {
        let step = usize::try_from(row.step_mib).expect("small");
        (row.from_mib..=row.to_mib).step_by(step).map(u64::from).collect::<Vec<_>>()
    };
    rows.iter().filter(|row| (row.vcpu - vcpu).abs() < f64::EPSILON).flat_map(steps).collect()
}

fn task_size(view: &View, met: &mut Met) {
    for block in view.resources("aws_ecs_task_definition") {
        let sizes = view.configuration["locals"]["sizes"].as_object();
        for (vcpu, memory) in sizes.into_iter().flatten() {
            let memory: Vec<u64> = listed(memory).into_iter().filter_map(Value::as_u64).collect();
            met.hold(memory == offered(vcpu), format!("{}: {vcpu} vCPU", block.address));
        }
        let (vcpu, memory) = (view.default_of("vcpu"), view.default_of("memory_mib"));
        let fits = memory.as_u64().is_some_and(|memory| offered(&vcpu.to_string()).contains(&memory));
        met.hold(fits, format!("{}: {vcpu} vCPU with {memory} MiB", block.address));
    }
}

fn task_precondition(view: &View, met: &mut Met) {
    for block in view.resources("aws_ecs_task_definition") {
        let condition = text(&block.value["lifecycle"]["precondition"]["condition"]);
        let holds = ["local.sizes", "var.vcpu", "var.memory_mib"].iter().all(|word| condition.contains(word));
        met.hold(holds, block.address);
    }
}

fn task_network(view: &View, met: &mut Met) {
    for block in view.resources("aws_ecs_task_definition") {
        let value = block.value;
        let holds = value["network_mode"] == "awsvpc"
            && value["requires_compatibilities"] == serde_json::json!(["FARGATE"])
            && !value["execution_role_arn"].is_null();
        met.hold(holds, block.address);
    }
}

fn task_architecture(view: &View, met: &mut Met) {
    for block in view.resources("aws_ecs_task_definition") {
        let word = text(&block.value["runtime_platform"]["cpu_architecture"]);
        let holds = word == view.way.way.arch.word().to_uppercase() && ["X86_64", "ARM64"].contains(&word.as_str());
        met.hold(holds, block.address);
    }
}

fn stop_timeout(view: &View, met: &mut Met) {
    if let Some(seconds) = number(&view.configuration["locals"]["container"]["stopTimeout"]) {
        met.hold((2.0..=120.0).contains(&seconds), format!("{seconds} s"));
    }
}

fn capacity(view: &View, met: &mut Met) {
    let own: Vec<String> = view
        .resources("aws_ecs_cluster_capacity_providers")
        .iter()
        .flat_map(|block| texts(&block.value["capacity_providers"]))
        .collect();
    for block in view.resources("aws_ecs_service") {
        for strategy in listed(&block.value["capacity_provider_strategy"]) {
            let written = text(&strategy["capacity_provider"]);
            let named = written.split('"').filter(|word| word.starts_with("FARGATE")).collect::<Vec<_>>();
            let known = !named.is_empty() && named.iter().all(|name| own.iter().any(|own| own == name));
            met.hold(known, format!("{}: {written}", block.address));
        }
        met.hold(block.value["launch_type"].is_null(), format!("{}: both a strategy and a launch type", block.address));
    }
}

fn deployment(view: &View, met: &mut Met) {
    for block in view.resources("aws_ecs_service") {
        let percent = |field: &str| number(&block.value[field]).unwrap_or(-1.0);
        let (low, high) = (percent("deployment_minimum_healthy_percent"), percent("deployment_maximum_percent"));
        let goes_on = (low == 100.0 && high >= 200.0) || (low == 0.0 && high >= 100.0);
        met.hold(goes_on, format!("{}: {low} to {high} percent", block.address));
        // Two tasks of one process's count would count apart.
        let shares = ["dynamodb", "s3", "valkey", "postgres"].contains(&view.way.way.store.word());
        met.hold(shares || high == 100.0, format!("{}: two tasks with one count", block.address));
    }
}

fn function_memory(view: &View, met: &mut Met) {
    for block in view.resources("aws_lambda_function") {
        let written = text(&block.value["memory_size"]);
        let memory =
            if written == "${var.memory_mib}" { view.default_of("memory_mib") } else { &block.value["memory_size"] };
        let fits = number(memory).is_some_and(|memory| (128.0..=10_240.0).contains(&memory) && memory.fract() == 0.0);
        met.hold(fits, format!("{}: {memory}", block.address));
    }
    if view.resources("aws_lambda_function").iter().any(|block| block.name != "probe") {
        let condition = text(&view.configuration["variable"]["memory_mib"]["validation"]["condition"]);
        met.hold(condition.contains(">= 128") && condition.contains("<= 10240"), "var.memory_mib");
    }
}

fn function_timeout(view: &View, met: &mut Met) {
    for block in view.resources("aws_lambda_function") {
        let seconds = number(&block.value["timeout"]).unwrap_or(3.0);
        met.hold((1.0..=900.0).contains(&seconds), format!("{}: {seconds} s", block.address));
    }
}

/// Of the table of supported runtimes: those that no function may be made of within a year are left out.
const RUNTIMES: [&str; 8] =
    ["nodejs22.x", "nodejs24.x", "python3.12", "python3.13", "python3.14", "provided.al2023", "java21", "java25"];

fn runtime(view: &View, met: &mut Met) {
    for block in view.resources("aws_lambda_function").into_iter().filter(|it| !is_image(it.value)) {
        let (runtime, handler) = (text(&block.value["runtime"]), text(&block.value["handler"]));
        let fits =
            RUNTIMES.contains(&runtime.as_str()) && (runtime.starts_with("provided") == (handler == "bootstrap"));
        met.hold(fits, format!("{}: {runtime}, {handler}", block.address));
    }
}

fn function_architecture(view: &View, met: &mut Met) {
    for block in view.resources("aws_lambda_function") {
        let holds = texts(&block.value["architectures"]) == [view.way.way.arch.word()];
        met.hold(holds, block.address);
    }
}

fn adapter(view: &View, met: &mut Met) {
    let Some(adapter) = &view.way.way.compute.facts().adapter else { return };
    for block in view.resources("aws_lambda_function").iter().filter(|block| block.name != "probe") {
        let word = match view.way.way.arch.word() {
            "x86_64" => "X86",
            _ => "Arm64",
        };
        let layers = texts(&block.value["layers"]);
        let of_arch = layers.len() == 1 && layers[0].contains(&format!(":layer:LambdaAdapterLayer{word}:"));
        met.hold(of_arch, format!("{}: {layers:?}", block.address));
        let variables = &block.value["environment"]["variables"];
        let port = text(&variables[adapter.environment.port.as_str()]);
        let wraps = variables[adapter.environment.wrapper.as_str()] == adapter.wrapper.as_str();
        let managed = !text(&block.value["runtime"]).starts_with("provided");
        met.hold(port.parse::<u16>().is_ok() && wraps == managed, format!("{}: {variables}", block.address));
    }
}

/// Set by Lambda: a function's configuration may not set them.
const RESERVED: [&str; 14] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_TASK_ROOT",
];

fn environment(view: &View, met: &mut Met) {
    for block in view.resources("aws_lambda_function") {
        for name in block.value["environment"]["variables"].as_object().into_iter().flatten().map(|(name, _)| name) {
            met.hold(!RESERVED.contains(&name.as_str()), format!("{}: {name}", block.address));
        }
    }
}

fn retention(view: &View, met: &mut Met) {
    const DAYS: [u64; 23] =
        [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
    for block in view.resources("aws_cloudwatch_log_group") {
        let days = block.value["retention_in_days"].as_u64();
        met.hold(days.is_some_and(|days| DAYS.contains(&days)), format!("{}: {days:?}", block.address));
    }
    // Who writes to a group has it made here, or AWS makes one that stays.
    for block in view.resources("aws_lambda_function") {
        let group = text(&block.value["logging_config"]["log_group"]);
        let made = view
            .resources("aws_cloudwatch_log_group")
            .iter()
            .any(|it| refers(&group, "aws_cloudwatch_log_group", it.name));
        met.hold(made, format!("{}: its log group", block.address));
    }
}
