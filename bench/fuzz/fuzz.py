#!/usr/bin/env python3
"""Random requests over raw sockets to every endpoint of `lab up`: no panic, no hang, no fault. See README.md.

usage: fuzz.py [--lab PROGRAM] [--requests N] [--seed N] [--workers N] [--only ENDPOINT …]
Exit code 0: none found; 1: some, each printed with its request; 2: unusable arguments.
"""

import argparse
import collections
import errno
import json
import multiprocessing
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests_of

ROOT = Path(__file__).resolve().parents[2]
WAYS = {
    "http-api": "lambda-dynamodb",
    "function-url": "lambda-dynamodb-function-url",
    "alb-function": "lambda-dynamodb-alb",
    "server-rust": "ec2",
    "server-python": "ec2-python",
    "alb-server": "ec2-alb",
    "nlb-server": "k8s",
    # Its environment's Runtime API and Extensions API are tried.
    "runtime-api": "lambda-s3",
}
# An answer may take as long as a call of the service: a function's time limit, with room for a loaded machine.
HANG_SECONDS = 45
# What waits for an event by design is left after this time.
WAITING_SECONDS = 0.02
# Failures that are printed in full.
SHOWN = 20


class Lab:
    """`lab up`, its addresses, and what it prints on stderr."""

    def __init__(self, program):
        self.log = tempfile.TemporaryFile("w+", errors="replace")
        # One seed per lab is enough: DynamoDB's table and S3's bucket are the clients' own.
        self.process = subprocess.Popen(
            [program, "up", "--env", *WAYS.values()], cwd=ROOT, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        lines = self.process.stdout.read().splitlines()
        self.variables = dict(line[len("export ") :].split("=", 1) for line in lines if line.startswith("export "))
        if not self.variables:
            sys.exit(f"fuzz: `lab up` did not start: {self.stderr()[-1000:]}")

    def variable(self, prefix, way):
        return self.variables[prefix + way.upper().replace("-", "_")]

    def address(self, endpoint):
        """Host and port of an endpoint."""
        if endpoint in ("dynamodb", "s3", "lambda"):
            return hostport(self.variables[f"AWS_ENDPOINT_URL_{endpoint.upper()}"])
        if endpoint == "runtime-api":
            return runtime_api(self.process.pid, self.variable("LAB_FUNCTION_", WAYS[endpoint]), self.front())
        return hostport(self.variable("LAB_URL_", WAYS[endpoint]))

    def front(self):
        return hostport(self.variable("LAB_URL_", WAYS["runtime-api"]))

    def stderr(self):
        self.log.seek(0)
        return self.log.read()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "it does not end"


def hostport(url):
    host, port = url.split("//")[1].split("/")[0].rsplit(":", 1)
    return host, int(port)


def runtime_api(lab, function, front):
    """The Runtime API of an environment of this function; a call of its front makes one where there is none."""
    for _ in range(5):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                variables = Path(f"/proc/{pid}/environ").read_text(errors="replace").split("\0")
            except OSError:
                continue
            named = dict(pair.split("=", 1) for pair in variables if "=" in pair)
            if named.get("AWS_LAMBDA_FUNCTION_NAME") == function and "AWS_LAMBDA_RUNTIME_API" in named:
                return hostport("http://" + named["AWS_LAMBDA_RUNTIME_API"])
        try_once(front, b"GET /hits HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", HANG_SECONDS)
    raise ConnectionRefusedError("no environment")


def try_once(address, request, seconds):
    """Sends a request and the end of it; gives all that comes back. TimeoutError: the other side does nothing."""
    got = bytearray()
    with socket.create_connection(address, timeout=seconds) as peer:
        try:
            peer.sendall(request)
            peer.shutdown(socket.SHUT_WR)
            while chunk := peer.recv(65536):
                got += chunk
        except OSError as error:
            # What can't be read as a request is answered and closed, which may overtake the rest of it.
            if error.errno not in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN):
                raise
    return bytes(got)


