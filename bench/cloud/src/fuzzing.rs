//! What `fuzz/` calls of the parsers that are private here. Built by `cargo fuzz` only.

/// Makes a request of `data`, its event at each front of functions, and a response of the rest of `data`.
pub fn fronts(data: &[u8]) {
    crate::front::fuzzing::fronts(data);
}
