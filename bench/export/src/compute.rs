//! What runs the service, in the place of what runs the counter.

use app::{App, AppWay, Runtime, Server};
use serde_json::{Map, Value, json};
use ways::{ArtifactKind, Axis, Compute, Kind, model};

use crate::ExportError;
use crate::block::{at, object, remove};
use crate::environment::{Environment, literal};
use crate::image;
use crate::instance;
use crate::store::Stores;

/// Where a server listens in a container, and in a function.
fn port() -> u16 {
    model().service.port
}

/// Puts the service there, and gives the files that belong to what is deployed.
pub(crate) fn put(
    app: &App,
    way: AppWay,
    environment: &Environment,
    stores: &Stores<'_>,
    with_bucket: &Value,
    configuration: &mut Value,
) -> Result<Vec<(&'static str, String)>, ExportError> {
    match (way.compute(), &app.server, &app.function) {
        (Compute::Lambda, _, Some(it)) => {
            allow(configuration, "function", stores)?;
            let function = function(configuration)?;
            function.insert("handler".to_owned(), json!(it.handler));
            function.insert("runtime".to_owned(), json!(it.runtime.name()));
            function.insert("environment".to_owned(), json!({ "variables": environment.variables() }));
        }
        (Compute::Lambdaimage, _, Some(it)) => {
            allow(configuration, "function", stores)?;
            function(configuration)?.insert("environment".to_owned(), json!({ "variables": environment.variables() }));
            return Ok(vec![image::of_function(it)]);
        }
        (Compute::Lambdaweb, Some(server), _) => {
            allow(configuration, "function", stores)?;
            return adapted(way, server, environment, configuration);
        }
        (Compute::Fargate, Some(server), _) => {
            allow(configuration, "task", stores)?;
            task(server, environment, configuration)?;
        }
        (Compute::K8s, Some(server), _) => {
            let statements = at(configuration, "/locals/node_statements")?;
            stores.allow(statements);
            pods(server, environment, configuration)?;
            nodes(configuration)?;
        }
        (Compute::Eks, Some(server), _) => {
            allow(configuration, "pod", stores)?;
            pods(server, environment, configuration)?;
            health_check(server, configuration);
        }
        (Compute::Ec2, Some(server), _) => {
            allow(configuration, "instance", stores)?;
            let port = way.compute().facts().port.unwrap_or_else(port);
            instance::put(app, (server, port), environment, with_bucket, configuration)?;
        }
        _ => return Err(ExportError::Unfit(app.fits(way).err().unwrap_or_default())),
    }
    Ok(Vec::new())
}

/// Allows a role what the service does with its stores. A policy without a statement is none.
fn allow(configuration: &mut Value, role: &str, stores: &Stores<'_>) -> Result<(), ExportError> {
    let statements = at(configuration, &format!("/data/aws_iam_policy_document/{role}/statement"))?;
    stores.allow(statements);
    if statements.as_array().is_some_and(Vec::is_empty) {
        remove(configuration, "data", "aws_iam_policy_document", role);
        remove(configuration, "resource", "aws_iam_role_policy", role);
        let gone = json!(format!("aws_iam_role_policy.{role}"));
        for kind in crate::block::kinds(configuration, "resource") {
            let waiting = kind.values_mut().filter_map(|block| block.get_mut("depends_on")?.as_array_mut());
            waiting.for_each(|after| after.retain(|it| *it != gone));
        }
    }
    Ok(())
}

fn function(configuration: &mut Value) -> Result<&mut Map<String, Value>, ExportError> {
    object(configuration, "/resource/aws_lambda_function/counter")
}

/// A server in a function, behind AWS's Web Adapter.
fn adapted(
    way: AppWay,
    server: &Server,
    environment: &Environment,
    configuration: &mut Value,
) -> Result<Vec<(&'static str, String)>, ExportError> {
    let facts = way.compute().facts();
    let Some(adapter) = &facts.adapter else { return Err(ExportError::Unfit(format!("`{way}` has no adapter"))) };
    let (names, port) = (&adapter.environment, port().to_string());
    let runtime = Runtime::of_server(server);
    let script = script(server, &runtime);
    let handler = script.as_ref().map_or("bootstrap", |(name, _)| *name);
    let mut variables = environment.variables();
    variables.insert(names.ready.clone(), literal(&server.health));
    variables.insert(names.port.clone(), port.clone());
    variables.insert(server.port.clone(), port);
    if handler != "bootstrap" {
        variables.insert(names.wrapper.clone(), adapter.wrapper.clone());
    }
    let function = function(configuration)?;
    function.insert("handler".to_owned(), json!(handler));
    function.insert("runtime".to_owned(), json!(runtime.name()));
    function.insert("environment".to_owned(), json!({ "variables": variables }));
    Ok(script.into_iter().collect())
}