def work(number, seed, requests, endpoints, lab_pid, addresses, function, front, results):
    """One worker: so many requests to the endpoints in turn, from a seed of its own."""
    # A seed for each request, so that one that is found is made again by itself.
    seeds = random.Random(f"{seed}/{number}")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    counts, found, addresses = collections.Counter(), [], dict(addresses)
    for index in range(requests):
        endpoint = endpoints[index % len(endpoints)]
        own = seeds.getrandbits(64)
        request = requests_of.one(endpoint, random.Random(own), addresses[endpoint], function)
        waits = endpoint == "runtime-api" and b"next" in request[:4096]
        try:
            answer = try_once(addresses[endpoint], request, WAITING_SECONDS if waits else HANG_SECONDS)
            status = int(match.group(1)) if (match := re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)) else 0
            counts[endpoint, status] += 1
            if requests_of.is_fault(endpoint, status):
                found.append((endpoint, f"status {status}", own, request, answer[-300:]))
        except TimeoutError:
            counts[endpoint, "waits" if waits else "hang"] += 1
            if not waits:
                found.append((endpoint, f"no end within {HANG_SECONDS} s", own, request, b""))
        except OSError as error:
            counts[endpoint, type(error).__name__] += 1
            if endpoint == "runtime-api":
                # A request may have ended its environment: another has another API.
                try:
                    addresses[endpoint] = runtime_api(lab_pid, function["runtime-api"], front)
                except OSError:
                    pass
            else:
                found.append((endpoint, f"{error}", own, request, b""))
        if index % 1000 == 999:
            results.put((number, 1000, None, None))
    results.put((number, requests % 1000, counts, found[:SHOWN]))


def resident_mib(pid):
    match = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(match.group(1)) // 1024


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--lab", default=str(ROOT / "target/release/lab"), help="the lab's executable")
    arguments.add_argument("--requests", type=int, default=20_000, help="of all endpoints together")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--only", nargs="+", choices=requests_of.ENDPOINTS, default=requests_of.ENDPOINTS)
    chosen = arguments.parse_args()
    if chosen.requests < 1 or chosen.workers < 1:
        arguments.error("--requests and --workers are at least 1")
    lab, started = Lab(chosen.lab), time.monotonic()
    function = {
        "runtime-api": lab.variable("LAB_FUNCTION_", WAYS["runtime-api"]),
        "lambda": lab.variable("LAB_FUNCTION_", WAYS["http-api"]),
    }
    addresses = {endpoint: lab.address(endpoint) for endpoint in chosen.only}
    requests_of.prepare(addresses, try_once)
    before = resident_mib(lab.process.pid)
    results = multiprocessing.Queue()
    each = -(-chosen.requests // chosen.workers)
    workers = [
        multiprocessing.Process(
            target=work,
            args=(n, chosen.seed, each, chosen.only, lab.process.pid, addresses, function, lab.front(), results),
        )
        for n in range(chosen.workers)
    ]
    for worker in workers:
        worker.start()
    counts, found, done, ended = collections.Counter(), [], 0, 0
    while ended < len(workers):
        _, some, counted, failures = results.get()
        done += some
        if counted is not None:
            ended += 1
            counts += counted
            found += failures
        if done % 50_000 < 1000:
            print(f"{done} requests, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    for endpoint in set(chosen.only) - {"runtime-api"}:
        answer = requests_of.plain_answer(endpoint, addresses[endpoint], try_once)
        if not answer.startswith(b"HTTP/1.1 200 "):
            found.append((endpoint, "does not answer afterwards", 0, b"", answer[:500]))
    after = resident_mib(lab.process.pid) if lab.process.poll() is None else 0
    ended = lab.end()
    panics = len(re.findall(r"panicked at|Traceback \(most recent", lab.stderr()))
    by_endpoint = collections.defaultdict(dict)
    for (endpoint, status), count in sorted(counts.items(), key=str):
        by_endpoint[endpoint][str(status)] = count
    for endpoint, statuses in by_endpoint.items():
        print(f"{endpoint}: {sum(statuses.values())} requests; {json.dumps(statuses)}")
    for endpoint, what, own, request, answer in found[:SHOWN]:
        print(f"FOUND {endpoint}, {what} (request {own}): {request[:600]!r} -> {answer!r}")
    hangs = sum(count for (_, status), count in counts.items() if status == "hang")
    print(
        f"{sum(counts.values())} requests in {time.monotonic() - started:.0f} s, seed {chosen.seed}: {panics} panics, "
        f"{hangs} hangs, {len(found)} found in all; the lab's memory {before} to {after} MiB, its exit code {ended}"
    )
    if panics:
        print(lab.stderr()[-3000:])
    sys.exit(0 if not found and not panics and ended == 0 else 1)


if __name__ == "__main__":
    main()
