//! The local cloud, from outside.

mod process;
