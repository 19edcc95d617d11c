//! How slow AWS is: the parameters, read from `aws.toml`, every one checked and with its source.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde::Deserialize;

use ways::{Arch, ArtifactKind, Axis, FileStorage, Front, Language, Store, Way};

use crate::distribution::Distribution;
use crate::scenario::Connections;

/// How slow AWS is. Field for field what `aws.toml` has, where each is explained.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// A round trip between caller and front.
    pub network: Distribution,
    /// What a front adds to each call; one that is not here adds nothing.
    pub front: BTreeMap<Front, Distribution>,
    /// From the front to the execution environment and back, without the handler.
    pub invoke: Distribution,
    /// What a cold call takes beyond initialisation and handler.
    pub cold: Distribution,
    /// And where the function joins a VPC.
    pub cold_vpc: Distribution,
    /// And for each MB of its zip.
    pub cold_per_mb: Fixed,
    /// What a store takes that is called over the network; one that is not here is not. A store without rows of its own has those
    /// of the store whose services serve it.
    pub store: BTreeMap<Store, StoreCalls>,
    /// A durable write of a small file on EFS.
    pub efs_commit: Distribution,
    /// A durable write of a small file on an instance's volume.
    pub ebs_commit: Distribution,
    /// A new connection to a store.
    pub connect: Distribution,
    /// CPU time of the process for a new connection.
    pub connect_cpu: Fixed,
    /// Work of an AWS vCPU in the time in which a core of this machine does 1.
    pub vcpu_speed: Factor,
    /// Over which Lambda holds a share.
    pub lambda_period: Fixed,
    /// Over which a server's share is held.
    pub server_period: Fixed,
    /// How long Lambda keeps an idle environment.
    pub keep_idle: Fixed,
    /// Calls of all functions of an account that are served together.
    pub account_concurrency: Count,
    /// What the CPU time of a call varies by from call to call: the standard deviation of its logarithm.
    pub cpu_spread: Factor,
    /// CPU time of a turn of the reference loop on AWS's vCPUs.
    pub reference_turn: BTreeMap<Arch, Fixed>,
    /// The original study's client.
    pub study_client: StudyClient,
    /// What was fitted.
    pub fit: Fit,
    /// How the original study's functions differ from ours.
    pub published: Published,
}

/// How the original study's functions were.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The languages whose functions opened a connection to their store for each call.
    pub connects_each_call: Vec<Language>,
    /// Where it comes from, or that it is assumed.
    pub source: String,
}

impl Published {
    /// When a function of a language opened a connection.
    #[must_use]
    pub fn connections(&self, language: Language) -> Connections {
        if self.connects_each_call.contains(&language) { Connections::EachCall } else { Connections::Kept }
    }
}

/// What calls of a store take on an open connection.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreCalls {
    /// A read of the count: one item, one small object.
    pub read: Distribution,
    /// A write of it.
    pub write: Distribution,
}

/// What of the original study's table parameters were fitted on.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// The ways whose published latency was used; the others are held out.
    pub rows: Vec<String>,
}

/// A time that is the same each time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// In milliseconds.
    pub ms: f64,
    /// Where it comes from, or that it is assumed.
    pub source: String,
}

/// A ratio.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// The ratio.
    pub factor: f64,
    /// Where it comes from, or that it is assumed.
    pub source: String,
}

/// A number of things.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// How many.
    pub count: u32,
    /// Where it comes from, or that it is assumed.
    pub source: String,
}

/// A client that is slower than the service.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyClient {
    /// CPU time that it takes for one call, in milliseconds.
    pub cpu_ms: f64,
    /// Share of a processor that it has.
    pub vcpus: f64,
    /// Where it comes from, or that it is assumed.
    pub source: String,
}

