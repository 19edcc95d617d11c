//! A way for a service of one's own: what runs it and what stands before it. What it is written in, and where it keeps its
//! data, are its own matter.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};
use ways::{Arch, Axis, Compute, Front, Kind, Language, NameError, Store, Way, model};

/// The store that stands for the service's own: shared, durable, over the network, one call for each write.
fn store() -> Store {
    let stands = |store: &&Store| store.facts().shared && store.facts().durable && !store.facts().reads_first;
    *Store::ALL.iter().find(stands).expect("ways.toml has such a store: a test reads it")
}

/// A way for a service of one's own: compute, front, instruction set and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppWay(Way);

/// A name that is no such way's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such way for a service of one's own: `{name}` ({reason}); nearest: {}", nearest.join(", "))]
pub struct AppWayError {
    /// What was typed.
    name: String,
    /// Why it is not one.
    reason: String,
    /// Valid names, the nearest first.
    nearest: Vec<String>,
}

impl AppWay {
    /// Each compute with its default front, at its default size.
    pub fn defaults() -> impl Iterator<Item = Self> {
        Self::all().filter(|it| it.front() == it.compute().facts().default_front && it.0.arch == model().defaults.arch)
    }

    /// Every one at its default size.
    pub fn all() -> impl Iterator<Item = Self> {
        let store = store();
        let stands = move |way: &Way| way.store == store && way.language == model().defaults.language;
        model().ways().filter(stands).map(Self)
    }

    /// What runs it.
    #[must_use]
    pub fn compute(self) -> Compute {
        self.0.compute
    }

    /// What stands before it.
    #[must_use]
    pub fn front(self) -> Front {
        self.0.front
    }

    /// The instruction set.
    #[must_use]
    pub fn arch(self) -> Arch {
        self.0.arch
    }

    /// Which form of the service it runs: a function runs the server where there is an adapter.
    #[must_use]
    pub fn service(self) -> Kind {
        self.0.compute.facts().service()
    }

    /// Whether it runs a server in a function.
    #[must_use]
    pub fn adapted(self) -> bool {
        self.0.compute.facts().adapter.is_some()
    }

    /// The counter's way that stands for it where its parts are asked for: the same compute, front, instruction set and size;
    /// the language that is closest to the service's; the store that is shared and durable.
    #[must_use]
    pub fn stand_in(self, language: Language) -> Way {
        let mut way = self.0;
        way.language = language;
        way
    }

    /// The sizes that are suggested.
    #[must_use]
    pub fn sizes(self) -> Vec<Self> {
        self.0.sizes().into_iter().map(Self).collect()
    }

    /// For people: `Fargate · ALB · x86-64`.
    #[must_use]
    pub fn title(self) -> String {
        let parts = [&self.0.compute.facts().title, &self.0.front.facts().title, &self.0.arch.facts().title];
        parts.map(String::as_str).join(" · ")
    }
}

impl fmt::Display for AppWay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0.place())
    }
}

impl FromStr for AppWay {
    type Err = AppWayError;

    fn from_str(typed: &str) -> Result<Self, AppWayError> {
        let compute = Compute::ALL.iter().copied().find(|compute| {
            typed.strip_prefix(compute.word()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '@']))
        });
        let runs = |compute: &Compute| compute.facts().kind.has_process();
        if let Some(compute) = compute.filter(|it| !runs(it)) {
            return Err(AppWayError::of(typed, format!("no service of one's own runs in `{compute}`")));
        }
        let Some(compute) = compute else {
            let words: Vec<_> = Compute::ALL.iter().filter(|it| runs(it)).map(|compute| compute.word()).collect();
            return Err(AppWayError::of(typed, format!("it begins with none of {}", words.join(", "))));
        };
        let rest = &typed[compute.word().len()..];
        let first = rest.trim_start_matches('-').split(['-', '@']).next().unwrap_or_default();
        if Language::from_word(first).is_some() || Store::from_word(first).is_some() {
            return Err(AppWayError::of(typed, format!("`{first}` is the service's own matter: leave it out")));
        }
        if !compute.facts().stores.contains(&store()) {
            return Err(AppWayError::of(typed, format!("{compute} gives a service no way to tables and buckets")));
        }
        let whole: Result<Way, NameError> = format!("{compute}-{}{rest}", store()).parse();
        whole.map(Self).map_err(|error| AppWayError {
            name: typed.to_owned(),
            reason: error.reason,
            nearest: error.nearest.iter().map(|it| it.replacen(&format!("-{}", store()), "", 1)).collect(),
        })
    }
}

impl AppWayError {
    fn of(typed: &str, reason: String) -> Self {
        let mut names: Vec<_> = AppWay::all().map(|way| way.to_string()).collect();
        let distance = |name: &String| (strsim::damerau_levenshtein(typed, name), name.clone());
        names.sort_by_cached_key(distance);
        names.truncate(3);
        Self { name: typed.chars().take(100).collect(), reason, nearest: names }
    }
}

impl<'de> Deserialize<'de> for AppWay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leaves_language_and_store_out_and_means_its_way() {
        for (name, stand_in) in [
            ("ec2", "ec2-python-dynamodb"),
            ("fargate-direct-arm64", "fargate-python-dynamodb-direct-arm64"),
            ("lambda", "lambda-python-dynamodb"),
            ("lambda-function-url@512", "lambda-python-dynamodb-function-url@512"),
            ("k8s-alb@t3.small", "k8s-python-dynamodb-alb@t3.small"),
            ("lambdaweb-alb@512", "lambdaweb-python-dynamodb-alb@512"),
        ] {
            let way: AppWay = name.parse().expect(name);
            assert_eq!(way.to_string(), name);
            assert_eq!(way.stand_in(Language::Python).to_string(), stand_in);
        }
        let names: Vec<_> = AppWay::defaults().map(|way| way.to_string()).collect();
        assert_eq!(names, ["ec2", "lambda", "lambdaweb", "lambdaimage", "fargate", "k8s", "eks"]);
    }

    #[test]
    fn a_wrong_name_is_refused_with_the_nearest() {
        for (name, message) in [
            ("ec2-python", "the service's own matter"),
            ("fargat", "nearest: fargate"),
            ("lambda-alb-function-url", "nearest: lambda"),
            ("lambda@64", "nearest: lambda@128"),
            ("ec2-http-api", "nearest: ec2"),
            ("nocompute", "no service of one's own runs in `nocompute`"),
            ("lightsail", "gives a service no way to tables and buckets"),
        ] {
            let error = name.parse::<AppWay>().expect_err(name).to_string();
            assert!(error.contains(message), "{name}: {error}");
        }
    }
}
