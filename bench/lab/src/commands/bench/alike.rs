//! Ways that run the same here: where nothing is slowed down, the same program, store and front are the same, whatever AWS
//! calls and charges what is around them. They are measured once in each round.

use std::sync::{Mutex, PoisonError};

use choose::Service;
use measure::run::Measurement;
use ways::{Axis, Kind, Variant, Way};

/// What was measured in this run.
#[derive(Default)]
pub(super) struct Measured(Mutex<Vec<(Variant, u32, Measurement)>>);

impl Measured {
    /// Keeps what was measured of a way in a round.
    pub(super) fn keep(&self, way: Variant, round: u32, measurement: &Measurement) {
        if measurement.measured_as.is_none() {
            self.lock().push((way, round, measurement.clone()));
        }
    }

    /// What was measured in a round of a way that runs as this one does, and needed less memory than this one has; under
    /// so many callers at once.
    pub(super) fn of(&self, way: Variant, round: u32, callers: u32) -> Option<Measurement> {
        let measured = self.lock();
        let fits = |of: Way, peak_bytes: Option<u64>| {
            let (has, had) = (way.way.resources().memory_mib, of.resources().memory_mib);
            has >= had || peak_bytes.is_some_and(|peak| peak < has * 1024 * 1024)
        };
        let (of, _, measurement) = measured.iter().find(|(of, at, it)| {
            *of != way && *at == round && alike(*of, way, callers) && fits(of.way, it.peak_memory_bytes)
        })?;
        Some(Measurement { measured_as: Some(of.to_string()), ..measurement.clone() })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Variant, u32, Measurement)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether two ways run the same program, on the same store, behind the same front, under so many callers at once. A function
/// is given its memory's size, and may act on it; a server is not.
fn alike(one: Variant, other: Variant, callers: u32) -> bool {
    let around = |way: Way| {
        let compute = way.compute.facts();
        let processes = way.store.facts().connections.map_or(callers, |it| it.processes().min(callers));
        let given = (compute.kind == Kind::Function).then(|| way.resources().memory_mib);
        (way.front, way.arch, compute.timeout_s, processes, given)
    };
    Service::of(one).is(&Service::of(other)) && around(one.way) == around(other.way)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variant(name: &str) -> Variant {
        name.parse().expect("a way")
    }

    #[test]
    fn what_differs_on_aws_alone_runs_the_same_here() {
        for (one, other) in [
            ("lambda-s3", "lambdaimage-s3"),
            ("lambda-postgres", "lambda-aurora"),
            ("ec2-valkey-alb", "fargate-valkeynode"),
            ("ec2-dynamodb-nlb", "k8s-dynamodb"),
        ] {
            assert!(alike(variant(one), variant(other), 50), "{one}, {other}");
        }
    }

    #[test]
    fn another_program_store_front_or_memory_of_a_function_does_not() {
        for (one, other) in [
            ("lambda-s3", "lambda-dynamodb"),
            ("lambda-s3", "lambda-python-s3"),
            ("lambda-s3", "lambda-s3 (tuned)"),
            ("lambda-s3", "lambdaweb-s3"),
            ("lambda-s3", "lambda-s3-function-url"),
            ("lambda-s3", "lambda-s3-arm64"),
            ("lambda-s3", "lambda-s3@1769"),
            ("ec2-s3", "k8s-s3"),
        ] {
            assert!(!alike(variant(one), variant(other), 50), "{one}, {other}");
        }
    }

    #[test]
    fn a_store_that_takes_fewer_processes_than_call_is_another() {
        let (one, other) = (variant("lambda-postgres"), variant("lambda-aurora"));
        assert!(alike(one, other, 80));
        assert!(!alike(one, other, 100));
    }
}
