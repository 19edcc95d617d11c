//! What a run and what costs look like: tables, legends, and JSON. It prints nothing and measures nothing.

pub mod cost;
mod figures;
pub mod on_aws_table;
pub mod reproduction;
pub mod table;
