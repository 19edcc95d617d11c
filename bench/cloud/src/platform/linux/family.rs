//! The descendants of a process, read from `/proc`, and killing those that left its group.

use std::fs;
use std::io;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// More descendants than this are not looked at: a service has a handful of workers.
const MOST_PROCESSES: usize = 64;

/// A process, by its id and the moment it started: no other has both.
#[derive(Debug)]
pub(crate) struct Identity {
    pid: i32,
    started: u64,
}

impl Identity {
    fn of(pid: i32) -> Option<Self> {
        Some(Self { pid, started: started(pid)? })
    }

    /// Kills it, if it still runs.
    pub(crate) fn kill(self) {
        if let Some(pid) = Pid::from_raw(self.pid).filter(|_| started(self.pid) == Some(self.started)) {
            let _ended = kill_process(pid, Signal::KILL);
        }
    }
}

/// All descendants of a process, without itself.
pub(crate) fn descendants(leader: i32) -> Vec<Identity> {
    family(leader).into_iter().skip(1).filter_map(Identity::of).collect()
}

/// Daemons with this pair in their environment, and their descendants. Who has lost its parent is a child of the system's
/// first process, or of one of the lab's ancestors that takes them in (`PR_SET_CHILD_SUBREAPER`).
pub(crate) fn orphans(mark: &[u8]) -> Vec<Identity> {
    let own = std::process::id().cast_signed();
    let ancestors = std::iter::successors(parent(own), |pid| parent(*pid)).chain([1]);
    let marked = |pid: &i32| environment(*pid).split(|byte| *byte == 0).any(|pair| pair == mark);
    ancestors.flat_map(children).filter(marked).flat_map(family).filter_map(Identity::of).collect()
}

/// The process and its descendants.
pub(super) fn family(leader: i32) -> Vec<i32> {
    let mut family = vec![leader];
    let mut next = 0;
    while next < family.len() && family.len() < MOST_PROCESSES {
        family.extend(children(family[next]));
        next += 1;
    }
    family
}

/// A process' variables, each followed by a zero; empty if it has none, has ended or is another user's.
///
/// While it replaces its program (`execve`) it shows none, and who reads them just then gets a part: they are read again.
fn environment(pid: i32) -> Vec<u8> {
    const PAUSE: Duration = Duration::from_millis(1);
    // Where they end in its memory: another place for each program, and zero until a new one has them, and for a zombie.
    let end = || stat::<u64>(pid, 51).filter(|end| *end > 0);
    for _ in 0..50 {
        let before = end();
        match fs::read(format!("/proc/{pid}/environ")) {
            Ok(variables) if before.is_some() && before == end() => return variables,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => break,
            _ => {}
        }
        if matches!(stat(pid, 3), None | Some('Z' | 'X')) {
            break;
        }
        thread::sleep(PAUSE);
    }
    Vec::new()
}

/// Each thread of a process has children of its own.
fn children(pid: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|list| list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// When a process started, in ticks since the system did.
fn started(pid: i32) -> Option<u64> {
    stat(pid, 22)
}

fn parent(pid: i32) -> Option<i32> {
    stat(pid, 4).filter(|parent| *parent > 0)
}

/// A field of a process' `stat`, counted from 1, after the name.
fn stat<T: std::str::FromStr>(pid: i32, field: usize) -> Option<T> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces; what follows it starts with field 3.
    stat.rsplit_once(") ")?.1.split(' ').nth(field - 3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_daemon_is_found_at_each_moment_of_its_life() {
        const MARK: &[u8] = b"FAMILY_TEST_MARK=1";
        let folder = tempfile::tempdir().expect("a folder");
        let restless = folder.path().join("restless");
        // It does nothing but replace itself, so that it is often seen in the middle of that; and ends, should nobody end it.
        fs::write(&restless, "#!/bin/sh\n[ \"$1\" -gt 0 ] && exec \"$0\" $(($1 - 1))\n").expect("written");
        fs::set_permissions(&restless, fs::Permissions::from_mode(0o755)).expect("executable");
        // The shell ends at once: what it started is nobody's child.
        let started = Command::new("sh")
            .args(["-c", "setsid \"$0\" 100000 &"])
            .arg(&restless)
            .env("FAMILY_TEST_MARK", "1")
            .stdout(Stdio::null())
            .status();
        assert!(started.expect("a shell").success());
        let daemon = orphans(MARK).pop().expect("it is found");
        let shown = || environment(daemon.pid).split(|byte| *byte == 0).any(|pair| pair == MARK);
        let missed = (0..5_000).filter(|_| !shown()).count();
        daemon.kill();
        assert_eq!(missed, 0, "of 5000 looks");
    }
}
