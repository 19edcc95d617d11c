//! Child processes: spawned, limited, frozen, ended; never orphaned.
