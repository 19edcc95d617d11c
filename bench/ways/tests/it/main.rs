//! The model's tests: names, validity, the catalogue; that a fact stands once.

mod facts_once;
mod names;
mod validity;
