//! macOS, where [`super::unix`] is not enough.

pub(crate) mod memory;
