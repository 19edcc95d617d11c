//! What is wrong with an `app.toml` is one line with file, line and column.

use std::path::Path;

use app::{App, AttributeType, Runtime};

const WHOLE: &str = r#"name = "notes"
build = "npm ci"
ways = ["fargate", "lambda@512"]

[server]
command = "node server.js"
health = "/healthz"
single_threaded = true

[function]
package = "dist"
handler = "app.handler"
runtime = "python3.13"

[environment]
TABLE = "notes"

[[request]]
weight = 9
path = "/notes/${random:1..50}"
expect = [200, 404]

[[request]]
method = "POST"
path = "/notes"
headers = { content-type = "application/json" }
body = '{"id": "${counter}", "text": "${pick:tea|pot}"}'
expect = 201

[[table]]
name = "notes"
partition_key = "id:S"
ttl = "expires"
seed = "seed.json"

[[table.index]]
name = "by-owner"
partition_key = "owner:S"
sort_key = "at:N"
projection = "keys-only"

[[bucket]]
name = "notes-files"
seed = "files"

[check]
command = ["./check.sh", "--all"]

[traffic]
calls_per_month = 3e6
p99_ms = 50
"#;

fn refused(text: &str) -> String {
    App::parse(text, Path::new("x/app.toml")).expect_err(text).to_string()
}

#[test]
fn a_whole_app_is_read() {
    let app = App::parse(WHOLE, Path::new("app.toml")).expect("it is valid");
    let ways: Vec<_> = app.ways().iter().map(ToString::to_string).collect();
    assert_eq!(ways, ["fargate", "lambda@512"]);
    assert!(app.requests[0].expect.has(404) && !app.requests[0].expect.has(201));
    let table = app.tables().next().expect("a table");
    let request = table.create_request();
    assert_eq!(request["AttributeDefinitions"].as_array().map(Vec::len), Some(3));
    assert_eq!(request["GlobalSecondaryIndexes"][0]["Projection"]["ProjectionType"], "KEYS_ONLY");
    assert_eq!(table.partition_key.kind, AttributeType::S);
    for (way, stands_for) in [
        ("lambda@512", "lambda-python-dynamodb@512"),
        ("ec2", "ec2-python-dynamodb"),
        ("lambdaweb", "lambdaweb-python-dynamodb"),
        ("lambdaimage-alb", "lambdaimage-python-dynamodb-alb"),
    ] {
        assert_eq!(app.stand_in(way.parse().expect("a way")).to_string(), stands_for);
    }
    assert_eq!(Runtime::of_server(app.server.as_ref().expect("a server")).name(), "nodejs22.x");
    assert!(app.keeps_state());
}

#[test]
fn what_is_wrong_is_one_line_with_its_place() {
    for (from, to, message) in [
        ("handler = ", "handlr = ", "x/app.toml:12:1: unknown key `handlr`; nearest: `handler`"),
        ("[server]", "[serverr]", "x/app.toml:5:2: unknown key `serverr`; nearest: `server`"),
        ("\"POST\"", "\"POSTT\"", "x/app.toml:24:10: unknown word `POSTT`; nearest: `POST`"),
        ("\"id:S\"", "\"id\"", "x/app.toml:32:17: `id` is no key"),
        ("owner:S", "id:N", "x/app.toml:30:1: `id` of table `notes` has two types"),
        (
            "python3.13",
            "pyhton3.13",
            "x/app.toml:13:11: the local cloud has no runtime `pyhton3.13`; nearest: `python3.13`",
        ),
        ("weight = 9", "weight = 0", "x/app.toml:19:10: a weight is a whole number from 1"),
        ("${counter}", "${couter}", "x/app.toml:27:8: unknown `${couter}`; nearest: `counter`"),
        ("\"/notes/${random:1..50}\"", "\"notes\"", "x/app.toml:20:8: a path begins with `/`"),
        ("lambda@512", "lamda", "x/app.toml:3:8: no such way"),
        ("name = \"notes-files\"", "name = \"Notes\"", "x/app.toml:43:8: `Notes` is no bucket's name"),
        ("expect = 201", "expect = 42", "x/app.toml:28:10: a status is a number"),
        ("name = \"notes\"\nbuild", "name = \"No tes\"\nbuild", "x/app.toml:1:8: `No tes` is no name"),
    ] {
        assert!(WHOLE.contains(from), "{from}");
        let error = refused(&WHOLE.replacen(from, to, 1));
        assert!(error.starts_with(message) && !error.contains('\n'), "{from} → {to}: {error}");
    }
    assert!(refused("name = \"x\"\n[[request]]\npath = \"/\"\n").contains("neither a server nor a function"));
    assert!(refused("name = \"x\"\nrequest = []\n[server]\ncommand = \"x\"\n").contains("names no request"));
    assert!(refused("name = \"x\"\n[server\n").starts_with("x/app.toml:2:"));
    let function = "name = \"x\"\nways = [\"ec2\"]\n[function]\npackage = \"x.zip\"\nruntime = \"python3.13\"\n[[request]]\npath = \"/\"\n";
    assert!(refused(function).contains("x/app.toml:2:9: `ec2` runs a server"), "{}", refused(function));
}

#[test]
fn a_folder_without_one_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = App::read(folder.path()).expect_err("none").to_string();
    assert!(error.contains("app.toml; `lab init` writes a first one"), "{error}");
}
