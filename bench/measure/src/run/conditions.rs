//! The machine while a way is measured: what else it did. Two readings of the system's own counters, one difference.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::machine::{self, Ticks};

/// What the machine did beside a round of a way. What can't be read is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// Processors that were kept busy by processes other than the lab and what it ran, on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others_cores: Option<f64>,
    /// The share of all processors' time that the hypervisor gave to other machines ("steal").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steal_share: Option<f64>,
    /// The processors' frequency at the end, on average, in MHz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency_mhz: Option<f64>,
}

/// Watches the machine from a moment on.
#[derive(Debug)]
pub struct Watch {
    begun: Instant,
    machine: Option<Ticks>,
    own: Option<Duration>,
}

impl Watch {
    /// From now on.
    #[must_use]
    pub fn begin() -> Self {
        Self { begun: Instant::now(), machine: machine::ticks(), own: own() }
    }

    /// What the machine did until now. The lab's own processes must have ended: a process counts as the lab's once the
    /// lab has waited for it.
    #[must_use]
    pub fn end(&self) -> Conditions {
        let elapsed_s = self.begun.elapsed().as_secs_f64();
        let ticks = self.machine.zip(machine::ticks()).map(|(before, after)| after.since(before));
        let own_s = self.own.zip(own()).map(|(before, after)| after.saturating_sub(before).as_secs_f64());
        Conditions { frequency_mhz: machine::frequency_mhz(), ..conditions(ticks, own_s, elapsed_s) }
    }
}

/// What the machine did in some seconds, of which the lab's own processes used so much processor time.
fn conditions(ticks: Option<Ticks>, own_s: Option<f64>, elapsed_s: f64) -> Conditions {
    Conditions {
        others_cores: ticks.zip(own_s).map(|(ticks, own_s)| ((ticks.busy_s - own_s) / elapsed_s).max(0.0)),
        steal_share: ticks.filter(|ticks| ticks.all_s > 0.0).map(|ticks| ticks.steal_s / ticks.all_s),
        frequency_mhz: None,
    }
}

/// Processor time of this process and of its children that have ended.
fn own() -> Option<Duration> {
    machine::cpu_time(&[i32::try_from(std::process::id()).ok()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_labs_own_work_is_not_that_of_others() {
        // Two processors for two seconds: three of the four were busy, a half of them with the lab's work.
        let ticks = Ticks { busy_s: 3.0, steal_s: 0.5, all_s: 4.0 };
        let expected = Conditions { others_cores: Some(0.75), steal_share: Some(0.125), frequency_mhz: None };
        assert_eq!(conditions(Some(ticks), Some(1.5), 2.0), expected);
        // Ticks are coarse: the lab's may seem to be more than all.
        assert_eq!(conditions(Some(ticks), Some(3.1), 2.0).others_cores, Some(0.0));
        assert_eq!(conditions(None, Some(1.0), 2.0), Conditions::default());
    }

    #[test]
    fn linux_has_what_the_machine_did() {
        let conditions = Watch::begin().end();
        assert_eq!(conditions.others_cores.is_some(), cfg!(target_os = "linux"));
    }
}
