//! A child's end, seen by its pidfd: no thread waits.

use std::io;

use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::descriptor::readable;

/// What it takes to watch a process.
pub(crate) const NEEDS: &str = "Linux 5.3 or newer is needed";

/// A future that is ready once the child has ended; it does not reap it. To be called before anyone does.
pub(crate) fn ended(child: Pid) -> io::Result<impl Future<Output = ()> + Send> {
    let pidfd = readable(pidfd_open(child, PidfdFlags::NONBLOCK)?)?;
    Ok(async move {
        let _ended = pidfd.readable().await;
    })
}
