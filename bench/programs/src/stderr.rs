//! Lines for the person at the terminal. That nobody can read them, because the disk behind stderr is full or the
//! terminal is closed, is no reason to stop: `eprintln!` would panic.

use std::fmt::Arguments;
use std::io::Write;

/// Writes a line to stderr, as `eprintln!` does, and ignores that it can't be written.
#[macro_export]
macro_rules! notice {
    ($($argument:tt)*) => { $crate::stderr::line(format_args!($($argument)*)) };
}

/// Writes a line; [`notice!`](crate::notice) is the way to call it.
pub fn line(text: Arguments<'_>) {
    let _ = std::io::stderr().write_fmt(format_args!("{text}\n"));
}

/// Writes bytes as they are.
pub(crate) fn bytes(bytes: &[u8]) {
    let _ = std::io::stderr().write_all(bytes);
}
