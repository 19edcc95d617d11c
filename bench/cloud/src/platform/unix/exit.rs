//! A child's end, seen by a thread that waits for it and leaves it to be reaped.

use std::io;
use std::thread;

use rustix::io::retry_on_intr;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tokio::sync::oneshot;

/// What it takes to watch a process.
pub(crate) const NEEDS: &str = "it needs a thread of its own";

/// A future that is ready once the child has ended; it does not reap it. To be called before anyone does.
pub(crate) fn ended(child: Pid) -> io::Result<impl Future<Output = ()> + Send> {
    let (send, receive) = oneshot::channel();
    let wait = move || {
        // An error means that it was reaped meanwhile. Should a new child have its id by then, this thread outstays
        // its use, and does nothing else.
        let _ended = retry_on_intr(|| waitid(WaitId::Pid(child), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT));
        let _unwanted = send.send(());
    };
    thread::Builder::new().name("process-exit".into()).spawn(wait)?;
    Ok(async move {
        let _ended = receive.await;
    })
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};
    use std::time::Duration;

    use rustix::process::{Signal, kill_process};
    use tokio::time::timeout;

    use super::*;

    fn shell(script: &str) -> (Child, Pid) {
        let child = Command::new("/bin/sh").args(["-c", script]).spawn().unwrap();
        let pid = Pid::from_child(&child);
        (child, pid)
    }

    async fn soon(ended: impl Future<Output = ()>) {
        timeout(Duration::from_secs(10), ended).await.expect("its end is seen");
    }

    #[tokio::test]
    async fn an_end_is_seen_and_its_status_left() {
        let (mut child, pid) = shell("exit 3");
        soon(ended(pid).unwrap()).await;
        assert_eq!(child.wait().unwrap().code(), Some(3));
    }

    #[tokio::test]
    async fn a_stopped_child_has_not_ended_and_a_killed_one_has() {
        let (mut child, pid) = shell("sleep 60");
        let mut end = std::pin::pin!(ended(pid).unwrap());
        kill_process(pid, Signal::STOP).unwrap();
        assert!(timeout(Duration::from_millis(100), &mut end).await.is_err());
        kill_process(pid, Signal::KILL).unwrap();
        soon(end).await;
        child.wait().unwrap();
    }

    #[tokio::test]
    async fn a_child_that_is_reaped_by_someone_else_has_ended() {
        let (mut child, pid) = shell("sleep 60");
        let end = ended(pid).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        soon(end).await;
    }
}
