//! The file store in a process that is killed, and on a disk that is full.

use std::collections::HashSet;
use std::fs;
use std::process::Command;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, prlimit};

use crate::http::{Connection, call};
use crate::process::{SERVER, command, start, with_store};

/// Callers until the connection breaks; the numbers that they were given. Each answer is announced.
fn load(address: std::net::SocketAddr, callers: usize, answered: &Sender<()>) -> Vec<thread::JoinHandle<Vec<u64>>> {
    let until_broken = move |answered: Sender<()>| {
        let mut numbers = Vec::new();
        let Ok(mut connection) = Connection::open(address) else {
            return numbers;
        };
        while let Ok(answer) = connection.call("POST /hits") {
            assert_eq!(answer.status, 200, "{answer:?}");
            numbers.push(answer.body.parse().unwrap());
            // Nobody listens once the first ones have come.
            let _unheard = answered.send(());
        }
        numbers
    };
    let caller = || {
        let answered = answered.clone();
        thread::spawn(move || until_broken(answered))
    };
    (0..callers).map(|_| caller()).collect()
}

#[test]
fn ten_kills_under_load_lose_no_acknowledged_count_and_repeat_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("file://{}/hits", folder.path().display());
    let mut acknowledged = HashSet::new();
    for round in 0..10 {
        let server = start(command(&store));
        let (answered, answers) = mpsc::channel();
        let callers = load(server.address, 8, &answered);
        answers.recv_timeout(Duration::from_secs(30)).expect("it counts");
        drop(answers);
        thread::sleep(Duration::from_millis(100 + 17 * round));
        server.kill();
        let before = acknowledged.len();
        for caller in callers {
            for number in caller.join().unwrap() {
                assert!(acknowledged.insert(number), "{number} was given twice");
            }
        }
        assert!(acknowledged.len() > before, "round {round} counted nothing");
    }
    let highest = acknowledged.iter().max().copied().unwrap();
    let server = start(command(&store));
    let next: u64 = call(server.address, "GET /hits").unwrap().body.parse().unwrap();
    assert!(next > highest, "{next} after {highest} was acknowledged");
}

#[test]
fn a_full_disk_is_a_503_and_counting_goes_on_exactly_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    // Without the trap a write beyond the limit would be a deadly SIGXFSZ, not an error.
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", r#"trap '' XFSZ; exec "$0""#, SERVER]);
    // The log is on the full disk too.
    shell.stderr(fs::File::create(folder.path().join("log")).unwrap());
    let server = start(with_store(shell, &format!("file://{}/hits", folder.path().display())));
    assert_eq!(call(server.address, "GET /hits").unwrap().body, "1");

    let room = |bytes| {
        let limit = Rlimit { current: bytes, maximum: None };
        prlimit(Some(server.pid()), Resource::Fsize, limit).unwrap();
    };
    room(Some(0));
    for _ in 0..3 {
        let full = call(server.address, "GET /hits").unwrap();
        assert_eq!(full.status, 503);
        assert!(full.headers.contains("content-type: application/problem+json"), "{full:?}");
    }
    assert_eq!(call(server.address, "GET /readyz").unwrap().status, 503);
    room(None);
    assert_eq!(call(server.address, "GET /hits").unwrap().body, "2");
    assert_eq!(call(server.address, "GET /readyz").unwrap().status, 200);
}
