//! What a cost depends on besides the way and the prices: calls, durations, capacity, and what is counted.

use serde::{Deserialize, Serialize};
use ways::{Axis, Kind, Update, Way};

use super::assumption;

/// Hours of a month, as AWS's own calculator takes it (365 × 24 / 12).
pub const HOURS_PER_MONTH: f64 = 730.0;

/// Seconds of a month.
pub const SECONDS_PER_MONTH: f64 = HOURS_PER_MONTH * 3600.0;

/// How a way is used: what was measured, or is assumed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Usage {
    /// Calls per month, spread evenly but for `peak` and what the utilisation target leaves free.
    pub calls_per_month: f64,
    /// Duration of a call in the function before AWS rounds it up, in milliseconds.
    pub duration_ms: f64,
    /// Duration of a function's init phase, in milliseconds.
    pub init_ms: f64,
    /// Share of calls that meet a cold start.
    pub cold_share: f64,
    /// Memory that a function is billed for, in MiB.
    pub memory_mib: u64,
    /// Calls per second that a server answers with one whole vCPU.
    pub calls_per_vcpu_second: f64,
    /// The largest rate of calls over the mean: as many instances as it takes serve it with all their processors.
    pub peak: f64,
    /// A function's environments in provisioned concurrency, which serve all calls where there are any.
    pub provisioned: u32,
    /// How the count is updated.
    pub update: Update,
    /// What instances boot from.
    pub disk: Disk,
    /// What is counted.
    pub scope: Scope,
    /// What a call of a service of the user's own takes of stores and front, as it was counted; absent of the counter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnUse>,
}

/// What one call of a service of the user's own takes, on average.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnUse {
    /// DynamoDB's write request units.
    pub write_units: f64,
    /// DynamoDB's read request units.
    pub read_units: f64,
    /// S3's requests of the first class: PUT, COPY, POST, LIST.
    pub s3_puts: f64,
    /// S3's requests of the second class: GET and others.
    pub s3_gets: f64,
    /// Bytes of the answer's body.
    pub body_bytes: f64,
}

/// What instances boot from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disk {
    /// General purpose, second generation: the default of the original study's time.
    Gp2,
    /// General purpose, third generation: cheaper, and the default since.
    Gp3,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All that a bill has, but for network traffic and tax.
    Bill,
    /// The services that the original study counts (EC2, Lambda, S3, DynamoDB, EFS, API Gateway, balancer), as its code
    /// deploys them.
    Counted,
    /// As the original study's figures arise: Fargate at Spot prices, S3's GET left out, the control node's instance and the
    /// worker's larger disk left out.
    Published,
}

impl Usage {
    /// What is assumed of a way where nothing was measured.
    #[must_use]
    pub fn assumed(way: Way, calls_per_month: f64) -> Self {
        let update = Update::Atomic;
        let language = &way.language.facts().assumed;
        Self {
            calls_per_month,
            duration_ms: assumption::duration_ms(way, update),
            init_ms: language.init_ms,
            cold_share: assumption::COLD_SHARE,
            memory_mib: way.resources().memory_mib,
            calls_per_vcpu_second: language.calls_per_vcpu_second,
            peak: 1.0,
            provisioned: 0,
            update,
            disk: Disk::Gp3,
            scope: Scope::Bill,
            own: None,
        }
    }

    /// The same where the count is updated so.
    #[must_use]
    pub fn updated(self, way: Way, update: Update) -> Self {
        Self { update, duration_ms: assumption::duration_ms(way, update), ..self }
    }

    /// The same at another number of calls.
    #[must_use]
    pub fn at(self, calls_per_month: f64) -> Self {
        Self { calls_per_month, ..self }
    }

    pub(super) fn calls_per_second(&self) -> f64 {
        self.calls_per_month / SECONDS_PER_MONTH
    }
}

/// Whether a way runs a server, as opposed to a function.
pub(super) fn is_server(way: Way) -> bool {
    way.compute.facts().kind == Kind::Server
}