/// What starts a server in a function, unless its executable does by itself: `run.sh` for a managed runtime, `bootstrap` for
/// an executable with arguments. Both are run in the package's folder.
fn script(server: &Server, runtime: &Runtime) -> Option<(&'static str, String)> {
    let own = runtime.name().starts_with("provided");
    let arguments = server.command.arguments();
    if own && arguments.is_empty() {
        return None;
    }
    let program = server.command.program();
    let (search, program) = match program.split_once('/') {
        // A virtual environment's interpreter is this machine's; its packages are found by Lambda's.
        Some((folder @ (".venv" | "venv"), _)) => {
            let packages =
                format!("for it in {folder}/lib/python3*/site-packages; do export PYTHONPATH=$PWD/$it; done\n");
            let name = program.rsplit('/').next().unwrap_or(program);
            let program =
                if name.starts_with("python") { "python3".to_owned() } else { format!("python3 -m {}", quoted(name)) };
            (packages, program)
        }
        _ => (String::new(), quoted(program)),
    };
    let words: Vec<String> = arguments.iter().map(|word| with_port(word, &server.port)).collect();
    let name = if own { "bootstrap" } else { "run.sh" };
    Some((name, format!("#!/bin/sh\ncd \"$LAMBDA_TASK_ROOT\" || exit\n{search}exec {program} {}\n", words.join(" "))))
}

/// A word for a shell in which `$PORT`, and nothing else, is expanded.
fn with_port(word: &str, port: &str) -> String {
    let parts: Vec<String> = word
        .split(&format!("${port}"))
        .map(|part| if part.is_empty() { String::new() } else { quoted(part) })
        .collect();
    parts.join(&format!("\"${port}\""))
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A task on Fargate.
fn task(server: &Server, environment: &Environment, configuration: &mut Value) -> Result<(), ExportError> {
    let port = port().to_string();
    let container = object(configuration, "/locals/container")?;
    let more = [("AWS_REGION", "${var.region}"), (server.port.as_str(), port.as_str())];
    container.insert("environment".to_owned(), environment.of_container(&more));
    // It may write where it could on this machine.
    container.insert("readonlyRootFilesystem".to_owned(), json!(false));
    health_check(server, configuration);
    Ok(())
}

/// A balancer's health check: as the lab's own, any answer below 500 is one of a server that is ready, as far as the
/// balancer's protocol has it.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html>
pub(crate) fn health_check(server: &Server, configuration: &mut Value) {
    let Some(group) = configuration.pointer_mut("/resource/aws_lb_target_group/counter") else { return };
    let of_application = group["protocol"] == "HTTP";
    if let Some(check) = group.get_mut("health_check") {
        check["path"] = json!(literal(&server.health));
        check["matcher"] = json!(if of_application { "200-499" } else { "200-399" });
    }
}

/// What kubectl puts on a cluster.
fn pods(server: &Server, environment: &Environment, configuration: &mut Value) -> Result<(), ExportError> {
    let port = port().to_string();
    let health = literal(&server.health);
    let items = at(configuration, "/locals/manifests/items")?.as_array_mut();
    for item in items.into_iter().flatten() {
        if let Some(path) = item.pointer_mut("/metadata/annotations/alb.ingress.kubernetes.io~1healthcheck-path") {
            *path = json!(health);
        }
        let Some(container) = item.pointer_mut("/spec/template/spec/containers/0") else { continue };
        let more = [("AWS_REGION", "${var.region}"), (server.port.as_str(), port.as_str())];
        container["env"] = environment.of_container(&more);
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            container[probe]["httpGet"]["path"] = json!(health);
        }
        // The node is its own, and it may write where it could on this machine.
        if let Some(resources) = container["resources"].as_object_mut() {
            resources.remove("limits");
        }
        container["securityContext"]["readOnlyRootFilesystem"] = json!(false);
    }
    if let Some(outputs) = configuration["output"].as_object_mut() {
        outputs.remove("store");
    }
    Ok(())
}

/// What kOps gives its nodes, where that is nothing; and what is documented of them.
fn nodes(configuration: &mut Value) -> Result<(), ExportError> {
    if configuration["locals"]["node_statements"].as_array().is_some_and(Vec::is_empty) {
        object(configuration, "/locals")?.remove("node_statements");
        configuration["output"]["node_policy"] = json!({ "value": "${null}" });
        for object in configuration["locals"]["kops"].as_array_mut().into_iter().flatten() {
            if let Some(spec) = object["spec"].as_object_mut() {
                spec.remove("additionalPolicies");
            }
        }
    }
    for (variable, description) in [
        ("context", "A context of kubectl's: an existing cluster, which the service is put on. Empty: kOps makes one."),
        ("node_image", "The worker's image: an AMI's id. Empty: kOps' own."),
    ] {
        object(configuration, &format!("/variable/{variable}"))?.insert("description".to_owned(), json!(description));
    }
    Ok(())
}

