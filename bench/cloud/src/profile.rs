//! How true to AWS's speed a run is.

/// How fast things are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// As fast as this machine allows: memory is limited, neither CPU nor network is.
    #[default]
    Bare,
}
