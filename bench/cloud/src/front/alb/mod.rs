//! The Application Load Balancer, in front of functions.

pub mod function;
