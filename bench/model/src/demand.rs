//! What a service needs of a processor: measured, in CPU time, and normalised by a loop that runs beside it.

use std::time::Duration;

/// CPU time of a service, in that of a Lambda vCPU.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Demand {
    /// From its start until it can take calls.
    pub init_cpu: Duration,
    /// Its first call; its new connection to the store without the cryptography, which is a parameter (`connect_cpu`).
    pub first_cpu: Duration,
    /// A call over open connections, after some.
    pub warm_cpu: Duration,
    /// What is deployed, in bytes.
    pub package_bytes: u64,
}

/// The loop that runs beside a service: how long it took there is how fast the machine was then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// CPU time of one turn of it, when the service was measured.
    pub turn_cpu: Duration,
}

impl Reference {
    /// CPU time measured beside this loop, as that of a processor on which a turn takes `turn_cpu`.
    #[must_use]
    pub fn normalised(&self, measured: Duration, turn_cpu: Duration) -> Duration {
        if self.turn_cpu.is_zero() {
            return measured;
        }
        measured.mul_f64(turn_cpu.as_secs_f64() / self.turn_cpu.as_secs_f64())
    }
}
