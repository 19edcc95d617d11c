//! A service that is unreachable: the server starts, reports it, and works again with it.

use std::time::{Duration, Instant};

use crate::http::call;
use crate::process::{command, start};

#[test]
fn an_unreachable_service_stops_neither_the_start_nor_the_page() {
    for store in ["dynamodb://counters/hits", "s3://counters/hits"] {
        let mut command = command(store);
        // Port 9 of loopback: nothing listens there.
        command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
        let server = start(command);
        let started = Instant::now();
        let hits = call(server.address, "GET /hits").unwrap();
        assert_eq!(hits.status, 503);
        assert!(hits.headers.contains("content-type: application/problem+json"), "{hits:?}");
        assert_eq!(hits.body, r#"{"type":"about:blank","title":"Service Unavailable","status":503}"#);
        for (path, expect) in [("/readyz", (503, r#"{"status":"fail"}"#)), ("/healthz", (200, r#"{"status":"pass"}"#))]
        {
            let answer = call(server.address, &format!("GET {path}")).unwrap();
            assert_eq!((answer.status, answer.body.as_str()), expect, "{path}");
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        assert_eq!(call(server.address, "GET /").unwrap().status, 200);
    }
}
