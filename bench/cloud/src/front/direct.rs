//! No balancer: the caller reaches the server's own address.

use std::net::SocketAddr;

/// The server's base URL.
pub(super) fn url(server: SocketAddr) -> String {
    format!("http://{server}")
}
