//! What stands between the caller and the compute.