/// Why parameters can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ParametersError {
    /// It is no TOML, or has a field too few, too many or of the wrong kind.
    #[error("the parameters are not as in bench/model/aws.toml")]
    Format(#[source] Box<toml::de::Error>),
    /// A number that can't be.
    #[error("the parameter `{name}` = {value} must be above 0; put it right")]
    NotPositive {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: f64,
    },
    /// Nobody vouches for it.
    #[error("the parameter `{0}` has no source: name one, or start it with \"assumption\"")]
    Source(&'static str),
}

impl Parameters {
    /// Those that are committed with the lab.
    ///
    /// # Panics
    /// Never in a build whose tests pass: they read the same bytes.
    #[must_use]
    pub fn committed() -> Arc<Self> {
        static COMMITTED: LazyLock<Arc<Parameters>> = LazyLock::new(|| {
            Arc::new(Parameters::parse(include_str!("../aws.toml")).expect("a test reads the committed aws.toml"))
        });
        Arc::clone(&COMMITTED)
    }

    /// What a durable write of a small file takes.
    #[must_use]
    pub fn commit(&self, storage: FileStorage) -> &Distribution {
        match storage {
            FileStorage::Efs => &self.efs_commit,
            FileStorage::RootVolume | FileStorage::OwnVolume => &self.ebs_commit,
        }
    }

    /// What a cold call takes besides where the way's function joins a VPC; nothing of other ways.
    #[must_use]
    pub fn cold_vpc(&self, way: Way) -> Option<&Distribution> {
        way.joins_vpc().then_some(&self.cold_vpc)
    }

    /// What a cold call of a way takes for each MB of its package, in ms. A zip is fetched and unpacked whole. Of an image Lambda
    /// fetches the blocks that are read, so that its size is no part of a start (Brooker et al., "On-demand Container Loading in
    /// AWS Lambda", USENIX ATC 2023); reading them is in the starts of images (`lambda-perf.toml`).
    #[must_use]
    pub fn cold_per_mb_ms(&self, way: Way) -> f64 {
        match way.compute.facts().artifact {
            ArtifactKind::Zip => self.cold_per_mb.ms,
            ArtifactKind::ContainerImage | ArtifactKind::DiskImage | ArtifactKind::Templates => 0.0,
        }
    }

    /// Those in a text of the same form.
    ///
    /// # Errors
    /// When it can't be used.
    pub fn parse(text: &str) -> Result<Self, ParametersError> {
        let mut parameters: Self = toml::from_str(text).map_err(|error| ParametersError::Format(Box::new(error)))?;
        for &store in Store::ALL {
            if let Some(calls) = parameters.store.get(&store.service()).cloned() {
                parameters.store.entry(store).or_insert(calls);
            }
        }
        let client = &parameters.study_client;
        let by_part = parameters.reference_turn.values().map(|it| ("reference_turn", it.ms, &it.source));
        let fixed = [
            ("cold_per_mb.ms", parameters.cold_per_mb.ms, &parameters.cold_per_mb.source),
            ("connect_cpu.ms", parameters.connect_cpu.ms, &parameters.connect_cpu.source),
            ("vcpu_speed.factor", parameters.vcpu_speed.factor, &parameters.vcpu_speed.source),
            ("lambda_period.ms", parameters.lambda_period.ms, &parameters.lambda_period.source),
            ("study_client.cpu_ms", client.cpu_ms, &client.source),
            ("server_period.ms", parameters.server_period.ms, &parameters.server_period.source),
            ("keep_idle.ms", parameters.keep_idle.ms, &parameters.keep_idle.source),
            ("cpu_spread.factor", parameters.cpu_spread.factor, &parameters.cpu_spread.source),
            (
                "account_concurrency.count",
                parameters.account_concurrency.count.into(),
                &parameters.account_concurrency.source,
            ),
            ("study_client.vcpus", client.vcpus, &client.source),
        ];
        for (name, value, source) in fixed.into_iter().chain(by_part) {
            if !(value > 0.0 && value.is_finite()) {
                return Err(ParametersError::NotPositive { name, value });
            }
            if source.trim().is_empty() {
                return Err(ParametersError::Source(name));
            }
        }
        Ok(parameters)
    }
}

impl Fixed {
    /// As a duration.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.ms / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(from: &str, to: &str) -> String {
        let text = include_str!("../aws.toml");
        assert!(text.contains(from), "{from}");
        let error = Parameters::parse(&text.replacen(from, to, 1)).unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        format!("{error}: {source}")
    }

    #[test]
    fn the_committed_parameters_are_valid() {
        let parameters = Parameters::committed();
        let without: Vec<_> = Front::ALL.iter().filter(|front| !parameters.front.contains_key(front)).collect();
        assert_eq!(without, [&Front::Direct]);
        // Whoever shares a store calls it over the network.
        for store in Store::ALL {
            assert_eq!(parameters.store.contains_key(store), store.facts().shared, "{store}");
        }
        assert!(parameters.store.values().all(|calls| calls.read.mean_ms() < calls.write.mean_ms()));
        assert_eq!(parameters.lambda_period.duration(), Duration::from_millis(20));
    }

    #[test]
    fn parameters_that_can_not_be_are_refused_with_the_reason() {
        let refused = changed("p50_ms = 0.6", "p50_ms = 6.0");
        assert!(refused.contains("p50_ms = 6 and p99_ms = 2 are no delay"), "{refused}");
        let refused = changed("[network]", "[netwrok]");
        assert!(refused.contains("unknown field `netwrok`"), "{refused}");
        let refused = changed("p50_ms = 3.5", "p50 = 3.5");
        assert!(refused.contains("unknown field `p50`"), "{refused}");
        let refused = changed("factor = 1.0", "factor = 0.0");
        assert!(refused.contains("`vcpu_speed.factor` = 0 must be above 0"), "{refused}");
        let refused = changed("source = \"PeterUlb/lambdabench: 4 to 8 ms per MB of zip\"", "source = \"\"");
        assert!(refused.contains("`cold_per_mb.ms` has no source"), "{refused}");
    }
}
