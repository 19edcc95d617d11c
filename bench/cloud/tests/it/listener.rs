//! Which socket listens at an address, for tests that hold that a listener ended: its port can be another test's by then.

use std::net::SocketAddrV4;
use std::time::{Duration, Instant};

/// How long a socket may outlive its listener: between fork and exec, a process that another test starts has it, too.
const BOUND: Duration = Duration::from_secs(10);

/// The inode of the socket that listens at an address `IP:PORT`, `None` if none does: `/proc/net/tcp` as `proc(5)` has it.
pub(crate) fn listening(address: &str) -> Option<u64> {
    const LISTEN: &str = "0A";
    let address: SocketAddrV4 = address.parse().unwrap();
    let local = format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields[1] == local && fields[3] == LISTEN).then(|| fields[9].parse().unwrap())
    })
}

/// Waits until the socket that listened at an address is closed.
pub(crate) async fn closed(address: &str, socket: Option<u64>) {
    let begun = Instant::now();
    while listening(address) == socket {
        assert!(begun.elapsed() < BOUND, "{address} still listens");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
