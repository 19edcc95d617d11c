#!/usr/bin/env python3
"""The examples as functions: our Invoke beside AWS's runtime interface emulator, and what the Web Adapter adds. See README.md.

usage: examples.py --lab PROGRAM --rie PROGRAM --adapter PROGRAM [--bare PROGRAM] [--rounds N] [--calls N] [EXAMPLE…]
Run it by `taskset -c 1`, so that caller, lab, emulator and servers share one core.
"""

import argparse
import base64
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.parse
from pathlib import Path

from run import ROOT, call, package

INVOKE = "/2015-03-31/functions/{}/invocations"
# Where the emulator looks for extensions, and there alone.
EXTENSIONS = Path("/opt/extensions")
# The row of a function that answers a constant, without the adapter.
BARE = "bare"


class Caller:
    """One caller, whose answers are read by their length."""

    def __init__(self, url, target, body=None):
        self.place = urllib.parse.urlsplit(url)
        head = f"{'POST' if body else 'GET'} {target} HTTP/1.1\r\nhost: {self.place.netloc}\r\n"
        length = f"content-length: {len(body)}\r\n" if body else ""
        self.request = (head + length + "\r\n").encode() + (body or b"")
        self.connection = None

    def once(self):
        self.connection.sendall(self.request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self.more()
        head, _, rest = got.partition(b"\r\n\r\n")
        lower = head.lower()
        if b"content-length:" in lower:
            length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
            while len(rest) < length:
                rest += self.more()
        elif b"transfer-encoding: chunked" in lower:
            while not rest.endswith(b"0\r\n\r\n"):
                rest += self.more()
        return head, rest

    def more(self):
        got = self.connection.recv(65536)
        if not got:
            raise ConnectionError("the connection ended within an answer")
        return got

    def p50_ms(self, calls):
        """By a connection that is opened before: servers close those that wait for seconds."""
        if self.connection:
            self.connection.close()
        self.connection = socket.create_connection((self.place.hostname, self.place.port), 30)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        times = []
        for _ in range(calls):
            began = time.perf_counter()
            head, body = self.once()
            times.append((time.perf_counter() - began) * 1e3)
            status = int(head.split(b" ", 2)[1])
            if status >= 400 or b'"errorType"' in body or b'"statusCode":5' in body:
                raise ValueError(f"{status} {body[:200]!r}")
        return statistics.median(times)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def event(path):
    http = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"}
    context = {
        "http": http, "domainName": "test", "domainPrefix": "test", "stage": "$default", "accountId": "1", "apiId": "x",
        "requestId": "x", "routeKey": "$default", "time": "28/Nov/2026:05:00:00 +0000", "timeEpoch": 1795842000000,
    }  # fmt: skip
    return json.dumps({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": {"host": "test"},
        "requestContext": context, "isBase64Encoded": False,
    }).encode()  # fmt: skip


def until_answered(make, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            caller = make()
            caller.p50_ms(1)
            return caller
        except (OSError, ValueError):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def started(words, variables, folder, running):
    process = subprocess.Popen(
        words, cwd=folder, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    running.append(process)
    return process


def ended(process):
    """It and what it started: the emulator gives what it runs a group of its own."""
    threads = Path(f"/proc/{process.pid}/task").glob("*/children")
    children = [int(child) for thread in threads for child in thread.read_text().split()]
    for group in [process.pid, *children]:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    process.wait()


def server_targets(app, folder, variables, adapter, lab_url, rie, running, scratch):
    """Direct, ours and the emulator's, each with a server of its own."""
    server = app["server"]
    words = server["command"].split()
    port_variable, health = server.get("port", "PORT"), server.get("health", "/")
    path = "/healthz"

    def at(port):
        return [word.replace(f"${port_variable}", str(port)) for word in words]

    port = free_port()
    started(at(port), {**variables, port_variable: str(port)}, folder, running)
    targets = {"direct": until_answered(lambda: Caller(f"http://127.0.0.1:{port}", path))}

    def script(port):
        return f"#!/bin/sh\ncd {folder}\nexec {' '.join(at(port))}\n"

    def of_function(port):
        return {
            **app.get("environment", {}), port_variable: str(port), "AWS_LWA_PORT": str(port),
            "AWS_LWA_READINESS_CHECK_PATH": health, "PATH": variables["PATH"],
        }  # fmt: skip

    port = free_port()
    zipped = package({"bootstrap": script(port), "extensions/lambda-adapter": adapter.read_bytes()})
    targets["ours"] = ours("web", zipped, of_function(port), event(path), lab_url)
    port = free_port()
    bootstrap = scratch / "bootstrap"
    bootstrap.write_text(script(port))
    bootstrap.chmod(0o755)
    environment = {**variables, **of_function(port)}
    targets["emulator"] = emulated([str(bootstrap)], environment, scratch, event(path), rie, running)
    return targets


def bare_targets(program, variables, lab_url, rie, running, scratch):
    """Ours and the emulator's, of a function that answers a constant: what is left is the two themselves."""
    targets = {"ours": ours("bare", package({"bootstrap": program.read_bytes()}), {}, event("/"), lab_url)}
    targets["emulator"] = emulated([str(program.resolve())], variables, scratch, event("/"), rie, running)
    return targets


def ours(name, zipped, variables, body, lab_url):
    spec = {
        "FunctionName": name, "Role": "arn:aws:iam::123456789012:role/web", "Runtime": "provided.al2023",
        "Handler": "bootstrap", "Code": {"ZipFile": base64.b64encode(zipped).decode()}, "Timeout": 20,
        "MemorySize": 1769, "Environment": {"Variables": variables},
    }  # fmt: skip
    status, _, answer = call(
        lab_url, "/2015-03-31/functions", "POST", {"content-type": "application/json"}, json.dumps(spec)
    )
    if status != 201:
        raise ValueError(f"CreateFunction: {status} {answer!r}")
    return until_answered(lambda: Caller(lab_url, INVOKE.format(name), body))


def emulated(words, variables, folder, body, rie, running):
    own, api = free_port(), free_port()
    command = [
        rie, "--runtime-interface-emulator-address", f"127.0.0.1:{own}", "--runtime-api-address", f"127.0.0.1:{api}",
        *words,
    ]  # fmt: skip
    started(command, variables, folder, running)
    return until_answered(lambda: Caller(f"http://127.0.0.1:{own}", INVOKE.format("function"), body))


def handler_targets(app, folder, variables, function, lab_url, rie, running):
    """Ours and the emulator's, of a handler in Python: both run Lambda's runtime client."""
    runtime = ROOT / ".lab/artifacts/python/runtime"
    body = event("/links/aws")
    targets = {"ours": until_answered(lambda: Caller(lab_url, INVOKE.format(function), body))}
    code = folder / app["function"]["package"]
    search = f"{runtime}{os.pathsep}{code}"
    environment = {**variables, **app.get("environment", {}), "PYTHONPATH": search, "LAMBDA_TASK_ROOT": str(code)}
    words = [sys.executable, "-S", "-m", "awslambdaric", app["function"]["handler"]]
    targets["emulator"] = emulated(words, environment, code, body, rie, running)
    return targets


def measured(name, options):
    # Which one is up does not matter where what is called is none of them.
    folder = ROOT / "examples" / ("go-hashes" if name == BARE else name)
    app = tomllib.loads((folder / "app.toml").read_text())
    running = []
    with tempfile.TemporaryDirectory() as scratch:
        way = "ec2" if "server" in app else "lambda@1769"
        up = subprocess.Popen(
            [options.lab, "up", "--env", "--app", str(folder), way], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        try:
            lines = [line.removeprefix("export ").strip() for line in up.stdout if line.startswith("export ")]
            exported = dict(line.split("=", 1) for line in lines)
            variables = {"PATH": os.environ["PATH"], **exported, **app.get("environment", {})}
            lab_url = exported["AWS_ENDPOINT_URL_LAMBDA"]
            if name == BARE:
                made = bare_targets(options.bare, variables, lab_url, options.rie, running, Path(scratch))
            elif "server" in app:
                made = server_targets(
                    app, folder, variables, options.adapter, lab_url, options.rie, running, Path(scratch)
                )
            else:
                function = next(value for key, value in exported.items() if key.startswith("LAB_FUNCTION_"))
                made = handler_targets(app, folder, variables, function, lab_url, options.rie, running)
            for target in made.values():
                target.p50_ms(50)
            rounds = [{key: it.p50_ms(options.calls) for key, it in made.items()} for _ in range(options.rounds)]
        finally:
            for process in running:
                ended(process)
            up.send_signal(signal.SIGINT)
            up.wait(30)
    return rounds


def interval(values):
    return f"{statistics.median(values):.2f} [{min(values):.2f}–{max(values):.2f}]"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--lab", default=str(ROOT / "target/release/lab"))
    arguments.add_argument("--rie", default=os.environ.get("LAB_RIE", "aws-lambda-rie"))
    arguments.add_argument("--adapter", type=Path, required=True)
    arguments.add_argument("--bare", type=Path, help="target/release/examples/function-constant, for a row of it")
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--calls", type=int, default=200)
    arguments.add_argument("example", nargs="*", default=["python-handler", "go-hashes", "express-catalogue", "fastapi-s3"])
    options = arguments.parse_args()
    program = EXTENSIONS / "lambda-adapter"
    EXTENSIONS.mkdir(parents=True, exist_ok=True)
    program.symlink_to(options.adapter.resolve())
    print("p50 in ms, median of rounds [least–most]; ratios round by round")
    print("| example | direct | our Invoke | emulator | ours ÷ emulator | ours − direct |\n|---|---|---|---|---|---|")
    try:
        for name in [BARE] * bool(options.bare) + options.example:
            # A handler needs no adapter.
            if name == BARE or "[server]" not in (ROOT / "examples" / name / "app.toml").read_text():
                program.unlink(missing_ok=True)
            elif not program.is_symlink():
                program.symlink_to(options.adapter.resolve())
            rounds = measured(name, options)
            cells = [interval([it[key] for it in rounds]) if key in rounds[0] else "–" for key in ("direct", "ours", "emulator")]
            ratio = interval([it["ours"] / it["emulator"] for it in rounds])
            more = interval([it["ours"] - it["direct"] for it in rounds]) if "direct" in rounds[0] else "–"
            print(f"| {name} | {' | '.join(cells)} | {ratio} | {more} |", flush=True)
    finally:
        program.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
