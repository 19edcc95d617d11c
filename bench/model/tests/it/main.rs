//! The model from outside: what must hold of any simulation, and how near the parameters come to public data.

mod calibration;
mod properties;
mod ways;
