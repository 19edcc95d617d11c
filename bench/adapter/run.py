#!/usr/bin/env python3
"""AWS's Lambda Web Adapter before a plain web server, as a function of the local Lambda. See README.md.

usage: run.py [--lab PROGRAM]. Exit code 0: everything is as on AWS; 1: something is not, one line each.
"""

import argparse
import base64
import concurrent.futures
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "adapter"
VERSION = json.loads((ROOT / "ways.json").read_text())["compute"]["lambdaweb"]["adapter"]["version"]
FRONTS = {
    "HTTP API": "lambda-dynamodb",
    "function URL": "lambda-dynamodb-function-url",
    "ALB": "lambda-dynamodb-alb",
}

# The web server knows nothing of Lambda. It takes a moment to start, as servers do.
BOOTSTRAP = r"""#!/usr/bin/env python3
import http.server, json, os, sys, time
class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path.startswith("/exit"):
            os._exit(7)
        kind, status, out = "application/json", 200, None
        if self.path.startswith("/bytes"):
            kind, out = "application/octet-stream", bytes(range(256))
        elif self.path.startswith("/teapot"):
            status = 418
        out = out or json.dumps({"method": self.command, "path": self.path, "body": body.decode(), "pid": os.getpid(),
                                 "headers": {name.lower(): value for name, value in self.headers.items()}}).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("set-cookie", "a=1")
        self.send_header("set-cookie", "b=2; HttpOnly")
        self.send_header("content-length", str(len(out)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else out)
    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer
    def log_message(self, *_):
        pass
time.sleep(0.3)
http.server.ThreadingHTTPServer((os.environ.get("AWS_LWA_HOST", "127.0.0.1"), int(os.environ["AWS_LWA_PORT"])), Web).serve_forever()
"""

# On AWS each environment has a network of its own; here all share this machine's. The Runtime API's port is nobody else's,
# so that the same port of another loopback address is free.
OWN_PORT = "AWS_LWA_HOST=127.0.0.2 AWS_LWA_PORT=${AWS_LAMBDA_RUNTIME_API##*:}"


def adapter():
    """The adapter, built from its crate."""
    program = PLACE / "bin/lambda-adapter"
    if not program.exists():
        command = ["cargo", "install", "--quiet", "--debug", "--locked", "--root", PLACE, "lambda_web_adapter", "--version", VERSION]
        subprocess.run([str(part) for part in command], check=True, env={**os.environ, "CARGO_TARGET_DIR": str(PLACE / "target")})
    return program.read_bytes()


def package(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100755 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, content)
    return out.getvalue()


def call(url, target, method="GET", headers=None, body=None):
    place = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    try:
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


def check_front(front, url, wrong):
    def expect(what, found, wanted):
        if found != wanted:
            wrong.append(f"{front}: {what}: {found!r} instead of {wanted!r}")

    status, headers, body = call(url, "/a/b?x=1&y=two", headers={"x-mine": "yes"})
    expect("status", status, 200)
    if status != 200:
        return
    seen = json.loads(body)
    expect("the request", (seen["method"], seen["path"], seen["headers"].get("x-mine")), ("GET", "/a/b?x=1&y=two", "yes"))
    expect("the event is handed on", "x-amzn-request-context" in seen["headers"], True)
    # An ALB without multi-value headers has one value of each.
    cookies = ["a=1"] if front == "ALB" else ["a=1", "b=2; HttpOnly"]
    expect("cookies", [value for name, value in headers if name.lower() == "set-cookie"], cookies)
    seen = json.loads(call(url, "/form", "POST", {"content-type": "text/plain"}, "hello λ".encode())[2])
    expect("a body", (seen["method"], seen["body"]), ("POST", "hello λ"))
    expect("bytes", call(url, "/bytes")[2], bytes(range(256)))
    expect("another status", call(url, "/teapot")[0], 418)
    expect("HEAD", call(url, "/", "HEAD")[2], b"")
    warm = {json.loads(call(url, "/")[2])["pid"] for _ in range(20)}
    expect("environments of sequential calls", len(warm), 1)
    with concurrent.futures.ThreadPoolExecutor(8) as callers:
        statuses = set(callers.map(lambda _: call(url, "/")[0], range(80)))
    expect("statuses of simultaneous calls", statuses, {200})
    expect("the status of a server that ends", call(url, "/exit")[0] >= 500, True)
    # The adapter has answered for it before its end is seen: a call may still meet the old environment.
    after = [call(url, "/")[0]]
    while after[-1] != 200 and len(after) < 20:
        time.sleep(0.1)
        after.append(call(url, "/")[0])
    expect("calls after it", after[-1], 200)


