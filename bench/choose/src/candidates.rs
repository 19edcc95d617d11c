//! Candidates: every valid way at every size that is suggested, in both archs, where its service was measured.

use model::{Demand, Parameters};
use prices::cost::OwnUse;
use serde::Serialize;
use ways::{Build, Kind, Language, Store, Variant, model};

use crate::demands::{Demands, Service};

/// A way at a size, by one build.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The way, with its size, and the build.
    pub variant: Variant,
    /// What its service needs.
    pub demand: Demand,
    /// Whether the share of a processor was held when that was measured.
    pub share_held: bool,
    /// What a call of a service of the user's own takes of stores; absent of the counter.
    pub own: Option<OwnUse>,
}

/// A service that was not measured: none of its ways is a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unmeasured {
    /// A server, or a function.
    pub kind: Kind,
    /// Whether it is a server that a function runs behind an adapter.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub adapted: bool,
    /// What it is written in.
    pub language: Language,
    /// Where it counts.
    pub store: Store,
    /// How it is built.
    pub build: Build,
    /// One of its ways: what to measure.
    pub way: String,
    /// How many ways it leaves out, both archs counted.
    pub ways: usize,
}

/// What there is to choose from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidates {
    /// In the order of ways, and of sizes.
    pub all: Vec<Candidate>,
    /// What is left out.
    pub unmeasured: Vec<Unmeasured>,
}

impl Candidates {
    /// Every valid way by these builds, a language that has none of them by the one that it has; without builds by
    /// [the one that stands for it](Demands::build_of).
    #[must_use]
    pub fn of(demands: &Demands, builds: Option<&[Build]>, parameters: &Parameters) -> Self {
        let mut candidates = Self::default();
        for way in model().ways() {
            let builds = match builds {
                Some(wanted) => of_language(model().builds(way), wanted),
                None => vec![demands.build_of(way)],
            };
            for build in builds {
                candidates.add(Variant { way, build }, demands, parameters);
            }
        }
        candidates
    }

    fn add(&mut self, variant: Variant, demands: &Demands, parameters: &Parameters) {
        let share_held = demands.share_held(variant);
        let sizes = variant.way.sizes().into_iter().map(|way| Variant { way, ..variant });
        let measured: Vec<_> = sizes
            .filter_map(|variant| {
                let own = demands.own.as_ref().map(|own| own.takes);
                Some(Candidate { variant, demand: demands.of(variant, parameters)?, share_held, own })
            })
            .collect();
        if !measured.is_empty() {
            self.all.extend(measured);
            return;
        }
        // A service of the user's own is none of the others.
        if demands.own.is_some() {
            return;
        }
        let Service { kind, adapted, language, store, build, .. } = Service::of(variant);
        let unmeasured = Unmeasured { kind, adapted, language, store, build, way: variant.way.to_string(), ways: 1 };
        let which = |it: &Unmeasured| (it.kind, it.adapted, it.language, it.store, it.build);
        match self.unmeasured.iter_mut().find(|it| which(it) == which(&unmeasured)) {
            Some(known) => known.ways += 1,
            None => self.unmeasured.push(unmeasured),
        }
    }
}

/// Of the builds that a language has those that are wanted, or where it has none of them its first.
fn of_language(has: &[Build], wanted: &[Build]) -> Vec<Build> {
    let both: Vec<_> = has.iter().copied().filter(|build| wanted.contains(build)).collect();
    if both.is_empty() { has.iter().copied().take(1).collect() } else { both }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_a_candidate_at_six_sizes_and_more_in_both_archs() {
        let candidates = Candidates::of(Demands::built_in(), Some(&[Build::Tuned]), &Parameters::committed());
        assert!(candidates.all.len() >= 1_500, "{}", candidates.all.len());
        assert!(candidates.unmeasured.is_empty(), "{:?}", candidates.unmeasured);
        for way in model().ways() {
            let sizes = candidates.all.iter().filter(|it| it.variant.way.at_default_size() == way).count();
            assert!(if way.has_process() { sizes >= 6 } else { sizes == 1 }, "{way}: {sizes}");
        }
    }

    #[test]
    fn the_build_that_stands_for_a_service_is_the_first_that_was_measured() {
        let mut demands = Demands::built_in().clone();
        let of = |demands: &Demands, way: &str| demands.build_of(way.parse().expect("a way"));
        assert_eq!(of(&demands, "lambda-s3"), Build::Idiomatic);
        assert_eq!(of(&demands, "lambda-cpp-s3"), Build::Tuned);
        demands.services.retain(|it| it.build == Build::Tuned);
        assert_eq!(of(&demands, "lambda-s3"), Build::Tuned);
        let candidates = Candidates::of(&demands, None, &Parameters::committed());
        assert!(candidates.unmeasured.is_empty(), "{:?}", candidates.unmeasured);
        demands.services.clear();
        assert_eq!(of(&demands, "lambda-s3"), Build::Idiomatic);
    }

    #[test]
    fn a_service_that_was_not_measured_leaves_its_ways_out_and_is_named() {
        let mut demands = Demands::built_in().clone();
        demands.services.retain(|it| (it.kind, it.language) != (Kind::Function, Language::Cpp));
        let candidates = Candidates::of(&demands, Some(&Build::ALL), &Parameters::committed());
        let named: Vec<_> = candidates.unmeasured.iter().map(|it| (it.way.as_str(), it.build, it.ways)).collect();
        // Two packages, three fronts, two archs.
        assert_eq!(named, [("lambda-cpp-s3", Build::Tuned, 12), ("lambda-cpp-dynamodb", Build::Tuned, 12)]);
        assert!(candidates.all.iter().all(|it| it.variant.way.language != Language::Cpp));
    }
}
