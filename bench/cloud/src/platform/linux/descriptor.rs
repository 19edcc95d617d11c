//! Waiting for a file descriptor of the kernel's own kind (pidfd, timerfd) inside the runtime.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::{Interest, unix::AsyncFd};

/// A descriptor that can be waited for until it is readable.
#[allow(unsafe_code)]
pub(crate) fn readable(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is one open descriptor, always the same, until it is dropped, and the `AsyncFd`
    // owns it.
    Ok(unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) }?)
}
