//! The model's tests: names, validity, the catalogue; prices and cost.

mod cost;
mod names;
mod prices;
mod published;
mod support;
mod validity;
