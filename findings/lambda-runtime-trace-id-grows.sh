#!/usr/bin/env bash
# lambda_runtime 1.5.0 on glibc: a Rust function grows by some 140 bytes with each invocation, for ever.
#
# For each invocation it sets the environment variable _X_AMZN_TRACE_ID (`amzn_trace_env` in src/runtime.rs), and glibc's
# setenv never frees a value that it has stored once. With one fixed trace ID nothing grows: glibc finds the value again.
# A function of 128 MB ends after some 870,000 invocations, which an execution environment can get in its hours of life.
#
# Seen with lambda_runtime 1.5.0, tokio 1, rustc 1.94.1, glibc 2.36 (2026-11-28):
#   another trace ID for each invocation: 145 bytes an invocation
#   one trace ID for all invocations: 0 bytes an invocation
#
# Around it: a loop over `lambda_runtime_api_client`, which sets nothing (services/lambda/src/runtime.rs); or musl, whose
# setenv frees. Exits with 1 if the behaviour changes. Needs cargo, python3, a crates.io registry; leaves nothing behind.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
cat >"$work/Cargo.toml" <<'TOML'
[package]
name = "grows"
version = "0.0.0"
edition = "2021"

[dependencies]
lambda_runtime = { version = "=1.5.0", default-features = false }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt"] }

[workspace]
TOML
cat >"$work/src/main.rs" <<'RUST'
use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(|event: LambdaEvent<Value>| async move { Ok::<_, Error>(event.payload) })).await
}
RUST
cargo build --quiet --manifest-path "$work/Cargo.toml" --target-dir "$work/target"

python3 - "$work/target/debug/grows" <<'PYTHON'
"""A Runtime API of a few lines, after
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html: each invocation is answered with its own event."""

import re
import socket
import subprocess
import sys

WARM_UP, INVOCATIONS = 3_000, 20_000


def grown(trace_of):
    """Bytes that an invocation adds to the function's resident memory."""
    listener = socket.create_server(("127.0.0.1", 0))
    environment = {
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % listener.getsockname()[1],
        "AWS_LAMBDA_FUNCTION_NAME": "grows",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    }
    function = subprocess.Popen([sys.argv[1]], env=environment)
    try:
        listener.settimeout(30)
        connection, _ = listener.accept()
        connection.settimeout(30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rb")

        def request():
            first, length = stream.readline(), 0
            while (line := stream.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            stream.read(length)
            return first

        def invoke(number):
            assert request().startswith(b"GET /2018-06-01/runtime/invocation/next")
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: %d\r\n"
                b"Lambda-Runtime-Deadline-Ms: 99999999999999\r\nLambda-Runtime-Trace-Id: %b\r\n"
                b"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-2:1:function:grows\r\n"
                b"Content-Length: 2\r\n\r\n{}" % (number, trace_of(number).encode())
            )
            assert b"/response " in request()
            connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

        def resident_bytes():
            status = open(f"/proc/{function.pid}/status").read()
            return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

        for number in range(WARM_UP):
            invoke(number)
        before = resident_bytes()
        for number in range(WARM_UP, WARM_UP + INVOCATIONS):
            invoke(number)
        return (resident_bytes() - before) / INVOCATIONS
    finally:
        function.kill()
        function.wait()


def trace(number):
    return f"Root=1-5bef4de7-{number:024x};Parent=9a9197af755a6419;Sampled=1"


each = grown(trace)
one = grown(lambda _: trace(0))
print(f"another trace ID for each invocation: {each:.0f} bytes an invocation")
print(f"one trace ID for all invocations: {one:.0f} bytes an invocation")
if each < 100 or one > 30:
    sys.exit("changed: lambda_runtime 1.5.0 with glibc grew by some 140 bytes an invocation with another trace ID each")
PYTHON
