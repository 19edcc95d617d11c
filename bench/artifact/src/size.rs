//! The description of an artifact in a run: its size and its hash.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The file that a way deploys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Artifact")]
pub struct Description {
    /// `executable`, `folder` or `zip`; of a deployment also `image`, a container's or a machine's.
    pub kind: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

/// Size and hash of an artifact. A folder's size is that of its files, its hash that of their paths (relative,
/// sorted, each followed by a zero byte) and contents (each preceded by its length, eight bytes, little end first).
///
/// # Errors
/// When it can't be read.
pub fn describe(artifact: &cloud::Artifact) -> anyhow::Result<Description> {
    let package = artifact.package();
    let kind = match artifact {
        cloud::Artifact::Function { .. } => "zip",
        cloud::Artifact::Templates { .. } => "folder",
        cloud::Artifact::Server { .. } if package.is_dir() => "folder",
        cloud::Artifact::Server { .. } => "executable",
    };
    hashed(package, kind)
}

/// Size and hash of a file that was deployed: the end of its name shows its kind.
///
/// # Errors
/// When it can't be read.
pub fn describe_file(file: &Path) -> anyhow::Result<Description> {
    hashed(file, if file.extension().is_some_and(|extension| extension == "zip") { "zip" } else { "image" })
}

fn hashed(package: &Path, kind: &str) -> anyhow::Result<Description> {
    let mut hash = Sha256::new();
    let mut bytes = 0;
    if package.is_dir() {
        for path in files(package)? {
            let content = read(&package.join(&path))?;
            hash.update(path.to_string_lossy().as_bytes());
            hash.update([0]);
            hash.update((content.len() as u64).to_le_bytes());
            hash.update(&content);
            bytes += content.len() as u64;
        }
    } else {
        let content = read(package)?;
        bytes = content.len() as u64;
        hash.update(content);
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Description { kind: kind.to_owned(), bytes, sha256 })
}

/// All plain files below a folder, by their relative paths, sorted.
pub(super) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let entries = fs::read_dir(&next).with_context(|| format!("can't read {}", next.display()))?;
        for entry in entries {
            let path = entry.with_context(|| format!("can't read {}", next.display()))?.path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path.strip_prefix(folder).context("it is below the folder")?.to_owned()),
            }
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("can't read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(folder: &Path) -> Description {
        let entrypoint = cloud::Entrypoint::default();
        describe(&cloud::Artifact::Server { package: folder.to_owned(), entrypoint }).expect("readable")
    }

    #[test]
    fn a_folder_is_the_sum_of_its_files_whatever_their_order() {
        let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        for (folder, names) in [(&one, ["a", "b/c"]), (&other, ["b/c", "a"])] {
            fs::create_dir(folder.path().join("b")).expect("made");
            for name in names {
                fs::write(folder.path().join(name), name).expect("written");
            }
        }
        let (one, other) = (described(one.path()), described(other.path()));
        assert_eq!((one.kind.as_str(), one.bytes), ("folder", 4));
        assert_eq!(one, other);
    }

    #[test]
    fn a_folders_hash_depends_on_where_a_file_ends() {
        let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        fs::write(one.path().join("a"), "xy").expect("written");
        fs::write(other.path().join("ax"), "y").expect("written");
        assert_ne!(described(one.path()).sha256, described(other.path()).sha256);
    }
}
