//! Every way applied, listed and destroyed with the real provider against the stand-in: nothing is left.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

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
use crate::support::{alone, root, runtime};

/// How many ways at once. Most of the time is the provider's waiting (a minute for each bucket's lifecycle rules), and
/// each provider takes half a GB.
const AT_ONCE: usize = 6;

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

/// The resources of a plan: each an address and its values.
fn planned(tool: &Terraform, folder: &Path, plan: &str) -> Result<Vec<(String, Value)>, String> {
    let shown = tool.run(folder, &["show", "-json", plan], &[])?;
    let shown: Value = serde_json::from_str(&shown).map_err(|error| format!("{error}: {shown}"))?;
    let list = shown["planned_values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
    let made = list.into_iter().filter(|one| one["mode"] == "managed");
    Ok(made.map(|one| (one["address"].as_str().expect("an address").to_owned(), one["values"].clone())).collect())
}

/// The resources that the state holds, of which each has as many names as instances. Its file is read: to show it,
/// Terraform starts the provider, which takes longer than all that is looked at.
pub(super) fn held(folder: &Path) -> Result<Vec<String>, String> {
    let text =
        std::fs::read_to_string(folder.join("terraform.tfstate")).map_err(|error| format!("the state: {error}"))?;
    let state: Value = serde_json::from_str(&text).map_err(|error| format!("the state: {error}"))?;
    let resources = state["resources"].as_array().ok_or("the state lists no resources")?;
    let managed = resources.iter().filter(|one| one["mode"] == "managed");
    let names = managed.flat_map(|one| {
        let instances = one["instances"].as_array().map_or(0, Vec::len);
        let part = |key: &str| one[key].as_str().unwrap_or_default();
        std::iter::repeat_n(format!("{}.{}", part("type"), part("name")), instances)
    });
    Ok(names.collect())
}

/// Applies a way, looks at what is there, destroys it, and looks again. Says what was done, and how much was listed.
fn check(tool: &Terraform, stand_in: &StandIn, registry: &Registry, way: &Rendered) -> Result<(usize, String), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(&folder.join("main.tf.json"), &way.configuration);
    write(&folder.join("terraform.tfvars.json"), &variables(way, folder));
    StandIn::write_beside(folder, &name(way));
    let key = name(way);
    let [(proxy, proxied), (certificate, trusted)] = registry.environment();
    let environment = [
        ("AWS_ENDPOINT_URL", stand_in.url.as_str()),
        // S3 Control's calls go to ACCOUNT.HOST, which is no name here: as a proxy the stand-in gets them all the same.
        ("HTTP_PROXY", stand_in.url.as_str()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        // The command that pushes an image asks for its password by AWS's command line.
        ("AWS_ACCESS_KEY_ID", key.as_str()),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        (proxy, proxied.as_str()),
        (certificate, trusted.as_str()),
    ];
    let tagged = || runtime().block_on(stand_in.tagged(&name(way)));

    tool.init(folder)?;
    tool.run(folder, &["plan", "-input=false", "-out=plan"], &environment)?;
    // `lab destroy` proves by this tag that nothing is left: what may have tags has it. By the plan: of a bucket, the
    // stand-in gives version 6 of the provider no tags.
    let planned = planned(tool, folder, "plan")?;
    let mut taggable = planned.iter().filter(|(_, values)| values.get("tags_all").is_some()).peekable();
    if taggable.peek().is_none() {
        return Err("nothing that may have tags is planned".to_owned());
    }
    for (address, values) in taggable {
        if values["tags_all"]["lab:deployment"] != name(way).as_str() {
            return Err(format!("{address} has not its deployment's tag: {}", values["tags_all"]));
        }
    }
    tool.run(folder, &["apply", "-input=false", "plan"], &environment)?;
    let made = held(folder)?;
    let listed = tagged().len();

    tool.run(folder, &["destroy", "-auto-approve", "-input=false"], &environment)?;
    let (kept, left) = (held(folder)?, tagged());
    if !kept.is_empty() || !left.is_empty() {
        return Err(format!("left after destroy: {kept:?} {left:?}"));
    }
    if made.len() != planned.len() {
        return Err(format!("{} were planned, {} made: {made:?}", planned.len(), made.len()));
    }
    let denied = denied(way, &stand_in.calls(&name(way)))?;
    if !denied.is_empty() {
        return Err(format!("the policy of `lab deploy --preflight` lacks {denied:?}"));
    }
    Ok((listed, format!("{} made, {listed} listed by tag, 0 left", made.len())))
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
/// last, for it is taken first, Kubernetes by EKS, whose balancer takes the provider a minute.
fn applied() -> Vec<Rendered> {
    let every = rendered();
    let others = ["lambdaimage-dynamodb-function-url", "eks"].map(|name| kept_way(&every, name));
    kept().into_iter().chain(others).collect()
}

#[test]
fn every_kept_way_is_applied_and_destroyed_and_nothing_is_left() {
    let Some(tools) = require("terraform", tool::installed()) else { return };
    let Some(server) = require("moto", stand_in::installed()) else { return };
    let Some(program) = require("registry", registry::installed()) else { return };
    let _alone = alone();
    for tool in &tools {
        let (stand_in, registry) = (StandIn::start(&server), Registry::start(&program, REGION));
        let (ways, failed, listed) = (Mutex::new(applied()), Mutex::new(Vec::new()), Mutex::new(0));
        let work = || {
            while let Some(way) = { ways.lock().expect("no panic").pop() } {
                if tool.suits(&way.configuration) {
                    match check(tool, &stand_in, &registry, &way) {
                        Ok((count, printed)) => {
                            *listed.lock().expect("no panic") += count;
                            println!("{}, {}: {printed}", way.way, tool.version);
                        }
                        Err(error) => failed.lock().expect("no panic").push(format!("{}: {error}", way.way)),
                    }
                }
            }
        };
        std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
        let failed = failed.into_inner().expect("no panic");
        assert!(failed.is_empty(), "{}:\n{}", tool.version, failed.join("\n"));
        assert!(*listed.lock().expect("no panic") > 0, "the tagging API listed nothing of any way");
    }
}
