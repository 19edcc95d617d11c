//! The folder of a deployment: what was asked for, and what Terraform knows of it. It outlives every cut: what is in
//! it is enough to go on, or to remove all.
//!
//! `.lab/deployments/NAME/`: `deployment.json` (ours), `main.tf.json` and `terraform.tfvars.json` (what is applied),
//! `backend.tf.json` (where the state is, if not here), `outputs.json` (what came of it), and Terraform's own files.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ways::Way;

use super::Refused;
use super::name::Name;
use artifact::root;

/// Where a checkout, or the working folder, keeps deployments.
const DEPLOYMENTS: &str = ".lab/deployments";

/// The values of Terraform's variables.
pub const VARIABLES: &str = "terraform.tfvars.json";

const DEPLOYMENT: &str = "deployment.json";
/// Where the state is kept, if not here.
pub const BACKEND: &str = "backend.tf.json";
const OUTPUTS: &str = "outputs.json";

/// What a deployment is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The way's canonical name.
    pub way: String,
    /// The AWS region.
    pub region: String,
    /// The AWS account's number.
    pub account: String,
    /// When it was first asked for: RFC 3339, UTC.
    pub created_at: String,
    /// How far it came.
    pub state: State,
    /// Where it answers, once it was applied: without a slash at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Deployment {
    /// Holds that the caller's credentials are of its account. In another one Terraform finds nothing of it, takes all
    /// for removed, and forgets it.
    ///
    /// # Errors
    /// When they are not.
    pub fn is_of(&self, account: &str) -> Result<(), Refused> {
        let own = &self.account;
        if own == account {
            return Ok(());
        }
        Err(Refused(format!("it is in account {own}, and these credentials are of {account}: set those of {own}")))
    }
}

/// How far a deployment came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Something may have been made: to be deployed again, or destroyed.
    Unfinished,
    /// It was applied to its end.
    Applied,
    /// Its removal was begun.
    Leaving,
}

/// What Terraform told at the end, by name.
pub type Outputs = BTreeMap<String, Value>;

/// The deployments that are kept in one place.
#[derive(Clone, Debug)]
pub struct Deployments {
    folder: PathBuf,
}

/// One deployment's folder.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// Held while one lab works on a deployment; the system gives it back when the lab ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// A new deployment of which nothing is made yet: its folder goes with this, however that comes.
#[derive(Debug)]
pub struct Unmade<'a> {
    folder: &'a Folder,
}

impl Unmade<'_> {
    /// From now on something may be made.
    pub fn begin(self) {
        std::mem::forget(self);
    }
}

impl Drop for Unmade<'_> {
    fn drop(&mut self) {
        // What can't be removed can still be destroyed by its name.
        let _ = self.folder.remove();
    }
}