def check_lambda(url, files, wrong):
    """The adapter as it comes: by CreateFunction, its port in the function's configuration."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    spec = {
        "FunctionName": "web", "Role": "arn:aws:iam::123456789012:role/web", "Runtime": "provided.al2023",
        "Handler": "bootstrap", "Code": {"ZipFile": base64.b64encode(package(files)).decode()}, "Timeout": 20,
        "MemorySize": 512, "Environment": {"Variables": {"AWS_LWA_PORT": port, "AWS_LWA_READINESS_CHECK_PATH": "/ready"}},
    }  # fmt: skip
    status, _, body = call(url, "/2015-03-31/functions", "POST", {"content-type": "application/json"}, json.dumps(spec))
    if status != 201:
        wrong.append(f"CreateFunction: {status} {body!r}")
        return
    event = {
        "version": "2.0", "routeKey": "$default", "rawPath": "/x", "rawQueryString": "", "headers": {"host": "test"},
        "requestContext": {"http": {"method": "GET", "path": "/x", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                                    "userAgent": "test"}, "domainName": "test", "stage": "$default", "accountId": "1",
                           "apiId": "x", "requestId": "x", "routeKey": "$default", "time": "28/Nov/2026:05:00:00 +0000",
                           "timeEpoch": 1795842000000},
        "isBase64Encoded": False,
    }  # fmt: skip
    for _ in range(5):
        status, headers, body = call(url, "/2015-03-31/functions/web/invocations", "POST", body=json.dumps(event))
        answer = json.loads(body)
        if (status, answer.get("statusCode")) != (200, 200) or json.loads(answer["body"])["path"] != "/x":
            wrong.append(f"Invoke: {status} {headers} {body[:300]!r}")
            return


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--lab", default=str(ROOT / "target/release/lab"), help="the lab's executable")
    lab = arguments.parse_args().lab
    program = adapter()
    wrapped = {
        "bootstrap": f"#!/bin/sh\n{OWN_PORT} exec ./web\n",
        "web": BOOTSTRAP,
        "adapter": program,
        "extensions/lambda-adapter": f'#!/bin/sh\n{OWN_PORT} exec "$LAMBDA_TASK_ROOT/adapter"\n',
    }
    plain = {"bootstrap": BOOTSTRAP, "extensions/lambda-adapter": program}
    wrong = []
    with tempfile.TemporaryDirectory() as scratch:
        zipped, manifest = Path(scratch, "function.zip"), Path(scratch, "artifacts.json")
        zipped.write_bytes(package(wrapped))
        manifest.write_text(json.dumps({way: {"package": str(zipped), "entrypoint": None} for way in FRONTS.values()}))
        with subprocess.Popen(
            [lab, "up", "--env", *FRONTS.values()],
            cwd=ROOT, env={**os.environ, "LAB_ARTIFACTS": str(manifest)}, stdout=subprocess.PIPE, text=True,
        ) as up:  # fmt: skip
            lines = [line.removeprefix("export ").strip() for line in up.stdout if line.startswith("export ")]
            variables = dict(line.split("=", 1) for line in lines)
            try:
                for front, way in FRONTS.items():
                    check_front(front, variables["LAB_URL_" + way.upper().replace("-", "_")], wrong)
                check_lambda(variables["AWS_ENDPOINT_URL_LAMBDA"], plain, wrong)
            finally:
                up.send_signal(signal.SIGINT)
                began = time.monotonic()
                code = up.wait(30)
        if code != 0 or time.monotonic() - began > 5:
            wrong.append(f"the lab ended with {code} after {time.monotonic() - began:.1f} s")
    for line in wrong:
        print(line)
    print(f"Lambda Web Adapter {VERSION}: {len(wrong)} differences")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
