//! The deployments that a checkout, or a working folder, keeps: one folder each.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context;
use artifact::root;
use ways::Way;

use super::Refused;
use super::folder::Folder;
use super::name::Name;

/// Where they are.
const FOLDER: &str = ".lab/deployments";

/// The deployments that are kept in one place.
#[derive(Clone, Debug)]
pub struct Deployments {
    folder: PathBuf,
}

impl Deployments {
    /// Those of the checkout or working folder at `root`.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self { folder: root.join(FOLDER) }
    }

    /// Those of the checkout that the lab is in, or of the working folder.
    ///
    /// # Errors
    /// When the working folder was removed.
    pub fn here() -> anyhow::Result<Self> {
        let here = std::env::current_dir().context("the working directory was removed: change to another one")?;
        Ok(Self::at(&root::find().unwrap_or(here)))
    }

    /// The names of all, in order. A folder without a record is not one: a lab was killed before it began.
    ///
    /// # Errors
    /// When the folder is there and can't be read.
    pub fn names(&self) -> anyhow::Result<Vec<Name>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.with_context(|| format!("can't read {}", self.folder.display()))?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.with_context(|| format!("can't read {}", self.folder.display()))?;
            let name = entry.file_name().to_str().and_then(|name| name.parse::<Name>().ok());
            names.extend(name.filter(|name| self.folder(name).exists()));
        }
        names.sort();
        Ok(names)
    }

    /// A name for a way's next deployment that none has yet.
    #[must_use]
    pub fn new_name(&self, way: Way) -> Name {
        loop {
            let name = Name::for_way(way);
            if !self.folder(&name).path().exists() {
                return name;
            }
        }
    }

    /// The folder of a name, whether or not it is there.
    #[must_use]
    pub fn folder(&self, name: &Name) -> Folder {
        Folder::at(self.folder.join(name.to_string()))
    }

    /// The folder of a deployment that is there.
    ///
    /// # Errors
    /// When it is not: which there are.
    pub fn find(&self, name: &Name) -> anyhow::Result<Folder> {
        let folder = self.folder(name);
        if folder.exists() {
            return Ok(folder);
        }
        let names: Vec<_> = self.names()?.iter().map(Name::to_string).collect();
        let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        Err(Refused(format!("no deployment is called {name}: in {} there are {there}", self.folder.display())).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_found_by_its_name_and_another_one_is_refused() {
        let root = tempfile::tempdir().expect("a folder");
        let deployments = Deployments::at(root.path());
        let name: Name = "one".parse().expect("a name");
        assert_eq!(deployments.names().expect("no folder yet"), []);
        let folder = deployments.folder(&name);
        folder.create().expect("made");
        assert_eq!(deployments.names().expect("it has no record"), []);
        fs::write(folder.path().join("deployment.json"), "damaged").expect("written");
        assert_eq!(deployments.names().expect("it is listed, damaged or not"), std::slice::from_ref(&name));
        assert_eq!(deployments.find(&name).expect("it is there").path(), folder.path());
        let other = deployments.find(&"two".parse().expect("a name")).expect_err("it is not").to_string();
        assert!(other.starts_with("no deployment is called two: in ") && other.ends_with("there are one"), "{other}");
    }
}
