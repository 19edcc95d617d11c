//! What services need of a processor, at the shares of one at which it was measured: that of a run, or the one that is
//! built in.

use std::sync::LazyLock;
use std::time::Duration;

use model::{CallsOf, Demand, Parameters, Setup};
use prices::cost::OwnUse;
use serde::{Deserialize, Serialize};
use ways::{Axis, Build, Kind, Language, Store, Variant, Way, model};

/// What services need, and where it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demands {
    /// When: RFC 3339, UTC.
    pub measured_at: String,
    /// By which lab: its version, and its commit where that is known.
    pub lab: String,
    /// On which machine.
    pub machine: String,
    /// Of each service that was measured.
    pub services: Vec<Service>,
    /// The service of the user's own that all of them are; absent where they are the counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnService>,
}

/// A service of the user's own: what a call of it takes of stores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnService {
    /// What it is called.
    pub name: String,
    /// What is charged for a call.
    pub takes: OwnUse,
    /// How often it calls which stores.
    pub calls: [CallsOf; 2],
}

/// A service: what runs in one way and in another that differ in their compute's size, their front or their arch is the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// A server, or a function.
    pub kind: Kind,
    /// Whether it is a server that a function runs behind an adapter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adapted: bool,
    /// What it is written in.
    pub language: Language,
    /// Where it counts; of the stores that one service serves, that which has it.
    pub store: Store,
    /// How it is built.
    pub build: Build,
    /// When it was measured, if not with the others: RFC 3339, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<String>,
    /// What it needs, by rising share of a processor.
    pub at: Vec<AtShare>,
}

/// What a service needs under one share of a processor: medians, in CPU time of AWS's processor of the default arch. A process
/// that is stopped for most of the time finds its caches cold, and needs more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtShare {
    /// Processors, or a part of one.
    pub vcpu: f64,
    /// From its start until it can take calls, in ms.
    pub init_cpu_ms: f64,
    /// Its first call, in ms.
    pub first_cpu_ms: f64,
    /// A call after some, in ms.
    pub warm_cpu_ms: f64,
    /// What is deployed, in bytes.
    pub package_bytes: u64,
    /// Whether the share was held: where not, its caches stayed warm and its CPU times are too short.
    pub share_held: bool,
}

impl Demands {
    /// Those that are built in: of all services, for where there is no run.
    ///
    /// # Panics
    /// Never in a build whose tests pass: they read the same bytes.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static BUILT_IN: LazyLock<Demands> = LazyLock::new(|| {
            serde_json::from_str(include_str!("../demands.json")).expect("a test reads the committed demands.json")
        });
        &BUILT_IN
    }

    /// How its ways are called, and call their stores.
    #[must_use]
    pub fn setup(&self) -> Setup {
        Setup { calls: self.own.as_ref().map(|own| own.calls), ..Setup::default() }
    }

    /// What a way's service needs at the way's share of a processor; nothing where that service was not measured. What has no
    /// process needs none of it.
    ///
    /// Between two measured shares it is straight over the logarithm of the share; beyond them it is that of the nearest.
    #[must_use]
    pub fn of(&self, variant: Variant, parameters: &Parameters) -> Option<Demand> {
        if !variant.way.has_process() {
            return Some(Demand::default());
        }
        let service = self.service(variant)?;
        let it = service.at_share(variant.way.resources().vcpu)?;
        let turn_ms = |arch| parameters.reference_turn.get(&arch).map(|turn| turn.ms);
        let slower = turn_ms(variant.way.arch)? / turn_ms(model().defaults.arch)?;
        let time = |ms: f64| Duration::try_from_secs_f64(ms * slower / 1e3).unwrap_or_default();
        Some(Demand {
            init_cpu: time(it.init_cpu_ms),
            first_cpu: time(it.first_cpu_ms),
            warm_cpu: time(it.warm_cpu_ms),
            package_bytes: it.package_bytes,
        })
    }

    /// Whether the share of a processor was held wherever a way's service was measured.
    #[must_use]
    pub fn share_held(&self, variant: Variant) -> bool {
        !variant.way.has_process()
            || self.service(variant).is_some_and(|service| service.at.iter().all(|it| it.share_held))
    }

    /// The shares of a processor at which a way's service was measured; nothing where it was not.
    #[must_use]
    pub fn measured_at(&self, variant: Variant) -> Option<Vec<f64>> {
        Some(self.service(variant)?.at.iter().map(|it| it.vcpu).collect())
    }

    /// The build of a way's service that stands for it where none is named: the first of the builds that it has that was
    /// measured, and the first where none was.
    #[must_use]
    pub fn build_of(&self, way: Way) -> Build {
        let has = model().builds(way);
        let measured = has.iter().find(|&&build| self.service(Variant { way, build }).is_some());
        *measured.unwrap_or(&has[0])
    }

    fn service(&self, variant: Variant) -> Option<&Service> {
        let wanted = Service::of(variant);
        self.services.iter().find(|it| it.is(&wanted))
    }
}

