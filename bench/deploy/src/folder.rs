//! The folder of one deployment, `.lab/deployments/NAME/`: `deployment.json` (ours), `main.tf.json` and
//! `terraform.tfvars.json` (what is applied), `backend.tf.json` (where the state is, if not here), `outputs.json` (what was
//! made), and Terraform's own files. It outlives every interruption: what is in it is enough to go on, or to remove all.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use artifact::lock::{Lock, LockError, Mode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Refused;
use super::backend::Backend;
use super::configuration::Configuration;
use super::outputs::Outputs;
use super::record::Record;
use super::variables::Variables;

const RECORD: &str = "deployment.json";
const CONFIGURATION: &str = "main.tf.json";
const VARIABLES: &str = "terraform.tfvars.json";
const BACKEND: &str = "backend.tf.json";
const OUTPUTS: &str = "outputs.json";

/// One deployment's folder.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// A new deployment of which nothing is made yet: its folder is removed with this, unless it is kept.
#[derive(Debug)]
pub struct RemoveUnlessKept<'a> {
    folder: &'a Folder,
}

impl RemoveUnlessKept<'_> {
    /// From now on something may be made.
    pub fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for RemoveUnlessKept<'_> {
    fn drop(&mut self) {
        // What can't be removed can still be destroyed by its name.
        let _ = self.folder.remove();
    }
}

