//! What `lab export` writes of a service of one's own, on every way: held to what the counter's Terraform is held to.

use std::path::Path;

use app::{App, AppWay};
use deploy::configuration::Configuration;
use export::{Exported, stand_ins};
use require::require;
use serde_json::json;

use super::applied::held;
use super::schema::SCHEMAS;
use super::stand_in::{self, REGION, StandIn};
use super::tool::{self, write};
use super::validate::validate;
use super::{Rendered, references, rules, schema};
use crate::support::{lab, root, runtime};

/// All that an `app.toml` can have which is deployed.
const WHOLE: &str = r#"
name = "shop"
[server]
command = ["node", "server.js", "--port", "$PORT", "--at=50%", "it's"]
health = "/ready"
single_threaded = true
[function]
package = "dist"
handler = "app.handler"
runtime = "nodejs22.x"
[environment]
ORDERS = "orders"
FILES = "s3://files/new"
TEXT = 'a "${text}" and 5 %{percent}'
[[request]]
path = "/"
[[table]]
name = "orders"
partition_key = "id:S"
sort_key = "at:N"
ttl = "expires"
[[table.index]]
name = "by-owner"
partition_key = "owner:S"
sort_key = "at:N"
projection = "keys-only"
[[table]]
name = "other.table"
partition_key = "id:S"
[[bucket]]
name = "files"
[[bucket]]
name = "0.fixed.example"
"#;

/// The same for older providers, whose indexes have no list of keys.
fn without_index() -> String {
    let (before, after) = WHOLE.split_once("[[table.index]]").expect("an index");
    let after = after.split_once("[[table]]").expect("another table").1;
    format!("{before}[[table]]{after}")
}

/// A server that keeps nothing, and is an executable.
const LEAN: &str = "name = \"lean\"\n[server]\ncommand = \"./lean\"\n[[request]]\npath = \"/\"\n";

fn app(text: &str) -> App {
    App::parse(text, Path::new("app.toml")).expect("it is valid")
}

fn exported(app: &App, way: AppWay) -> (Exported, Rendered) {
    let [table, bucket] = stand_ins(way);
    let of = |way| Configuration::of_any(way).expect("it is rendered");
    let rendered = export::Rendered { table: of(table), bucket: of(bucket) };
    let exported = export::export(app, way, rendered).unwrap_or_else(|error| panic!("{way}: {error}"));
    let configuration = exported.configuration.clone();
    (exported, Rendered { way: table, name: way.to_string(), configuration, accepted: json!({}) })
}

fn every(app: &App) -> Vec<Rendered> {
    AppWay::all().filter(|way| app.fits(*way).is_ok()).map(|way| exported(app, way).1).collect()
}

#[test]
fn every_export_keeps_the_rules_passes_the_schema_and_refers_to_what_is_there() {
    for (text, ways) in [(WHOLE, 38), (LEAN, 26)] {
        let every = every(&app(text));
        assert_eq!(every.len(), ways);
        for way in &every {
            let wrong = rules::broken(way);
            assert!(wrong.is_empty(), "{}:\n{}", way.name, wrong.join("\n"));
            let admitted = schema::admitted(&way.configuration);
            for of in SCHEMAS.iter().filter(|schema| admitted.matches(&schema.version)) {
                let complaints =
                    [of.compiled.complaints(&way.configuration), references::complaints(of, &way.configuration)];
                assert!(complaints.iter().all(Vec::is_empty), "{}:\n{complaints:#?}", way.name);
            }
            let text = way.configuration.to_string();
            for counters in ["counter", "lab-${var.name}", "hits", "STORE", "probe_", "nix build"] {
                let found = text.find(counters).map(|at| &text[at.saturating_sub(60)..(at + 60).min(text.len())]);
                assert_eq!(found, None, "{} has something of the counter's, `{counters}`", way.name);
            }
        }
    }
}

