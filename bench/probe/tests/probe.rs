//! The probe's tests.

mod invoke;
