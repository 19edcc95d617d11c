//! What each front costs, one file each.

mod alb;
mod function_url;
mod http_api;
mod nlb;

use crate::PriceError;
use ways::Front;
use ways::Way;

use super::bill::Bill;
use super::usage::{SECONDS_PER_MONTH, Usage, is_server};

/// What one call is on the wire, request and answer with their headers, in bytes.
const BYTES_PER_CALL: f64 = 1_000.0;

/// The balancers' GB.
const BYTES_PER_GB: f64 = 1e9;

/// Calls that share a connection: one, as of browsers that come and go. Callers that keep connections open pay less.
const CALLS_PER_CONNECTION: f64 = 1.0;

/// Seconds between two health checks of one target, by one node of a balancer (the default of both).
const HEALTH_CHECK_INTERVAL_S: f64 = 30.0;

/// Adds what a front costs.
pub(super) fn items(bill: &mut Bill<'_>, way: Way, usage: &Usage) -> Result<(), PriceError> {
    match way.front {
        // The server's own address, which the compute pays for.
        Front::Direct => Ok(()),
        Front::Alb => alb::items(bill, usage, is_server(way)),
        Front::Nlb => nlb::items(bill, usage),
        Front::HttpApi => http_api::items(bill, usage),
        Front::FunctionUrl => function_url::items(bill, usage),
    }
}

/// Health checks that one target gets in a month.
pub(super) fn health_checks_per_month(front: Front) -> f64 {
    let nodes = match front {
        Front::Direct | Front::HttpApi | Front::FunctionUrl => 0.0,
        Front::Alb => alb::ZONES,
        Front::Nlb => nlb::ZONES,
    };
    nodes * SECONDS_PER_MONTH / HEALTH_CHECK_INTERVAL_S
}

/// The capacity units of a month's calls: the largest of what their connections and their bytes take.
fn capacity_unit_hours(usage: &Usage, connections_per_second: f64, gb_per_hour: f64) -> f64 {
    let hours = SECONDS_PER_MONTH / 3600.0;
    let connections = usage.calls_per_second() / CALLS_PER_CONNECTION / connections_per_second;
    let gb = usage.calls_per_second() * 3600.0 * BYTES_PER_CALL / BYTES_PER_GB / gb_per_hour;
    connections.max(gb) * hours
}
