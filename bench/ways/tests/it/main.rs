//! The model's tests: names, validity, the catalogue.

mod names;
mod validity;
