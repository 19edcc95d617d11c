//! The lab's tests: the command line, the services in the local cloud, and the repository's own rules.

mod bench;
mod choose;
mod chromium;
mod command_line;
mod conformance;
mod cost;
mod deploy;
mod exactness;
mod json_schema;
mod kubernetes;
mod locks;
mod many_runs;
mod on_aws;
mod own;
mod prebuilt;
mod price_server;
mod prices_refresh;
mod report;
mod repository;
mod rie;
mod runs;
mod setup;
mod shards;
mod support;
mod terraform;
mod up;
