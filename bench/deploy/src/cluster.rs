//! What comes after Terraform on Kubernetes, as a plan tells it: no plan of Terraform's has it.

use std::fmt::Write;

use serde_json::{Map, Value};

/// The objects that kOps and kubectl are given, of a way's Terraform; empty where it has none.
///
/// kOps is left out where the cluster exists: where `variables` have a context.
pub(super) fn told(terraform: &Map<String, Value>, variables: &Map<String, Value>) -> String {
    let local = |path: &str| terraform.get("locals").and_then(|locals| locals.pointer(path)).and_then(Value::as_array);
    let mut told = String::new();
    if let Some(objects) = local("/kops").filter(|_| !variables.contains_key("context")) {
        told += "\nand then kOps, with a network, roles and security groups of the cluster's own:\n\n";
        for object in objects {
            let spec = &object["spec"];
            let size = match (spec["minSize"].as_u64(), spec["machineType"].as_str()) {
                (Some(count), Some(kind)) => format!(": {count} × {}", resolved(kind, terraform)),
                _ => String::new(),
            };
            line(&mut told, object, &size);
        }
    }
    if let Some(objects) = local("/manifests/items") {
        told += "\nand kubectl, in the cluster:\n\n";
        objects.iter().for_each(|object| line(&mut told, object, ""));
    }
    told
}

fn line(told: &mut String, object: &Value, more: &str) {
    let (kind, name) = (object["kind"].as_str().unwrap_or_default(), object["metadata"]["name"].as_str());
    let name = name.unwrap_or_default().replace("${var.name}", "NAME");
    // A string takes all.
    let _ = writeln!(told, "  {kind} {name}{more}");
}

/// `${var.NAME}` by the variable's default; other words as they are.
fn resolved<'a>(word: &'a str, terraform: &'a Map<String, Value>) -> &'a str {
    let variable = word.strip_prefix("${var.").and_then(|rest| rest.strip_suffix('}'));
    let default = variable.and_then(|variable| terraform.get("variable")?.get(variable)?.get("default")?.as_str());
    default.unwrap_or(word)
}