impl Service {
    /// The service of a way, without what it needs.
    #[must_use]
    pub fn of(Variant { way, build }: Variant) -> Self {
        let facts = way.compute.facts();
        let adapted = facts.adapter.is_some();
        let (language, store) = (way.language, way.store.service());
        Self { kind: facts.kind, adapted, language, store, build, measured_at: None, at: Vec::new() }
    }

    /// Whether it is the same service, whatever was measured of it.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let which = |it: &Self| (it.kind, it.adapted, it.language, it.store, it.build);
        which(self) == which(other)
    }

    fn at_share(&self, vcpu: f64) -> Option<AtShare> {
        let above = self.at.iter().position(|it| it.vcpu >= vcpu);
        let (from, to) = match above {
            None => return self.at.last().copied(),
            Some(0) => return self.at.first().copied(),
            Some(index) => (self.at[index - 1], self.at[index]),
        };
        let part = (vcpu / from.vcpu).ln() / (to.vcpu / from.vcpu).ln();
        let between = |from: f64, to: f64| from + (to - from) * part;
        Some(AtShare {
            vcpu,
            init_cpu_ms: between(from.init_cpu_ms, to.init_cpu_ms),
            first_cpu_ms: between(from.first_cpu_ms, to.first_cpu_ms),
            warm_cpu_ms: between(from.warm_cpu_ms, to.warm_cpu_ms),
            package_bytes: from.package_bytes,
            share_held: from.share_held && to.share_held,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(vcpu: f64, ms: f64) -> AtShare {
        AtShare {
            vcpu,
            init_cpu_ms: 10.0 * ms,
            first_cpu_ms: 2.0 * ms,
            warm_cpu_ms: ms,
            package_bytes: 7,
            share_held: true,
        }
    }

    #[test]
    fn a_share_between_two_has_what_lies_between_and_one_beyond_has_the_nearest() {
        let service = Service {
            kind: Kind::Function,
            adapted: false,
            language: Language::Rust,
            store: Store::S3,
            build: Build::Tuned,
            measured_at: None,
            at: vec![at(0.1, 4.0), at(1.0, 2.0)],
        };
        for (vcpu, ms) in [(0.01, 4.0), (0.1, 4.0), (0.316_227_766, 3.0), (1.0, 2.0), (6.0, 2.0)] {
            let found = service.at_share(vcpu).unwrap();
            assert!((found.warm_cpu_ms - ms).abs() < 1e-6, "{vcpu}: {found:?}");
            assert!((found.init_cpu_ms - 10.0 * ms).abs() < 1e-5, "{vcpu}: {found:?}");
        }
        assert_eq!(Service { at: vec![], ..service }.at_share(1.0), None);
    }

    #[test]
    fn a_store_that_anothers_services_serve_has_their_demands() {
        let demands = Demands::built_in();
        let of = |name: &str| {
            let variant = Variant { way: name.parse().expect("a way"), build: Build::Tuned };
            demands.of(variant, &Parameters::committed()).expect("measured")
        };
        for (one, other) in [("lambda-valkeynode", "lambda-valkey"), ("ec2-go-valkeynode", "ec2-go-valkey")] {
            assert_eq!(of(one), of(other));
            assert_ne!(of(one), of("lambda-s3"));
        }
    }

    #[test]
    fn the_built_in_demands_are_of_every_service_by_rising_share() {
        let demands = Demands::built_in();
        for way in model().ways() {
            for &build in model().builds(way) {
                let variant = Variant { way, build };
                assert!(demands.of(variant, &Parameters::committed()).is_some(), "{variant}");
            }
        }
        for service in &demands.services {
            assert!(service.at.is_sorted_by(|one, other| one.vcpu < other.vcpu), "{service:?}");
            assert!(service.at.iter().all(|it| it.share_held && it.warm_cpu_ms > 0.0), "{service:?}");
        }
    }
}
