//! The server as a process: started, called, refused, killed, starved, drained, seen in a
//! browser.

mod browser;
mod drain;
mod durable;
mod help;
mod http;
mod process;
mod refuse;
mod unreachable;
