//! Where should a service run? Every valid way at every size is a candidate: its latency under the traffic that is meant is
//! played by `model`, its cost is worked out by `prices`, and what is left under the bounds is ranked.
//!
//! Pure arithmetic, seeded: the same demands, prices and question give the same answer, whatever the machine. What a service
//! needs of a processor ([`Demands`]) is measured elsewhere. Times are milliseconds, shares are of 1, money is US dollars.

mod answer;
mod candidates;
mod cold;
mod demands;
mod figures;
mod play;
mod quantiles;
mod question;
mod size;
mod sweep;
mod traffic;

pub use answer::{Answer, Change, Confidence, Difference, Finding, Why, answer};
pub use candidates::{Candidate, Candidates, Unmeasured};
pub use cold::cold_share;
pub use demands::{AtShare, Demands, OwnService, Service};
pub use figures::{Basis, Figure, Figures};
pub use model::Pattern;
pub use question::Question;
pub use size::{ColdSegments, Next, Segments, Sizing, Step, sizing};
pub use traffic::{AtRate, Limits, Line, Provisioned, RATES, Served, Traffic, WayTraffic, traffic};
