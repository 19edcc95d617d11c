//! Valkey as a service sees it: connections that break while their answers are due, a server that dies, one that hangs.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use cloud::Deployment;
use ways::Store;

use crate::server_store::{a_hang_is_answered, lost_answers_repeat_no_number};

/// Sends a command to a server, and gives the number that it answers with.
fn ask(server: &mut BufReader<TcpStream>, command: &str) -> u64 {
    server.get_mut().write_all(format!("{command}\r\n").as_bytes()).expect("sent");
    let mut line = String::new();
    server.read_line(&mut line).expect("answered");
    if line.starts_with('$') {
        line.clear();
        server.read_line(&mut line).expect("the value");
    }
    line.trim_start_matches(':').trim_end().parse().unwrap_or_else(|_| panic!("{command}: {line}"))
}

/// Connects to a deployment's server beside its service.
fn beside(deployment: &Deployment) -> TcpStream {
    let store = &deployment.environment()["STORE"];
    let server = store.strip_prefix("valkey://").and_then(|it| it.split('/').next()).expect("its server");
    TcpStream::connect(server).expect("the server is up")
}

#[test]
fn an_answer_that_was_lost_gives_no_two_callers_one_number() {
    lost_answers_repeat_no_number(
        Store::Valkey,
        &async |deployment| BufReader::new(beside(deployment)),
        &async |server| ask(server, "GET hits"),
        &async |server| ask(server, "CLIENT KILL TYPE normal SKIPME yes"),
    );
}

#[test]
fn a_service_whose_server_hangs_answers_503_by_itself() {
    a_hang_is_answered(Store::Valkey, &async |deployment| {
        let mut server = beside(deployment);
        server.write_all(b"CLIENT PAUSE 600000 ALL\r\n").expect("sent");
        let mut line = String::new();
        BufReader::new(server).read_line(&mut line).expect("answered");
        assert_eq!(line, "+OK\r\n");
    });
}
