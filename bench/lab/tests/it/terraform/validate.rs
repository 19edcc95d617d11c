//! Terraform's own verdict on every composition of parts, where Terraform and the provider are installed.

use std::process::Command;
use std::sync::Mutex;

use require::require;
use serde_json::json;

use super::schema::SCHEMAS;
use super::tool::{installed, write};
use super::{change, compositions, configuration_of};
use crate::support::root;

/// Each validation starts the provider: as many at once as the smallest CI machine has cores.
const AT_ONCE: usize = 2;

#[test]
fn terraform_validates_every_composition() {
    let Some(tools) = require("terraform", installed()) else { return };
    for tool in &tools {
        let ways = Mutex::new(compositions());
        let validated = Mutex::new(0);
        let work = || {
            // All have the same providers: what the first one makes ready is there for the rest.
            let folder = tempfile::tempdir().expect("a folder");
            while let Some(way) = { ways.lock().expect("no panic").pop() } {
                if tool.suits(&way.configuration) {
                    write(&folder.path().join("main.tf.json"), &way.configuration);
                    let ready = match folder.path().join(".terraform").is_dir() {
                        true => Ok(String::new()),
                        false => tool.init(folder.path()),
                    };
                    let printed = ready.and_then(|_| tool.run(folder.path(), &["validate"], &[]));
                    let printed = printed.unwrap_or_else(|error| panic!("{}, {}: {error}", way.way, tool.version));
                    assert!(!printed.contains("Warning"), "{}, {}: {printed}", way.way, tool.version);
                    *validated.lock().expect("no panic") += 1;
                }
            }
        };
        std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
        let validated = validated.into_inner().expect("no panic");
        assert!(validated > 0, "no way may be used with {}", tool.version);
        println!("{validated} ways validated with {}", tool.version);
    }
}

#[test]
fn terraform_refuses_a_wrong_way() {
    let Some(mut tools) = require("terraform", installed()) else { return };
    let tool = tools.remove(0);
    let mut configuration = configuration_of("lambda-s3");
    change(&mut configuration, "/resource/aws_lambda_function/counter", "memory_sise", Some(json!(128)));
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("main.tf.json"), &configuration);
    tool.init(folder.path()).expect("ready");
    let error = tool.run(folder.path(), &["validate"], &[]).expect_err("a wrong way is refused");
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
