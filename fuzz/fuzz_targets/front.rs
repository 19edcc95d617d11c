//! The fronts of functions: any request becomes an event in JSON, any answer of a function a response or a failure.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| cloud::fuzzing::fronts(data));
