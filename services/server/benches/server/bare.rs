//! The peer: hyper's HTTP/1 connection on the runtime that our server has on one core, and a
//! service that returns a constant. Must do nothing else.

use std::convert::Infallible;
use std::io::Write;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

async fn constant(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from_static(b"1234567"))))
}

/// Serves until killed; announces itself as our server does.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be built").block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        println!("listening on http://{address}");
        std::io::stdout().flush().expect("the bench reads this");
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("a connected socket");
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(constant));
            tokio::spawn(connection);
        }
    });
}
