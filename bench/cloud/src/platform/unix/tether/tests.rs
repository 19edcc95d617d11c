//! A watchdog whose pipe ends, as it does when a lab is killed.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::*;

/// Long enough on a busy machine.
const SOON: Duration = Duration::from_secs(10);

/// A shell and a worker of it, ended with the test.
struct Group {
    leader: Child,
    /// Hangs up once both have ended, for then their output has ended.
    ended: Receiver<()>,
}

impl Group {
    fn start(tether: &Tether) -> Self {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "sleep 60 & echo up; wait"]).stdout(Stdio::piped());
        let mut leader = tied(&mut command, tether).spawn().unwrap();
        let mut output = BufReader::new(leader.stdout.take().unwrap());
        output.read_line(&mut String::new()).unwrap();
        let (send, ended) = channel();
        thread::spawn(move || {
            let _end = output.read_to_end(&mut Vec::new());
            let _unread = send.send(());
        });
        Self { leader, ended }
    }

    fn is_gone_within(&self, time: Duration) -> bool {
        self.ended.recv_timeout(time).is_ok()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _gone = kill_process_group(Pid::from_child(&self.leader), Signal::KILL);
        let _reaped = self.leader.wait();
    }
}

/// As a leader of a group that registers with the watchdog.
#[allow(unsafe_code)]
fn tied<'a>(command: &'a mut Command, tether: &Tether) -> &'a mut Command {
    // SAFETY: it makes two plain system calls and allocates nothing.
    unsafe { command.process_group(0).pre_exec(tether.tie()) }
}

#[test]
fn a_lab_that_is_gone_takes_all_its_groups_with_it() {
    let watchdog = Arc::new(Watchdog::start().unwrap());
    let groups = [0, 1].map(|_| Group::start(&Tether::to(&watchdog)));
    assert!(!groups[0].is_gone_within(Duration::from_millis(50)), "they live as long as the lab");
    assert_eq!(Arc::strong_count(&watchdog), 1, "nobody else holds the pipe");
    drop(watchdog);
    assert!(groups.iter().all(|group| group.is_gone_within(SOON)));
}

#[test]
fn a_group_that_is_over_is_a_strangers_and_left_alone() {
    let watchdog = Arc::new(Watchdog::start().unwrap());
    let tethers = [0, 1, 2].map(|_| Tether::to(&watchdog));
    let [first, over, last] = [0, 1, 2].map(|n: usize| Group::start(&tethers[n]));
    tethers[1].release();
    drop((tethers, watchdog));
    assert!(first.is_gone_within(SOON) && last.is_gone_within(SOON));
    assert!(!over.is_gone_within(Duration::from_millis(50)));
}

#[test]
fn a_program_that_is_missing_is_said_as_ever() {
    let watchdog = Arc::new(Watchdog::start().unwrap());
    let tether = Tether::to(&watchdog);
    let error = tied(&mut Command::new("/does/not/exist"), &tether).spawn().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    tether.release();
}
