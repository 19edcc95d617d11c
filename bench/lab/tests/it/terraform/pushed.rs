//! The very command that Terraform runs to push an image, with real skopeo, into a real registry.

use std::path::Path;
use std::process::Command;

use require::require;

use super::configuration_of;
use super::registry::{self, PASSWORD, Registry};
use crate::support::write_program;

const REGION: &str = "eu-west-2";
const HOST: &str = "123456789012.dkr.ecr.eu-west-2.amazonaws.com";

/// Runs the rendered command for an archive and a tag: whether it ended well, and what it printed.
fn push(registry: &Registry, way: &str, folder: &Path, archive: &Path, tag: &str) -> Result<(), String> {
    let configuration = configuration_of(way);
    let provisioner = &configuration["resource"]["terraform_data"]["image"]["provisioner"]["local-exec"];
    let mut words = provisioner["interpreter"].as_array().expect("an interpreter").iter().filter_map(|it| it.as_str());
    let mut command = Command::new(words.next().expect("a program"));
    command.args(words).arg(provisioner["command"].as_str().expect("a command"));
    let path = std::env::var("PATH").expect("a path");
    command
        .env_clear()
        .env("PATH", format!("{}:{path}", folder.display()))
        // skopeo keeps what it likes there.
        .env("HOME", folder)
        .env("TMPDIR", folder)
        .envs(registry.environment())
        .env("REGION", REGION)
        .env("REGISTRY", HOST)
        .env("IMAGE", format!("{HOST}/lab-one:{tag}"))
        .env("ARCHIVE", archive);
    let output = command.output().expect("bash runs");
    let printed = [output.stdout, output.stderr].concat();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&printed).into_owned()) }
}

/// A folder with an `aws` in it that gives a password, and nothing else.
fn folder_with_aws(password: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let aws = folder.path().join("aws");
    write_program(&aws, &format!("[ \"$*\" = 'ecr get-login-password --region {REGION}' ] && echo {password}"));
    folder
}

#[test]
fn an_image_is_pushed_once_by_the_rendered_command() {
    let Some(program) = require("registry", registry::installed()) else { return };
    let registry = Registry::start(&program, REGION);
    let folder = folder_with_aws(PASSWORD);
    let image = folder.path().join("image.tar");
    registry::archive(&image, "one");
    for (way, tag) in [("fargate", "first"), ("k8s", "second")] {
        push(&registry, way, folder.path(), &image, tag).unwrap_or_else(|printed| panic!("{way}: {printed}"));
        let written = registry.written("lab-one", tag);
        // A tag is never written again: it names its content.
        push(&registry, way, folder.path(), &image, tag).unwrap_or_else(|printed| panic!("{way}: {printed}"));
        assert_eq!(registry.written("lab-one", tag), written, "{way}");
    }
    let mut tags = registry.tags("lab-one");
    tags.sort();
    assert_eq!(tags, ["first", "second"]);
    let left = std::fs::read_dir(folder.path()).expect("a folder").flatten();
    let left: Vec<_> =
        left.map(|entry| entry.file_name()).filter(|name| name != "aws" && name != "image.tar").collect();
    assert!(left.is_empty(), "the password's folder is deleted: {left:?}");
}

#[test]
fn a_wrong_password_or_archive_ends_the_push() {
    let Some(program) = require("registry", registry::installed()) else { return };
    let registry = Registry::start(&program, REGION);
    let folder = folder_with_aws(PASSWORD);
    let broken = folder.path().join("broken.tar");
    std::fs::write(&broken, "not an archive").expect("written");
    assert!(push(&registry, "fargate", folder.path(), &broken, "one").is_err());

    let stranger = folder_with_aws("another");
    let image = stranger.path().join("image.tar");
    registry::archive(&image, "one");
    let printed = push(&registry, "fargate", stranger.path(), &image, "one").expect_err("a wrong password");
    assert!(printed.contains("invalid username/password"), "the registry's own refusal: {printed}");
    assert!(registry.tags("lab-one").is_empty());
}
