//! What a service needs of a processor. It is measured elsewhere.

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
