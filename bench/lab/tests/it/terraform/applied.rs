//! Every way applied, listed and destroyed with the real provider against the stand-in: nothing is left.

use std::path::Path;
use std::sync::Mutex;

use require::require;
use serde_json::{Value, json};
use ways::{Language, model};

use super::stand_in::{self, PARTS, REGION, StandIn};
use super::tool::{self, Terraform, write};
use super::{Rendered, kept};
use crate::support::{alone, runtime};

/// How many ways at once. Most of the time is the provider's waiting (a minute for each bucket's lifecycle rules), and
/// each provider takes half a GB.
const AT_ONCE: usize = 6;

/// The values of a way's variables. The Rust ways have all the options, the others none: both are tried.
fn variables(way: &Rendered, folder: &Path) -> Value {
    let every = way.way.language == Language::Rust;
    // A path, where the configuration only reads a hash; a zip, where moto opens it.
    let zip = folder.join("function.zip");
    std::fs::write(&zip, empty_zip()).expect("written");
    let mut values = json!({
        "name": name(way), "region": REGION, "artifact": zip, "own_vpc": every, "spot": every,
        "probe": if every { zip.display().to_string() } else { String::new() },
    });
    let declared = way.configuration["variable"].as_object().expect("variables");
    values.as_object_mut().expect("values").retain(|name, _| declared.contains_key(name));
    values
}

/// A name for the deployment of at most 20 characters.
fn name(way: &Rendered) -> String {
    let number = model().catalogue().position(|row| row.way == way.way).expect("of the catalogue");
    format!("test-{number}")
}

/// A zip with one empty file.
fn empty_zip() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("bootstrap", zip::write::SimpleFileOptions::default()).expect("in memory");
    writer.finish().expect("in memory").into_inner()
}

/// The resources of a state or, by its file's name, of a plan: each an address and its values.
fn resources(tool: &Terraform, folder: &Path, plan: Option<&str>) -> Result<Vec<(String, Value)>, String> {
    let shown = tool.run(folder, &["show", "-json", plan.unwrap_or_default()], &[])?;
    let shown: Value = serde_json::from_str(&shown).map_err(|error| format!("{error}: {shown}"))?;
    let values = if plan.is_some() { &shown["planned_values"] } else { &shown["values"] };
    let list = values["root_module"]["resources"].as_array().cloned().unwrap_or_default();
    let made = list.into_iter().filter(|one| one["mode"] == "managed");
    Ok(made.map(|one| (one["address"].as_str().expect("an address").to_owned(), one["values"].clone())).collect())
}

/// Applies a way, looks at what is there, destroys it, and looks again. Says what was done, and how much was listed.
fn check(tool: &Terraform, stand_in: &StandIn, way: &Rendered) -> Result<(usize, String), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let parts = stand_in::parts_of(&way.configuration);
    write(&folder.join("main.tf.json"), &way.configuration);
    write(&folder.join("terraform.tfvars.json"), &variables(way, folder));
    stand_in.write_beside(folder, &parts);
    let environment = [
        ("AWS_ENDPOINT_URL", stand_in.url.as_str()),
        // S3 Control's calls go to ACCOUNT.HOST, which is no name here: as a proxy the stand-in gets them all the same.
        ("HTTP_PROXY", stand_in.url.as_str()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let tagged = || runtime().block_on(stand_in.tagged(&name(way)));

    tool.init(folder)?;
    tool.run(folder, &["plan", "-input=false", "-out=plan"], &environment)?;
    // `lab destroy` proves by this tag that nothing is left: what may have tags has it. By the plan: of a bucket, the
    // stand-in tells the provider's version 6 no tags.
    let planned = resources(tool, folder, Some("plan"))?;
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
    let made = resources(tool, folder, None)?;
    let listed = tagged().len();

    tool.run(folder, &["destroy", "-auto-approve", "-input=false"], &environment)?;
    let (kept, left) = (resources(tool, folder, None)?, tagged());
    if !kept.is_empty() || !left.is_empty() {
        return Err(format!("left after destroy: {kept:?} {left:?}"));
    }
    let without: Vec<_> = parts.iter().map(|part| part.resource.as_str()).collect();
    Ok((listed, format!("{} made, {listed} listed by tag, 0 left; not on the stand-in: {without:?}", made.len())))
}

#[test]
fn every_kept_way_is_applied_and_destroyed_and_nothing_is_left() {
    let Some(tools) = require("terraform", tool::installed()) else { return };
    let Some(server) = require("moto", stand_in::installed()) else { return };
    let _alone = alone();
    for tool in &tools {
        let stand_in = StandIn::start(&server);
        let (ways, failed, listed) = (Mutex::new(kept()), Mutex::new(Vec::new()), Mutex::new(0));
        let work = || {
            while let Some(way) = { ways.lock().expect("no panic").pop() } {
                if tool.suits(&way.configuration) {
                    match check(tool, &stand_in, &way) {
                        Ok((count, said)) => {
                            *listed.lock().expect("no panic") += count;
                            println!("{}, {}: {said}", way.way, tool.version);
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

#[test]
fn what_the_stand_in_cannot_do_is_of_some_way_and_has_a_reason() {
    for part in PARTS.iter() {
        assert!(part.reason.len() > 40, "{}: {}", part.resource, part.reason);
        let ways = kept();
        let of = ways
            .iter()
            .find(|way| stand_in::parts_of(&way.configuration).iter().any(|it| it.resource == part.resource));
        assert!(of.is_some(), "no way has {}", part.resource);
    }
}
