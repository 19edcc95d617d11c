//! The naming grammar: a way's name is its parts in axis order, the defaults left out, and `@SIZE` where the size is not
//! the default.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::axis::{Arch, Axis, Compute, Front, Kind, Language, Store};
use crate::facts::FileStorage;
use crate::model::{Model, model};
use crate::size::{InstanceType, Power, Resources, Size};
use crate::update::Update;

/// How many names a refusal suggests.
const SUGGESTIONS: usize = 3;

/// The most characters of a name that are looked at and printed again: the longest valid name has half as many.
const LONGEST: usize = 100;

/// A valid way to deploy the counter. Made from its name, or taken from [`Model::ways`].
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
    /// How large it is.
    pub size: Size,
}

impl Way {
    /// A way at its default size.
    pub(crate) fn of(compute: Compute, language: Language, store: Store, front: Front, arch: Arch) -> Self {
        let facts = compute.facts();
        let size = facts.sizes.parse(facts.default_size.of(arch), arch);
        let size = size.expect("the default sizes of ways.toml are valid: a test reads them");
        Self { compute, language, store, front, arch, size }
    }

    /// The same at its default size: what names builds, rendered Terraform and whatever else does not depend on the size.
    #[must_use]
    pub fn at_default_size(self) -> Self {
        Self::of(self.compute, self.language, self.store, self.front, self.arch)
    }

    /// Whether they differ in their size at most.
    #[must_use]
    pub fn is_of_any_size(self, other: Self) -> bool {
        Self { size: other.size, ..self } == other
    }

    /// The same at another size.
    ///
    /// # Errors
    /// When the compute does not come in it.
    pub fn at_size(self, size: &str) -> Result<Self, NameError> {
        format!("{}@{size}", self.at_default_size()).parse()
    }

    /// Whether its size is left out of its name.
    #[must_use]
    pub fn is_default_size(self) -> bool {
        self.size.to_string() == self.compute.facts().default_size.of(self.arch)
    }

    /// The sizes of this way that are suggested.
    #[must_use]
    pub fn sizes(self) -> Vec<Self> {
        let sizes = self.compute.facts().sizes.listed(self.arch);
        sizes.into_iter().map(|size| Self { size, ..self }).collect()
    }

    /// What its size comes to.
    #[must_use]
    pub fn resources(self) -> Resources {
        self.compute.facts().sizes.resources(self.size)
    }

    /// What the file with its count is on; nothing where the store keeps none on the compute.
    #[must_use]
    pub fn file_storage(self) -> Option<FileStorage> {
        let store = self.store.facts();
        // It lasts, and yet a second process can't have it.
        if store.durable && !store.shared { self.compute.facts().file } else { None }
    }

    /// Whether it is a function that joins a VPC, where its store is.
    #[must_use]
    pub fn joins_vpc(self) -> bool {
        self.compute.facts().kind == Kind::Function && self.store.facts().vpc
    }

    /// Its instance type, where its size is given by one.
    #[must_use]
    pub fn instance(self) -> Option<InstanceType> {
        match self.size {
            Size::Instance(instance) => Some(instance),
            Size::Memory { .. } | Size::Task { .. } | Size::Power(_) | Size::None => None,
        }
    }

    /// Its power, where its size is given by one: where it is a container service of Lightsail's.
    #[must_use]
    pub fn power(self) -> Option<Power> {
        match self.size {
            Size::Power(power) => Some(power),
            Size::Memory { .. } | Size::Task { .. } | Size::Instance(_) | Size::None => None,
        }
    }

    /// Its name without language and store: where a service of the user's own runs, of which these are its own matter.
    #[must_use]
    pub fn place(self) -> String {
        let mut way = self;
        way.language = way.compute.facts().language();
        let store = format!("-{}", way.store);
        let named = way.compute.facts().default_store != Some(way.store);
        if named { way.to_string().replacen(&store, "", 1) } else { way.to_string() }
    }

    /// What Lambda calls in this way's package, where it runs there; nothing of a language that has no functions.
    #[must_use]
    pub fn handler(self) -> Option<String> {
        let runtime = self.language.facts().runtime.as_ref()?;
        let adapted = runtime.server.as_ref().filter(|_| self.compute.facts().adapter.is_some());
        Some(adapted.unwrap_or(&runtime.handler).replace("{store}", self.store.service().word()))
    }

    /// How it counts where counting so is wanted: a template counts by the store's own addition, and knows no other way.
    #[must_use]
    pub fn updates(self, wanted: Update) -> Update {
        if self.has_process() { wanted } else { Update::Atomic }
    }

    /// Whether processes run its service.
    #[must_use]
    pub fn has_process(self) -> bool {
        self.compute.facts().kind.has_process()
    }
}

/// The names that begin so: of ways at their default size, and after an `@` of the sizes that are suggested.
#[must_use]
pub fn completions(typed: &str) -> Vec<String> {
    let names: Vec<String> = match typed.split_once('@') {
        Some((name, _)) => name.parse().map(Way::sizes).unwrap_or_default().iter().map(Way::with_size).collect(),
        None => model().ways().map(|way| way.to_string()).collect(),
    };
    names.into_iter().filter(|name| name.starts_with(typed)).collect()
}

impl Way {
    /// Its name with the size written out, also where that is the default.
    fn with_size(&self) -> String {
        format!("{}@{}", self.at_default_size(), self.size)
    }
}

