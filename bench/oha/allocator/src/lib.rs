//! The system's allocator under jemalloc's name.
//!
//! oha's library makes jemalloc the allocator of whatever links it. To build jemalloc is a `configure` and a `make` of
//! minutes, in every profile; oha is no faster with it.

pub use std::alloc::System as Jemalloc;
