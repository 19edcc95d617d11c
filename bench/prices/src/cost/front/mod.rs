//! What each front adds to a bill. This is the one table from a front to its part.

mod alb;
mod nlb;

use ways::{Axis, Front, Way};

use super::bill::{Bill, Part};
use super::usage::{SECONDS_PER_MONTH, Usage};
use crate::{PriceError, PriceKey};

/// What one call is on the wire, request and answer with their headers, in bytes: of a service of the user's own the body
/// of its answer comes on top.
const BYTES_PER_CALL: f64 = 1_000.0;

/// The balancers' GB.
const BYTES_PER_GB: f64 = 1e9;

/// Calls that share a connection: one, as of browsers that come and go. Callers that keep connections open pay less.
const CALLS_PER_CONNECTION: f64 = 1.0;

/// A request to an HTTP API.
const HTTP_API_REQUEST: PriceKey = PriceKey::new("http_api_request");

/// A request to a REST API.
const REST_API_REQUEST: PriceKey = PriceKey::new("rest_api_request");

/// What a function URL adds to an invocation.
const FUNCTION_URL_REQUEST: PriceKey = PriceKey::new("function_url_request");

/// What a front costs.
pub(super) trait FrontCost {
    /// Each price that it may charge.
    fn prices(&self) -> Vec<PriceKey>;

    /// Adds what a month of it costs.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage) -> Result<(), PriceError>;
}

/// A front that is charged by the request, or is free. One call is one request: an HTTP API meters in steps of 512 KB, a REST
/// API not by size.
struct PerRequest(Option<(&'static str, PriceKey)>);

impl FrontCost for PerRequest {
    fn prices(&self) -> Vec<PriceKey> {
        self.0.iter().map(|(_, price)| *price).collect()
    }

    fn items(&self, bill: &mut Bill<'_>, _way: Way, usage: &Usage) -> Result<(), PriceError> {
        let Self(Some((label, price))) = self else { return Ok(()) };
        bill.by_call(Part::Front, label, usage.calls_per_month, *price)
    }
}

pub(super) fn part(front: Front) -> &'static dyn FrontCost {
    match front {
        // The server's own address, or its endpoint, which the compute pays for.
        Front::Direct | Front::Endpoint => &PerRequest(None),
        Front::Alb => &alb::Alb,
        Front::Nlb => &nlb::Nlb,
        Front::HttpApi => &PerRequest(Some(("HTTP API requests", HTTP_API_REQUEST))),
        Front::RestApi => &PerRequest(Some(("REST API requests", REST_API_REQUEST))),
        // Its zero is a price in the snapshot, so that it is known where it was sold.
        Front::FunctionUrl => &PerRequest(Some(("function URL requests", FUNCTION_URL_REQUEST))),
    }
}

/// Each price that some front may charge.
pub(super) fn prices() -> impl Iterator<Item = PriceKey> {
    Front::ALL.iter().flat_map(|&front| part(front).prices())
}

/// In how many zones a front has a node and a public address; none where it is not a balancer.
fn zones(front: Front) -> f64 {
    front.facts().balancer.map_or(0.0, |balancer| f64::from(balancer.zones))
}

/// The capacity units of a month's calls: the largest of what their connections and their bytes take.
fn capacity_unit_hours(usage: &Usage, connections_per_second: f64, gb_per_hour: f64) -> f64 {
    let hours = SECONDS_PER_MONTH / 3600.0;
    let connections = usage.calls_per_second() / CALLS_PER_CONNECTION / connections_per_second;
    let bytes = BYTES_PER_CALL + usage.own.map_or(0.0, |own| own.body_bytes);
    let gb = usage.calls_per_second() * 3600.0 * bytes / BYTES_PER_GB / gb_per_hour;
    connections.max(gb) * hours
}
