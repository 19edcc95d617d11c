//! The lab's tests: the command line, the services in the local cloud, and the repository's own rules.

mod bench;
mod command_line;
mod conformance;
mod exactness;
mod prebuilt;
mod repository;
mod rie;
mod support;
mod up;
