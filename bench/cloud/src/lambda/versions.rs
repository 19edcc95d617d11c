//! Published versions: what a function was when it was published, under a number that is never given again.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html>

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::config::FunctionConfig;
use super::function::Function;

/// The versions of all functions, by name.
#[derive(Debug, Default)]
pub(super) struct Versions(Mutex<BTreeMap<String, Published>>);

/// What was published of one name. It stays when the function is deleted: AWS reuses no number.
#[derive(Debug, Default)]
struct Published {
    last: u32,
    /// The revision of the function that the last one was made of.
    revision: String,
    versions: BTreeMap<u32, Function>,
}

impl Versions {
    pub(super) fn find(&self, name: &str, number: u32) -> Option<Function> {
        self.lock().get(name)?.versions.get(&number).cloned()
    }

    /// Those of a function, by rising number.
    pub(super) fn of(&self, name: &str) -> Vec<Function> {
        self.lock().get(name).map(|it| it.versions.values().cloned().collect()).unwrap_or_default()
    }

    /// Those of all functions.
    pub(super) fn all(&self) -> Vec<Function> {
        self.lock().values().flat_map(|it| it.versions.values().cloned()).collect()
    }

    /// Publishes a function as it is: the last version again, where nothing has changed since.
    pub(super) fn publish(
        &self,
        function: &Function,
        description: Option<&str>,
        make: impl FnOnce(FunctionConfig) -> Function,
    ) -> Function {
        let mut all = self.lock();
        let published = all.entry(function.name().to_owned()).or_default();
        let mut config = (*function.config()).clone();
        if let Some(last) =
            published.versions.get(&published.last).filter(|_| published.revision == config.about.revision)
        {
            return last.clone();
        }
        published.last += 1;
        config.about.revision.clone_into(&mut published.revision);
        config.about.version = Some(published.last);
        config.about.revision = Uuid::new_v4().to_string();
        if let Some(description) = description {
            description.clone_into(&mut config.about.description);
        }
        let version = make(config);
        published.versions.insert(published.last, version.clone());
        version
    }

    /// Takes one out.
    pub(super) fn remove(&self, name: &str, number: u32) -> Option<Function> {
        self.lock().get_mut(name)?.versions.remove(&number)
    }

    /// Takes out all of a function.
    pub(super) fn remove_all(&self, name: &str) -> Vec<Function> {
        let versions = self.lock().get_mut(name).map(|it| std::mem::take(&mut it.versions));
        versions.into_iter().flat_map(BTreeMap::into_values).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Published>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
