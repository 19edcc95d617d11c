//! What is deployed: a file that Nix builds, or that the caller names.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use artifact::{flake, root};
use programs::{Command, notice};
use ways::Way;

use super::{Refused, tools};

/// The longest that a build may take: a machine image from nothing, on a slow machine and network.
const LIMIT: Duration = Duration::from_secs(2 * 60 * 60);

/// The file of a way: the one that is given, or the one that Nix builds; its progress is on stderr.
///
/// # Errors
/// When it is not there, or can't be built.
pub async fn of(way: Way, given: Option<&Path>) -> anyhow::Result<PathBuf> {
    match given {
        Some(path) => Ok(absolute(path)?),
        None => build(&way.at_default_size().to_string()).await,
    }
}

/// A file that is given, by its whole path.
///
/// # Errors
/// When it is not a file.
pub fn absolute(path: &Path) -> Result<PathBuf, Refused> {
    let found = path.canonicalize().ok().filter(|path| path.is_file());
    found.ok_or_else(|| Refused(format!("{} is not a file", path.display())))
}

/// What builds artifacts.
///
/// # Errors
/// When it is not on the path.
pub fn nix() -> Result<Command, Refused> {
    tools::find(&["nix"], "it builds what is deployed (or name a file with --artifact)")
}

/// What Nix builds of a package of the flake's.
///
/// # Errors
/// When there is no Nix, or the build fails.
pub async fn build(package: &str) -> anyhow::Result<PathBuf> {
    let nix = nix()?;
    let flake = match flake::given() {
        Some(flake) => flake,
        None => root::find()?.display().to_string(),
    };
    notice!("lab: nix build .#{package}");
    let installable = format!("{flake}#{package}");
    let features = ["--extra-experimental-features", "nix-command flakes"];
    let arguments = ["build", features[0], features[1], "--no-link", "--print-out-paths", &installable];
    let out = nix.arguments(arguments).inherit_stderr().limit(LIMIT).captured().await?;
    let out = String::from_utf8_lossy(&out);
    let path = PathBuf::from(out.lines().next().context("`nix build` printed no output path")?);
    file_in(&path)
}

/// A build's result itself, or the one disk in its folder.
fn file_in(path: &Path) -> anyhow::Result<PathBuf> {
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let entries = std::fs::read_dir(path).with_context(|| format!("can't read {}", path.display()))?;
    let mut disks = entries.filter_map(|entry| Some(entry.ok()?.path()).filter(|path| is_disk(path)));
    let disk = disks.next().with_context(|| format!("{} has no disk in it", path.display()))?;
    ensure!(disks.next().is_none(), "{} has more than one disk in it", path.display());
    Ok(disk)
}

fn is_disk(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "vhd")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_found_in_its_folder_and_a_zip_is_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let (zip, disk) = (folder.path().join("function.zip"), folder.path().join("nixos.vhd"));
        std::fs::write(&zip, "zip").expect("written");
        assert_eq!(file_in(&zip).expect("a file"), zip);
        assert!(file_in(folder.path()).expect_err("none").to_string().ends_with("has no disk in it"));
        std::fs::write(&disk, "disk").expect("written");
        assert_eq!(file_in(folder.path()).expect("one"), disk);
        std::fs::write(folder.path().join("other.vhd"), "disk").expect("written");
        assert!(file_in(folder.path()).expect_err("two").to_string().ends_with("has more than one disk in it"));
    }

    /// What Nix builds has the ending that is looked for: its images' facts are evaluated by it.
    #[test]
    fn every_machine_image_has_a_disks_ending() {
        let images = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/rendered/images.json");
        let images = std::fs::read_to_string(images).expect("it is there");
        let images: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&images).expect("JSON");
        assert!(!images.is_empty());
        for (name, image) in images {
            let disk = PathBuf::from(format!("nixos.{}", image["extension"].as_str().expect("an ending")));
            assert!(is_disk(&disk), "{name}: {}", disk.display());
        }
    }
}