/// What the artifact is, in one sentence, and how all is used, in Markdown.
pub(crate) fn described(app: &App, way: AppWay) -> (String, String) {
    let platform = format!("linux/{}", way.arch().facts().oci);
    let (what, file, build) = match (way.compute().facts().artifact, &app.server, &app.function) {
        (ArtifactKind::Zip, _, Some(function)) if way.service() == Kind::Function => {
            let package = function.package.display();
            let zipped = function.package.extension().is_some_and(|it| it == "zip");
            let build = match (zipped, function.runtime.name().starts_with("provided")) {
                (true, _) => String::new(),
                (false, true) => format!("cp ../{package} bootstrap && zip -q function.zip bootstrap\n"),
                (false, false) => format!("(cd ../{package} && zip -qr \"$OLDPWD/function.zip\" .)\n"),
            };
            let file = if zipped { format!("../{package}") } else { "function.zip".to_owned() };
            ("The zip of the function.", file, build)
        }
        (ArtifactKind::Zip, Some(server), _) => {
            let build = match script(server, &Runtime::of_server(server)) {
                Some((name, _)) => format!(
                    "(cd .. && zip -qr infra/server.zip . -x 'infra/*' '.git/*') && zip -qj server.zip {name}\n"
                ),
                None => format!("cp ../{} bootstrap && zip -q server.zip bootstrap\n", server.command.program()),
            };
            ("The zip of the server, with what starts it.", "server.zip".to_owned(), build)
        }
        (ArtifactKind::ContainerImage, _, Some(function)) if way.service() == Kind::Function => {
            let what = "The archive of the function's container image, as `docker save` writes it.";
            (what, "image.tar".to_owned(), image::build(function, &app.name, &platform))
        }
        (ArtifactKind::ContainerImage, ..) => (
            "The archive of its container image, as `docker save` writes it; it listens at the port that its variable has.",
            "image.tar".to_owned(),
            format!(
                "docker build --platform {platform} --tag {0} .. && docker save {0} --output image.tar\n",
                app.name
            ),
        ),
        _ => (
            "A `.tar.gz` of what its folder has on the instance, for Amazon Linux 2023.",
            "server.tar.gz".to_owned(),
            format!(
                "tar -czf server.tar.gz --exclude=./infra --exclude=./.git -C .. .\n\
                 image=$(aws ssm get-parameter --query Parameter.Value --output text --name {})\n",
                instance::image_parameter(way.arch())
            ),
        ),
    };
    let image = if way.compute().facts().artifact == ArtifactKind::DiskImage { " -var image=\"$image\"" } else { "" };
    let after = match way.compute() {
        Compute::K8s => {
            "\nWhat follows is kOps' and kubectl's: `tofu output -raw kops_spec` is the cluster, `tofu output -raw manifests` \
             what is on it.\n"
        }
        Compute::Eks => {
            "\nWhat follows is kubectl's: `aws eks update-kubeconfig --name $(tofu output -raw cluster_name)`, then `tofu output \
             -raw manifests | kubectl apply -f -`.\n"
        }
        _ => "",
    };
    let readme = format!(
        "# `{way}` of `{}`\n\nWritten by `lab export`; where this is the folder `infra` of the service's. `artifact`: {what}\n\n```sh\n{build}tofu init\ntofu plan -var region={} -var \
         artifact={file}{image}\n```\n{after}\nSeeds are not deployed. What a role may do is all that a service does with items \
         and objects: take out what yours does not.\n",
        app.name,
        model().region(),
    );
    (what.to_owned(), readme)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn started(command: &str) -> Option<(&'static str, String)> {
        let text = format!("name = \"x\"\n[server]\ncommand = {command}\n[[request]]\npath = \"/\"\n");
        let app = App::parse(&text, Path::new("app.toml")).expect("it is valid");
        let server = app.server.expect("a server");
        script(&server, &Runtime::of_server(&server))
    }

    #[test]
    fn an_interpreter_is_lambdas_and_an_executable_starts_itself() {
        assert_eq!(started("\"./server\""), None);
        let (name, script) = started(r#"".venv/bin/python -m uvicorn main:app --port $PORT""#).expect("a script");
        assert_eq!(name, "run.sh");
        assert!(
            script.contains("PYTHONPATH") && script.ends_with("exec python3 -m uvicorn main:app --port \"$PORT\"\n"),
            "{script}"
        );
        let (_, script) = started(r#"["node", "my server.js"]"#).expect("a script");
        assert!(script.ends_with("exec node 'my server.js'\n"), "{script}");
        let (name, script) = started(r#"["./server", "--at", "it's:$PORT"]"#).expect("a script");
        assert!(name == "bootstrap" && script.ends_with("exec ./server --at 'it'\\''s:'\"$PORT\"\n"), "{script}");
    }
}
