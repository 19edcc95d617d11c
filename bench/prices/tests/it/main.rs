//! The tests of prices and costs.

mod cost;
mod published;
mod snapshots;
mod support;