#[test]
fn an_export_has_what_app_toml_states() {
    let app = app(WHOLE);
    let (made, way) = exported(&app, "lambda@512".parse().expect("a way"));
    let resource = &way.configuration["resource"];
    let function = &resource["aws_lambda_function"]["app"];
    assert_eq!((&function["handler"], &function["runtime"]), (&json!("app.handler"), &json!("nodejs22.x")));
    let variables = &function["environment"]["variables"];
    assert_eq!(variables["ORDERS"], "${aws_dynamodb_table.orders.name}");
    assert_eq!(variables["FILES"], "s3://${aws_s3_bucket.files.bucket}/new");
    assert_eq!(variables["TEXT"], "a \"$${text}\" and 5 %%{percent}");
    assert_eq!(way.configuration["variable"]["memory_mib"]["default"], 512);
    let orders = &resource["aws_dynamodb_table"]["orders"];
    assert_eq!((&orders["hash_key"], &orders["range_key"]), (&json!("id"), &json!("at")));
    let index = &orders["global_secondary_index"][0];
    assert_eq!(
        (&index["projection_type"], &index["key_schema"][0]["attribute_name"]),
        (&json!("KEYS_ONLY"), &json!("owner"))
    );
    assert_eq!(orders["attribute"].as_array().map(Vec::len), Some(3));
    assert_eq!(orders["ttl"]["attribute_name"], "expires");
    // What no variable names can have no other name.
    assert_eq!(resource["aws_dynamodb_table"]["other_table"]["name"], "other.table");
    assert_eq!(resource["aws_s3_bucket"]["store_0_fixed_example"]["bucket"], "0.fixed.example");
    assert!(made.notes.len() == 1 && made.notes[0].contains("`0.fixed.example`"), "{:?}", made.notes);

    let (made, way) = exported(&app, "lambdaweb".parse().expect("a way"));
    let function = &way.configuration["resource"]["aws_lambda_function"]["app"];
    assert_eq!((&function["handler"], &function["runtime"]), (&json!("run.sh"), &json!("nodejs22.x")));
    assert_eq!(function["environment"]["variables"]["PORT"], function["environment"]["variables"]["AWS_LWA_PORT"]);
    assert_eq!(function["environment"]["variables"]["AWS_LWA_READINESS_CHECK_PATH"], "/ready");
    let (name, script) = &made.files[0];
    assert!(*name == "run.sh" && script.contains("exec node server.js --port \"$PORT\""), "{script}");

    let (made, way) = exported(&app, "lambdaimage".parse().expect("a way"));
    let function = &way.configuration["resource"]["aws_lambda_function"]["app"];
    assert_eq!((&function["package_type"], &function["handler"]), (&json!("Image"), &json!(null)));
    assert_eq!(function["environment"]["variables"]["ORDERS"], "${aws_dynamodb_table.orders.name}");
    let (name, dockerfile) = &made.files[0];
    assert!(*name == "Dockerfile" && dockerfile.ends_with("CMD [\"app.handler\"]\n"), "{dockerfile}");
    assert!(
        made.readme.contains("docker build --platform linux/amd64 --tag shop --file Dockerfile ../dist"),
        "{}",
        made.readme
    );

    let (_, way) = exported(&app, "ec2".parse().expect("a way"));
    let user_data = way.configuration["resource"]["aws_instance"]["app"]["user_data"].as_str().expect("a script");
    for line in [
        "PORT=\"80\"\n",
        "TEXT=\"a \\\"$${text}\\\" and 5 %%{percent}\"\n",
        "ExecStart=/usr/bin/env node server.js --port 80 \"--at=50%%\" \"it's\"\n",
    ] {
        assert!(user_data.contains(line), "{line}{user_data}");
    }
}

#[test]
fn terraform_validates_every_export_and_plans_one() {
    let Some(tools) = require("terraform", tool::installed()) else { return };
    for tool in &tools {
        for text in [&without_index(), LEAN] {
            let mut ways = every(&app(text));
            ways.retain(|way| tool.suits(&way.configuration) && way.way.arch == ways::model().defaults.arch);
            let printed = validate(tool, &ways).unwrap_or_else(|error| panic!("{}: {error}", tool.version));
            assert!(!printed.contains("Warning"), "{}: {printed}", tool.version);
        }
        let Some(server) = require("moto", stand_in::installed()) else { return };
        // Beside each other, of the same name in an account each: the provider waits a minute for a bucket's lifecycle rules.
        let apply = &|way| applied(tool, &StandIn::start(&server), way).map_err(|error| format!("{way}: {error}"));
        let [lambda, ec2] = std::thread::scope(|scope| {
            let both = ["lambda", "ec2-alb"].map(|way| scope.spawn(move || apply(way)));
            both.map(|way| way.join().expect("no panic"))
        });
        lambda.and(ec2).unwrap_or_else(|error| panic!("{}: {error}", tool.version));
    }
}

/// Applies what the command writes, and destroys it.
fn applied(tool: &tool::Terraform, stand_in: &StandIn, way: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let (service, folder) = (folder.path().to_str().expect("text"), folder.path().join("infra"));
    std::fs::write(folder.with_file_name("app.toml"), without_index()).expect("written");
    let output = lab(&["export", "--app", service, way]).output().expect("the lab runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let again = lab(&["export", "--app", service, way]).output().expect("the lab runs");
    assert_eq!(again.status.code(), Some(2), "it writes over nothing");
    let (artifact, name) = (folder.join("artifact"), "shop");
    std::fs::write(&artifact, "an artifact").expect("written");
    let mut values = json!({ "region": REGION, "artifact": artifact, "delete_data": true });
    if way.starts_with("ec2") {
        // One of those that the stand-in has.
        values["image"] = json!("ami-04681a1dbd79675a5");
    }
    write(&folder.join("terraform.tfvars.json"), &values);
    StandIn::write_beside(&folder, name);
    let environment = [
        ("AWS_ENDPOINT_URL", stand_in.url.as_str()),
        ("HTTP_PROXY", stand_in.url.as_str()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ACCESS_KEY_ID", name),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    tool.init(&folder)?;
    tool.run(&folder, &["apply", "-input=false", "-auto-approve"], &environment)?;
    let made = held(&folder, None)?;
    for address in ["aws_dynamodb_table.orders", "aws_s3_bucket.files"] {
        assert!(made.iter().any(|line| line == address), "{made:?}");
    }
    tool.run(&folder, &["destroy", "-input=false", "-auto-approve"], &environment)?;
    let left = runtime().block_on(stand_in.tagged(name));
    if left.is_empty() { Ok(()) } else { Err(format!("left: {left:?}")) }
}

#[test]
fn the_examples_can_be_exported_on_each_of_their_ways() {
    for entry in std::fs::read_dir(root().join("examples")).expect("examples").flatten().filter(|it| it.path().is_dir())
    {
        let app = App::read(&entry.path()).expect("it is valid");
        for way in app.ways() {
            let (made, rendered) = exported(&app, way);
            assert_eq!(made.notes, Vec::<String>::new(), "{}", app.name);
            assert!(rules::broken(&rendered).is_empty(), "{} of {}", way, app.name);
        }
    }
}
