//! What a service needs of a processor, as it was measured, and as a prediction takes it.

use std::time::Duration;

use model::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ways::Arch;

/// CPU times of starts and calls under the quota of the way's size, each with what a turn of the reference loop took beside
/// it. Columns of starts have equal lengths, and so have those of calls. Milliseconds throughout.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Of each start, until the service was ready.
    pub init_cpu_ms: Vec<f64>,
    /// Of the first call after it.
    pub first_cpu_ms: Vec<f64>,
    /// Of a turn of the reference loop beside them: the median.
    pub start_turn_ms: Vec<f64>,
    /// Of a warm call: the mean of each batch.
    pub call_cpu_ms: Vec<f64>,
    /// Of a turn of the reference loop beside it: the median.
    pub call_turn_ms: Vec<f64>,
}

impl Demand {
    /// In CPU time of AWS's processor, on which a turn of the reference loop takes so long: medians.
    #[must_use]
    pub fn on_aws(&self, arch: Arch, package_bytes: u64) -> model::Demand {
        let parameters = Parameters::committed();
        let turn_ms = parameters.reference_turn.get(&arch).map_or(0.0, |it| it.ms);
        let of = |cpu_ms: &[f64], turns_ms: &[f64]| {
            let ratio = |(cpu, turn): (&f64, &f64)| if *turn > 0.0 { cpu / turn * turn_ms } else { *cpu };
            let mut ratios: Vec<f64> = cpu_ms.iter().zip(turns_ms).map(ratio).collect();
            ratios.sort_by(f64::total_cmp);
            let median = ratios.get(ratios.len() / 2).copied().unwrap_or_default();
            Duration::try_from_secs_f64(median / 1e3).unwrap_or_default()
        };
        model::Demand {
            init_cpu: of(&self.init_cpu_ms, &self.start_turn_ms),
            first_cpu: of(&self.first_cpu_ms, &self.start_turn_ms),
            warm_cpu: of(&self.call_cpu_ms, &self.call_turn_ms),
            package_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_is_twice_as_slow_needs_twice_as_much_and_comes_to_the_same() {
        let turn_ms = Parameters::committed().reference_turn[&Arch::X86_64].ms;
        let measured = |slow: f64| Demand {
            init_cpu_ms: [30.0, 20.0, 25.0].map(|ms| ms * slow).to_vec(),
            first_cpu_ms: [4.0, 5.0, 3.0].map(|ms| ms * slow).to_vec(),
            start_turn_ms: vec![turn_ms * slow; 3],
            call_cpu_ms: [0.5, 0.4, 0.6].map(|ms| ms * slow).to_vec(),
            call_turn_ms: vec![turn_ms * slow; 3],
        };
        let demand = measured(2.0).on_aws(Arch::X86_64, 7);
        assert_eq!(demand, measured(1.0).on_aws(Arch::X86_64, 7));
        let micros = [demand.init_cpu, demand.first_cpu, demand.warm_cpu].map(|it| it.as_micros());
        assert_eq!((micros, demand.package_bytes), ([25_000, 4_000, 500], 7));
    }
}