impl Folder {
    /// The folder at a path, whether or not it is there.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a deployment is kept in it.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.path.join(RECORD).is_file()
    }

    /// Makes it, for nobody else to read: the state of what is deployed is in it.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn create(&self) -> anyhow::Result<()> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path);
        made.with_context(|| format!("can't make {}", self.path.display()))
    }

    /// Removes it again unless something may have been made.
    #[must_use]
    pub fn remove_unless_kept(&self) -> RemoveUnlessKept<'_> {
        RemoveUnlessKept { folder: self }
    }

    /// Keeps other labs out.
    ///
    /// # Errors
    /// When another lab is at work on it: which.
    pub fn lock(&self) -> anyhow::Result<Lock> {
        match Lock::try_take(&self.path.join("lock"), Mode::Exclusive) {
            Err(LockError::Held { holders, .. }) => {
                Err(Refused(format!("{holders} is at work on {}: wait until it ends", self.path.display())).into())
            }
            taken => Ok(taken?),
        }
    }

    /// What is deployed; nothing where nothing is.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub fn record_if_any(&self) -> anyhow::Result<Option<Record>> {
        if self.exists() { self.record().map(Some) } else { Ok(None) }
    }

    /// What is deployed.
    ///
    /// # Errors
    /// When it can't be read: what to do about it.
    pub fn record(&self) -> anyhow::Result<Record> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.read(RECORD).map_err(|error| {
            let tag = format!("lab:deployment={name}");
            Refused(format!(
                "{error:#}: restore it, or remove what has the tag {tag} by hand and then {}",
                self.path.display()
            ))
            .into()
        })
    }

    /// Writes down what is deployed.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_record(&self, record: &Record) -> anyhow::Result<()> {
        self.write(RECORD, record)
    }

    /// The variables that were last planned with; nothing before.
    ///
    /// # Errors
    /// When they are there and can't be read: without them it is not known what must stay as it is.
    pub fn variables(&self) -> anyhow::Result<Option<Variables>> {
        let read = self.read_if_any(VARIABLES);
        read.map_err(|error| Refused(format!("{error:#}: restore it, or destroy the deployment first")).into())
    }

    /// Writes down what Terraform is run with.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_plan(
        &self,
        configuration: &Configuration,
        variables: &Variables,
        backend: Option<&Backend>,
    ) -> anyhow::Result<()> {
        self.write(VARIABLES, variables)?;
        self.write_text(CONFIGURATION, configuration.text())?;
        backend.map_or(Ok(()), |backend| self.write(BACKEND, &backend.configuration()))
    }

    /// Where the state is; nothing where it is in here.
    ///
    /// # Errors
    /// When that is written down and can't be read.
    pub fn backend(&self) -> anyhow::Result<Option<Backend>> {
        let Some(configuration) = self.read_if_any(BACKEND)? else { return Ok(None) };
        let path = self.path.join(BACKEND);
        Backend::from_configuration(configuration).map(Some).with_context(|| format!("can't use {}", path.display()))
    }

    /// What Terraform reported when it was last applied; empty before.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub fn outputs(&self) -> anyhow::Result<Outputs> {
        Ok(self.read_if_any(OUTPUTS)?.unwrap_or_default())
    }

    /// Writes down what Terraform reported.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_outputs(&self, outputs: &Outputs) -> anyhow::Result<()> {
        self.write(OUTPUTS, outputs)
    }

    /// Removes it with all that is in it.
    ///
    /// # Errors
    /// When it can't be removed.
    pub fn remove(&self) -> anyhow::Result<()> {
        fs::remove_dir_all(&self.path).with_context(|| format!("can't remove {}", self.path.display()))
    }

    fn read_if_any<T: DeserializeOwned>(&self, file: &str) -> anyhow::Result<Option<T>> {
        if self.path.join(file).exists() { self.read(file).map(Some) } else { Ok(None) }
    }

    fn read<T: DeserializeOwned>(&self, file: &str) -> anyhow::Result<T> {
        let path = self.path.join(file);
        let text = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("can't use {}", path.display()))
    }

    fn write(&self, file: &str, content: &impl Serialize) -> anyhow::Result<()> {
        self.write_text(file, &(serde_json::to_string_pretty(content)? + "\n"))
    }

    /// Writes one of its files, whole or not at all.
    fn write_text(&self, file: &str, text: &str) -> anyhow::Result<()> {
        let (path, new) = (self.path.join(file), self.path.join(format!("{file}.new")));
        let written = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, &path)
        };
        written().with_context(|| format!("can't write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::record::State;

    fn folder(root: &tempfile::TempDir, name: &str) -> Folder {
        let folder = Folder::at(root.path().join(name));
        folder.create().expect("made");
        folder
    }

    #[test]
    fn what_is_kept_is_read_again_and_by_nobody_else() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = folder(&root, "one");
        let record = Record {
            way: "fargate".to_owned(),
            region: "eu-west-2".to_owned(),
            account: "123456789012".to_owned(),
            created_at: "2026-11-25T00:00:00Z".to_owned(),
            state: State::Unfinished,
            url: None,
            terraform: Some("tofu".to_owned()),
        };
        folder.write_record(&record).expect("written");
        assert_eq!(folder.record().expect("read"), record);
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(folder.path()), mode(&folder.path().join(RECORD))), (0o700, 0o600));
        folder.remove().expect("removed");
        assert!(!folder.exists());
    }

    #[test]
    fn what_can_not_be_read_is_refused_with_what_to_do() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = folder(&root, "one");
        fs::write(folder.path().join(RECORD), r#"{"way": "ec2", "reg"#).expect("written");
        fs::write(folder.path().join(VARIABLES), "[]").expect("written");
        let refused = folder.record().expect_err("it is damaged");
        assert!(refused.is::<Refused>() && refused.to_string().contains("the tag lab:deployment=one"), "{refused}");
        assert!(folder.variables().expect_err("they are damaged").is::<Refused>());
        assert!(folder.outputs().expect("there are none yet") == Outputs::default());
    }

    #[test]
    fn of_what_was_never_made_nothing_stays() {
        let root = tempfile::tempdir().expect("a folder");
        let (refused, begun) = (folder(&root, "refused"), folder(&root, "begun"));
        drop(refused.remove_unless_kept());
        begun.remove_unless_kept().keep();
        assert_eq!((refused.path().exists(), begun.path().exists()), (false, true));
    }

    #[test]
    fn two_labs_dont_work_on_one_deployment() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = folder(&root, "one");
        let lock = folder.lock().expect("nobody is at work");
        let refused = folder.lock().expect_err("one is").to_string();
        assert!(refused.contains(&format!("(process {}) is at work on ", std::process::id())), "{refused}");
        drop(lock);
        folder.lock().expect("nobody is any more");
    }
}
