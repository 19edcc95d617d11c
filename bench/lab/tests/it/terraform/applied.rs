//! Every way applied, listed and destroyed with the real provider against the stand-in: nothing is left.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use deploy::configuration::Configuration;
use deploy::options::Options;
use deploy::permissions::{Permissions, Place};
use require::require;
use serde_json::{Value, json};
use ways::{ArtifactKind, Axis, Language, model};

use super::registry::{self, Registry};
use super::stand_in::{self, REGION, StandIn};
use super::tool::{self, Terraform, write};
use super::{Rendered, kept, kept_way, rendered};
use crate::support::{root, runtime};

/// How much is made at once: most of it waits (a minute for each bucket's lifecycle rules, and for EKS's balancer).
const AT_ONCE: &str = "-parallelism=50";

/// The key of what a way's own commands call. Terraform's calls have the way's.
const COMMANDS: &str = "commands";

/// The values of a way's variables. The Rust ways have all the options, the others none: both are tried.
fn variables(way: &Rendered, folder: &Path) -> Value {
    let every = way.way.language == Language::Rust;
    let zip = folder.join("function.zip");
    std::fs::write(&zip, empty_zip()).expect("written");
    let mut values = json!({
        "name": name(way), "region": REGION, "artifact": artifact(way, folder), "own_vpc": every, "spot": every,
        "probe": if every { zip.display().to_string() } else { String::new() }, "api_access": ["192.0.2.1/32"],
    });
    let declared = way.configuration["variable"].as_object().expect("variables");
    values.as_object_mut().expect("values").retain(|name, _| declared.contains_key(name));
    values
}

/// What a way deploys, of the kind that its compute takes: a zip, an image's archive, or a disk of the evaluated image's
/// format, which the stand-in checks as AWS does.
fn artifact(way: &Rendered, folder: &Path) -> PathBuf {
    let at = |name: &str| folder.join(name);
    match way.way.compute.facts().artifact {
        // In the Terraform itself; the variable is not declared.
        ArtifactKind::Templates => folder.to_owned(),
        ArtifactKind::Zip => at("function.zip"),
        ArtifactKind::ContainerImage => {
            registry::archive(&at("image.tar"), "counter");
            at("image.tar")
        }
        ArtifactKind::DiskImage => {
            let images = std::fs::read_to_string(root().join("infra/rendered/images.json")).expect("images.json");
            let images: Value = serde_json::from_str(&images).expect("JSON");
            let extension = images[way.way.compute.word()]["extension"].as_str().expect("an extension");
            // A VHD ends with a footer of 512 bytes, which begins with its creator's word.
            let disk = [&[0; 4096][..], b"conectix", &[0; 504]].concat();
            let path = at(&format!("disk.{extension}"));
            std::fs::write(&path, disk).expect("written");
            path
        }
    }
}

/// A name for the deployment of at most 20 characters.
fn name(way: &Rendered) -> String {
    let number = model().ways().position(|one| one == way.way).expect("a way");
    format!("test-{number}")
}

/// A zip with one empty file.
fn empty_zip() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("bootstrap", zip::write::SimpleFileOptions::default()).expect("in memory");
    writer.finish().expect("in memory").into_inner()
}

/// The resources that a plan makes of a module: each an address and its values.
fn planned(plan: &Value, module: &str) -> Vec<(String, Value)> {
    let modules = plan["planned_values"]["root_module"]["child_modules"].as_array().into_iter().flatten();
    let of_module = modules.filter(|one| one["address"] == module);
    let made = of_module.flat_map(|one| one["resources"].as_array().into_iter().flatten());
    let made = made.filter(|one| one["mode"] == "managed");
    made.map(|one| (one["address"].as_str().expect("an address").to_owned(), one["values"].clone())).collect()
}

/// The resources that the state holds of a module, of which each has as many names as instances. Its file is read: to show
/// it, Terraform starts the provider, which takes longer than all that is looked at.
pub(super) fn held(folder: &Path, module: Option<&str>) -> Result<Vec<String>, String> {
    let text =
        std::fs::read_to_string(folder.join("terraform.tfstate")).map_err(|error| format!("the state: {error}"))?;
    let state: Value = serde_json::from_str(&text).map_err(|error| format!("the state: {error}"))?;
    let resources = state["resources"].as_array().ok_or("the state lists no resources")?;
    let managed = resources.iter().filter(|one| one["mode"] == "managed" && one["module"].as_str() == module);
    let names = managed.flat_map(|one| {
        let instances = one["instances"].as_array().map_or(0, Vec::len);
        let part = |key: &str| one[key].as_str().unwrap_or_default();
        std::iter::repeat_n(format!("{}.{}", part("type"), part("name")), instances)
    });
    Ok(names.collect())
}

/// Writes ways as modules of one configuration: so Terraform reads the provider's schema once a command, and not once a way,
/// and what one of them waits for keeps no other.
fn write_all(ways: &[Rendered], folder: &Path) {
    let mut modules = serde_json::Map::new();
    for way in ways {
        let source = format!("./modules/{}", way.name);
        let module = folder.join(&source);
        std::fs::create_dir_all(&module).expect("a folder");
        write(&module.join("main.tf.json"), &way.configuration);
        StandIn::write_beside(&module, &name(way));
        let mut call = variables(way, &module);
        call["source"] = json!(source);
        modules.insert(way.name.clone(), call);
    }
    write(&folder.join("main.tf.json"), &json!({ "module": modules }));
}