impl Deployments {
    /// Those of the checkout or working folder at `root`.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self { folder: root.join(DEPLOYMENTS) }
    }

    /// Those of the checkout that the lab is in, or of the working folder.
    ///
    /// # Errors
    /// When the working folder is gone.
    pub fn here() -> anyhow::Result<Self> {
        let here = std::env::current_dir().context("the working directory is gone")?;
        Ok(Self::at(&root::find().unwrap_or(here)))
    }

    /// The names of all, in order. A folder without a deployment is none: a lab was killed before it began.
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
            if !self.folder(&name).path.exists() {
                return name;
            }
        }
    }

    /// The folder of a name, whether or not it is there.
    #[must_use]
    pub fn folder(&self, name: &Name) -> Folder {
        Folder { path: self.folder.join(name.to_string()) }
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

impl Folder {
    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a deployment is kept in it.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.path.join(DEPLOYMENT).is_file()
    }

    /// Makes it, for nobody else to read: the state of what is deployed is in it.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn create(&self) -> anyhow::Result<()> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path);
        made.with_context(|| format!("can't make {}", self.path.display()))
    }

    /// It, to be removed again unless something may have been made.
    #[must_use]
    pub fn unmade(&self) -> Unmade<'_> {
        Unmade { folder: self }
    }

    /// Keeps other labs out.
    ///
    /// # Errors
    /// When another lab is at work on it.
    pub fn lock(&self) -> anyhow::Result<Lock> {
        let path = self.path.join("lock");
        let file = File::create(&path).with_context(|| format!("can't write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(Refused(format!("another lab is at work on {}: wait for its end", self.path.display())).into())
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("can't lock {}", path.display())),
        }
    }

    /// The deployment that is kept in it, if there is one.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub fn kept(&self) -> anyhow::Result<Option<Deployment>> {
        if self.exists() { self.deployment().map(Some) } else { Ok(None) }
    }

    /// What is deployed.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn deployment(&self) -> anyhow::Result<Deployment> {
        self.read(DEPLOYMENT)
    }

    /// Writes down what is deployed.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn keep(&self, deployment: &Deployment) -> anyhow::Result<()> {
        self.write(DEPLOYMENT, deployment)
    }

    /// What Terraform is told of where the state is; nothing where it is in here.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub fn backend(&self) -> anyhow::Result<Option<Value>> {
        if self.path.join(BACKEND).exists() { self.read(BACKEND).map(Some) } else { Ok(None) }
    }

    /// What Terraform told when it was last applied; empty before.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub fn outputs(&self) -> anyhow::Result<Outputs> {
        if self.path.join(OUTPUTS).exists() { self.read(OUTPUTS) } else { Ok(Outputs::new()) }
    }

    /// Writes down what Terraform told.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn keep_outputs(&self, outputs: &Outputs) -> anyhow::Result<()> {
        self.write(OUTPUTS, outputs)
    }

    /// Reads one of its JSON files.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn read<T: DeserializeOwned>(&self, file: &str) -> anyhow::Result<T> {
        let path = self.path.join(file);
        let text = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("can't use {}", path.display()))
    }

    /// Writes one of its JSON files, whole or not at all.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, file: &str, content: &impl Serialize) -> anyhow::Result<()> {
        self.write_text(file, &(serde_json::to_string_pretty(content)? + "\n"))
    }

    /// Writes one of its files, whole or not at all.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_text(&self, file: &str, text: &str) -> anyhow::Result<()> {
        let (path, new) = (self.path.join(file), self.path.join(format!("{file}.new")));
        let written = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, &path)
        };
        written().with_context(|| format!("can't write {}", path.display()))
    }

    /// Removes it with all that is in it.
    ///
    /// # Errors
    /// When it can't be removed.
    pub fn remove(&self) -> anyhow::Result<()> {
        fs::remove_dir_all(&self.path).with_context(|| format!("can't remove {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn deployments() -> (tempfile::TempDir, Deployments) {
        let root = tempfile::tempdir().expect("a folder");
        let deployments = Deployments::at(root.path());
        (root, deployments)
    }

    fn name(word: &str) -> Name {
        word.parse().expect("a name")
    }

    #[test]
    fn what_is_kept_is_found_again_and_read_by_nobody_else() {
        let (_root, deployments) = deployments();
        assert_eq!(deployments.names().expect("no folder yet"), []);
        let folder = deployments.folder(&name("one"));
        folder.create().expect("made");
        let kept = Deployment {
            way: "fargate".to_owned(),
            region: "eu-west-2".to_owned(),
            account: "123456789012".to_owned(),
            created_at: "2026-11-25T00:00:00Z".to_owned(),
            state: State::Unfinished,
            url: None,
        };
        folder.keep(&kept).expect("written");
        assert_eq!(deployments.names().expect("one"), [name("one")]);
        let found = deployments.find(&name("one")).expect("it is there");
        assert_eq!(found.deployment().expect("read"), kept);
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(found.path()), mode(&found.path().join(DEPLOYMENT))), (0o700, 0o600));
        found.remove().expect("removed");
        let refused = deployments.find(&name("one")).expect_err("it is gone").to_string();
        assert!(refused.starts_with("no deployment is called one: in ") && refused.ends_with("there are none"));
    }

    #[test]
    fn of_what_was_never_made_nothing_stays() {
        let (_root, deployments) = deployments();
        let (refused, begun) = (deployments.folder(&name("refused")), deployments.folder(&name("begun")));
        for folder in [&refused, &begun] {
            folder.create().expect("made");
        }
        drop(refused.unmade());
        begun.unmade().begin();
        assert_eq!((refused.path().exists(), begun.path().exists()), (false, true));
    }

    #[test]
    fn two_labs_dont_work_on_one_deployment() {
        let (_root, deployments) = deployments();
        let folder = deployments.folder(&name("one"));
        folder.create().expect("made");
        let lock = folder.lock().expect("nobody is at work");
        assert!(folder.lock().expect_err("one is").to_string().starts_with("another lab is at work on "));
        drop(lock);
        folder.lock().expect("nobody is any more");
    }
}