impl fmt::Display for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compute = self.compute.facts();
        let defaults = &model().defaults;
        let mut name = self.compute.to_string();
        let mut add = |word: &str, is_default: bool| {
            if !is_default {
                name.push('-');
                name.push_str(word);
            }
        };
        add(self.language.word(), self.language == compute.language());
        add(self.store.word(), compute.default_store == Some(self.store));
        add(self.front.word(), compute.default_front == self.front);
        add(self.arch.word(), self.arch == defaults.arch);
        if !self.is_default_size() {
            name.push('@');
            name.push_str(&self.size.to_string());
        }
        formatter.pad(&name)
    }
}

impl FromStr for Way {
    type Err = NameError;

    /// Reads a name. What is the default may be written out; parts out of order are refused.
    fn from_str(typed: &str) -> Result<Self, NameError> {
        let (name, size) = match typed.split_once('@') {
            Some((name, size)) => (name, Some(size)),
            None => (typed, None),
        };
        if let Some((closed, instead)) = model().closed.iter().find_map(|it| Some((it, it.instead_of(name)?))) {
            return Err(NameError::of_parts(typed, &instead, closed.reason.clone()));
        }
        let way = parts(name).map_err(|reason| NameError::of_parts(typed, name, reason))?;
        let Some(size) = size else { return Ok(way) };
        match way.compute.facts().sizes.parse(size, way.arch) {
            Ok(size) => Ok(Self { size, ..way }),
            Err(reason) => Err(NameError::of_size(typed, way, size, reason)),
        }
    }
}

/// Reads the parts of a name.
fn parts(name: &str) -> Result<Way, String> {
    let defaults = &model().defaults;
    let mut rest = name;
    let compute = take_word::<Compute>(&mut rest).ok_or_else(|| {
        let words: Vec<_> = Compute::ALL.iter().map(|compute| compute.word()).collect();
        format!("it begins with none of {}", words.join(", "))
    })?;
    let facts = compute.facts();
    let language = take(&mut rest).unwrap_or(facts.language());
    let store = take(&mut rest).or(facts.default_store);
    let front = take(&mut rest).unwrap_or(facts.default_front);
    let arch = take(&mut rest).unwrap_or(defaults.arch);
    match rest.strip_prefix('-') {
        Some("") => return Err("it ends with a hyphen".to_owned()),
        Some(rest) => return Err(format!("unexpected `{}` at its end", shortened(rest))),
        None => {}
    }
    let store = store.ok_or_else(|| format!("a {compute} way names its store"))?;
    let way = Way::of(compute, language, store, front, arch);
    Model::refusal(way).map_or(Ok(way), Err)
}

/// Takes the next `-PART` off a name if it is a value of this axis.
fn take<A: Axis>(rest: &mut &str) -> Option<A> {
    let mut after = rest.strip_prefix('-')?;
    let value = take_word(&mut after)?;
    *rest = after;
    Some(value)
}

/// Takes a word off a name if it is a value of this axis: it ends the name, or a hyphen follows.
fn take_word<A: Axis>(rest: &mut &str) -> Option<A> {
    A::ALL.iter().copied().find(|value| {
        let Some(after) = rest.strip_prefix(value.word()) else { return false };
        let ends = after.is_empty() || after.starts_with('-');
        if ends {
            *rest = after;
        }
        ends
    })
}

/// The valid names nearest to what was typed, best first.
fn nearest(name: &str) -> Vec<String> {
    let mut names: Vec<_> = model().ways().map(|way| way.to_string()).collect();
    let mut edits = BTreeMap::new();
    names.sort_by_cached_key(|valid| (distance(name, valid, &mut edits), valid.len(), valid.clone()));
    names.truncate(SUGGESTIONS);
    names
}

/// Edits between what was typed and a valid name (Damerau–Levenshtein), doubled; parts that are not typed yet count
/// half an edit each, so that `lamda` is near `lambda-dynamodb`. `known` has those of beginnings that other names have, too.
fn distance(typed: &str, valid: &str, known: &mut BTreeMap<String, usize>) -> usize {
    let ends = valid.match_indices('-').map(|(end, _)| end).chain([valid.len()]);
    let mut edits = |end: usize| {
        let beginning = &valid[..end];
        if let Some(&edits) = known.get(beginning) {
            return edits;
        }
        let edits = 2 * strsim::damerau_levenshtein(typed, beginning);
        known.insert(beginning.to_owned(), edits);
        edits
    };
    ends.map(|end| edits(end) + valid[end..].matches('-').count()).min().unwrap_or_default()
}

/// A text as far as it is looked at and printed.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A name that is not a way's, why it is not, and the valid names nearest to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such way: `{name}` ({reason}); nearest: {}", nearest.join(", "))]
pub struct NameError {
    /// What was typed, shortened.
    pub name: String,
    /// Why it is not a way's.
    pub reason: String,
    /// Valid names, the nearest first.
    pub nearest: Vec<String>,
}

impl NameError {
    fn of_parts(typed: &str, name: &str, reason: String) -> Self {
        Self { name: shortened(typed), reason, nearest: nearest(&shortened(name)) }
    }

    fn of_size(typed: &str, way: Way, size: &str, reason: String) -> Self {
        let sizes = way.compute.facts().sizes.nearest(&shortened(size), way.arch);
        let nearest = sizes.into_iter().map(|size| Way { size, ..way }.with_size()).collect();
        Self { name: shortened(typed), reason, nearest }
    }
}

impl Serialize for Way {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Way {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