/// Applies ways, looks at what is there of each, destroys them, and looks again. How much was listed, and what is wrong, a
/// line each.
fn check(
    tool: &Terraform,
    stand_in: &StandIn,
    registry: &Registry,
    ways: &[Rendered],
) -> Result<(usize, Vec<String>), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write_all(ways, folder);
    let [(proxy, proxied), (certificate, trusted)] = registry.environment();
    let environment = [
        ("AWS_ENDPOINT_URL", stand_in.url.as_str()),
        // S3 Control's calls go to ACCOUNT.HOST, which is no name here: as a proxy the stand-in gets them all the same.
        ("HTTP_PROXY", stand_in.url.as_str()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        // The command that pushes an image asks for its password by AWS's command line.
        ("AWS_ACCESS_KEY_ID", COMMANDS),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        (proxy, proxied.as_str()),
        (certificate, trusted.as_str()),
    ];
    let tagged = |way| runtime().block_on(stand_in.tagged(&name(way)));
    let module = |way: &Rendered| format!("module.{}", way.name);

    tool.init(folder)?;
    tool.run(folder, &["plan", "-input=false", AT_ONCE, "-out=plan"], &environment)?;
    let plan = tool.run(folder, &["show", "-json", "plan"], &environment)?;
    let plan: Value = serde_json::from_str(&plan).map_err(|error| format!("{error}: {plan}"))?;
    let planned: Vec<_> = ways.iter().map(|way| planned(&plan, &module(way))).collect();
    tool.run(folder, &["apply", "-input=false", AT_ONCE, "plan"], &environment)?;
    let made = ways.iter().map(|way| held(folder, Some(&module(way)))).collect::<Result<Vec<_>, _>>()?;
    let listed: Vec<_> = ways.iter().map(|way| tagged(way).len()).collect();
    tool.run(folder, &["destroy", "-auto-approve", "-input=false", AT_ONCE], &environment)?;

    let mut wrong = Vec::new();
    for (index, way) in ways.iter().enumerate() {
        let (planned, made, listed) = (&planned[index], &made[index], listed[index]);
        wrong.extend(untagged(way, planned).into_iter().map(|text| format!("{}: {text}", way.name)));
        let (kept, left) = (held(folder, Some(&module(way)))?, tagged(way));
        if !kept.is_empty() || !left.is_empty() {
            wrong.push(format!("{}: left after destroy: {kept:?} {left:?}", way.name));
        }
        if made.len() != planned.len() {
            wrong.push(format!("{}: {} were planned, {} made: {made:?}", way.name, planned.len(), made.len()));
        }
        let mut calls = stand_in.calls(&name(way));
        if way.way.compute.facts().artifact == ArtifactKind::ContainerImage {
            calls.extend(stand_in.calls(COMMANDS));
        }
        let denied = denied(way, &calls).map_err(|error| format!("{}: {error}", way.name))?;
        if !denied.is_empty() {
            wrong.push(format!("{}: the policy of `lab deploy --preflight` lacks {denied:?}", way.name));
        }
        println!("{}, {}: {} made, {listed} listed by tag, 0 left", way.way, tool.version, made.len());
    }
    Ok((listed.iter().sum(), wrong))
}

/// What may have tags and has not its deployment's. `lab destroy` proves by this tag that nothing is left. By the plan: of a
/// bucket, the stand-in gives version 6 of the provider no tags.
fn untagged(way: &Rendered, planned: &[(String, Value)]) -> Vec<String> {
    let mut taggable = planned.iter().filter(|(_, values)| values.get("tags_all").is_some()).peekable();
    if taggable.peek().is_none() {
        return vec!["nothing that may have tags is planned".to_owned()];
    }
    let untagged = taggable.filter(|(_, values)| values["tags_all"]["lab:deployment"] != name(way).as_str());
    untagged.map(|(at, values)| format!("{at} has not its deployment's tag: {}", values["tags_all"])).collect()
}

/// What of a way's calls the deployer's policy does not allow.
fn denied(way: &Rendered, calls: &BTreeSet<String>) -> Result<Vec<String>, String> {
    if calls.is_empty() {
        return Err("the stand-in noted no call".to_owned());
    }
    let configuration = Configuration::of(way.way).map_err(|error| format!("{error:#}"))?;
    let options = Options { probe: Some("probe.zip".to_owned()), ..Options::default() };
    let permissions = Permissions::of(&configuration, &options, Place { account: "*", region: REGION, name: "*" });
    let needed = calls.iter().filter(|action| match action.as_str() {
        // Instead of sts:GetCallerIdentity, which everybody may call: the stand-in's credentials are not validated.
        "iam:GetUser" => false,
        action => !permissions.allows(if action == "s3:HeadBucket" { "s3:ListBucket" } else { action }),
    });
    Ok(needed.cloned().collect())
}

/// The catalogue's ways, and those of computes that are not in it: a function from an image, which Lambda is let pull, and
/// Kubernetes by EKS; and a function that joins the VPC of its database, which is a cluster.
fn applied() -> Vec<Rendered> {
    let every = rendered();
    let others = ["lambdaimage-dynamodb-function-url", "eks", "lambda-aurora"].map(|name| kept_way(&every, name));
    kept().into_iter().chain(others).collect()
}

#[test]
fn every_kept_way_is_applied_and_destroyed_and_nothing_is_left() {
    let Some(tools) = require("terraform", tool::installed()) else { return };
    let Some(server) = require("moto", stand_in::installed()) else { return };
    let Some(program) = require("registry", registry::installed()) else { return };
    for tool in &tools {
        let (stand_in, registry) = (StandIn::start(&server), Registry::start(&program, REGION));
        let mut ways = applied();
        ways.retain(|way| tool.suits(&way.configuration));
        let (listed, wrong) =
            check(tool, &stand_in, &registry, &ways).unwrap_or_else(|error| panic!("{}: {error}", tool.version));
        assert!(wrong.is_empty(), "{}:\n{}", tool.version, wrong.join("\n"));
        assert!(listed > 0, "the tagging API listed nothing of any way");
    }
}
