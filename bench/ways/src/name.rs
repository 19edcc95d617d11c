//! The naming grammar: a way's name is its parts in axis order, the defaults left out.

use std::fmt;
use std::str::FromStr;

use crate::axis::{Arch, Axis, Compute, Front, Language, Store};
use crate::model::model;

/// How many names a refusal suggests.
const SUGGESTIONS: usize = 3;

/// A valid way to deploy the counter. Made from its name, or taken from [`crate::Model::ways`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Way {
    /// What runs the service.
    pub compute: Compute,
    /// What the service is written in.
    pub language: Language,
    /// Where the count is kept.
    pub store: Store,
    /// What stands between the caller and the compute.
    pub front: Front,
    /// The processor's instruction set.
    pub arch: Arch,
}

impl Way {
    pub(crate) fn of(compute: Compute, language: Language, store: Store, front: Front, arch: Arch) -> Self {
        Self { compute, language, store, front, arch }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = model();
        let compute = model.compute(self.compute);
        let mut name = self.compute.to_string();
        let mut add = |word: &str, is_default: bool| {
            if !is_default {
                name.push('-');
                name.push_str(word);
            }
        };
        add(self.language.word(), self.language == model.default_language());
        add(self.store.word(), compute.default_store == Some(self.store));
        add(self.front.word(), compute.default_front == self.front);
        add(self.arch.word(), self.arch == model.default_arch());
        formatter.pad(&name)
    }
}

impl FromStr for Way {
    type Err = NameError;

    /// Reads a name. Parts that are defaults may be written out; parts out of order are refused.
    fn from_str(name: &str) -> Result<Self, NameError> {
        let refused = |reason: String| NameError { name: name.to_owned(), reason, nearest: nearest(name) };
        let model = model();
        let mut rest = name;
        let compute = take::<Compute>(&mut rest).ok_or_else(|| refused("no way begins so".to_owned()))?;
        let defaults = model.compute(compute);
        let language = take(&mut rest).unwrap_or(model.default_language());
        let store = take(&mut rest).or(defaults.default_store);
        let front = take(&mut rest).unwrap_or(defaults.default_front);
        let arch = take(&mut rest).unwrap_or(model.default_arch());
        if !rest.is_empty() {
            return Err(refused(format!("`{rest}` is no part that can stand there")));
        }
        let Some(store) = store else {
            return Err(refused(format!("a {compute} way names its store")));
        };
        let way = Self { compute, language, store, front, arch };
        match model.refusal(way) {
            Some(reason) => Err(refused(reason)),
            None => Ok(way),
        }
    }
}

/// Takes the next part off a name if it is a value of this axis.
fn take<A: Axis>(rest: &mut &str) -> Option<A> {
    A::ALL.iter().copied().find(|value| {
        let Some(after) = rest.strip_prefix(value.word()) else { return false };
        let Some(after) = after.strip_prefix('-').or_else(|| after.is_empty().then_some("")) else { return false };
        *rest = after;
        true
    })
}

/// The valid names nearest to what was typed, best first.
fn nearest(name: &str) -> Vec<String> {
    let mut names: Vec<_> = model().ways().map(|way| way.to_string()).collect();
    names.sort_by_cached_key(|valid| (distance(name, valid), valid.len(), valid.clone()));
    names.truncate(SUGGESTIONS);
    names
}

/// Edits between what was typed and a valid name (Damerau–Levenshtein), doubled; parts that are not typed yet count
/// half an edit each, so that `lamda` is near `lambda-dynamodb`.
fn distance(typed: &str, valid: &str) -> usize {
    let ends = valid.match_indices('-').map(|(end, _)| end).chain([valid.len()]);
    let edits = |end: usize| 2 * strsim::damerau_levenshtein(typed, &valid[..end]);
    ends.map(|end| edits(end) + valid[end..].matches('-').count()).min().unwrap_or_default()
}

/// A name that is not a way's, why it is not, and the valid names nearest to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such way: `{name}` ({reason}); nearest: {}", nearest.join(", "))]
pub struct NameError {
    /// What was typed.
    pub name: String,
    /// Why it is no way.
    pub reason: String,
    /// Valid names, the nearest first.
    pub nearest: Vec<String>,
}
