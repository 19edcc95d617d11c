//! Real shell scripts that behave as the worst tools do.

mod ended;
mod run;
mod script;
