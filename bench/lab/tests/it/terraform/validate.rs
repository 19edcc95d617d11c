//! Terraform's own verdict on every composition of parts, where Terraform and the provider are installed.

use std::process::Command;

use require::require;
use serde_json::json;

use super::schema::SCHEMAS;
use super::tool::{Terraform, installed, write};
use super::{Rendered, change, compositions, kept_way, rendered};
use crate::support::root;

#[test]
fn terraform_validates_every_composition() {
    let Some(tools) = require("terraform", installed()) else { return };
    for tool in &tools {
        let mut ways = compositions();
        ways.retain(|way| tool.suits(&way.configuration));
        assert!(!ways.is_empty(), "no way may be used with {}", tool.version);
        let printed = validate(tool, &ways).unwrap_or_else(|error| panic!("{}: {error}", tool.version));
        assert!(!printed.contains("Warning"), "{}: {printed}", tool.version);
        println!("{} ways validated with {}", ways.len(), tool.version);
    }
}

/// What Terraform prints on ways, each a module of one configuration. The provider's block, which all have, stands in the
/// root: so the provider starts once, and not once a way.
pub(super) fn validate(tool: &Terraform, ways: &[Rendered]) -> Result<String, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut modules = serde_json::Map::new();
    let mut provider = None;
    for Rendered { name, configuration, .. } in ways {
        let module = format!("modules/{name}");
        std::fs::create_dir_all(folder.path().join(&module)).expect("a folder");
        let mut configuration = configuration.clone();
        let mut own = configuration.as_object_mut().and_then(|it| it.remove("provider")).expect("a provider");
        own["aws"]["default_tags"]["tags"]["lab:way"] = json!("a way");
        assert_eq!(provider.get_or_insert_with(|| own.clone()), &own, "{name} has the provider's block of all");
        write(&folder.path().join(&module).join("main.tf.json"), &configuration);
        let variables = configuration["variable"].as_object().expect("variables");
        let needed = variables.iter().filter(|(_, variable)| variable.get("default").is_none());
        // Of whatever type is needed.
        let given = needed.map(|(name, _)| (name.clone(), json!("${var.given}")));
        let source = ("source".to_owned(), json!(format!("./{module}")));
        modules.insert(name.clone(), given.chain([source]).collect());
    }
    let variables = json!({"given": {"type": "any"}, "name": {"type": "string"}, "region": {"type": "string"}});
    let root = json!({"variable": variables, "provider": provider, "module": modules});
    write(&folder.path().join("main.tf.json"), &root);
    tool.init(folder.path())?;
    tool.run(folder.path(), &["validate"], &[])
}

#[test]
fn terraform_refuses_a_wrong_way() {
    let Some(mut tools) = require("terraform", installed()) else { return };
    let tool = tools.remove(0);
    let mut way = kept_way(&rendered(), "lambda-s3");
    change(&mut way.configuration, "/resource/aws_lambda_function/counter", "memory_sise", Some(json!(128)));
    let error = validate(&tool, &[way]).expect_err("a wrong way is refused");
    assert!(error.contains("memory_sise"), "{error}");
}

#[test]
fn the_kept_schemas_are_what_the_installed_providers_say() {
    let Some(tools) = require("terraform", installed()) else { return };
    for tool in tools {
        if !SCHEMAS.iter().any(|schema| schema.version == tool.version) {
            println!("not compared: {}, of which infra/schema has none", tool.version);
            continue;
        }
        let compared = Command::new("python3")
            .args(["infra/schema/generate.py".as_ref(), "--check".as_ref(), tool.plugins.as_os_str()])
            .arg(tool.version.to_string())
            .env("LAB_TERRAFORM", &tool.program)
            .current_dir(root())
            .output()
            .expect("python3");
        assert!(compared.status.success(), "{}", String::from_utf8_lossy(&compared.stderr));
    }
}
