#!/usr/bin/env python3
"""Calls six ways of `lab up` for a long time and kills a process of theirs each minute: no number is lost or given twice, and
neither memory nor descriptors grow. See README.md.

usage: soak.py [--lab PROGRAM] [--minutes N] [--rate CALLS_PER_SECOND] [--seed N]
Exit code 0: so it is; 1: it is not; 2: unusable arguments.
"""

import argparse
import asyncio
import collections
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A process of these is killed each minute: servers are started again by the lab, environments by the next call.
KILLED = ["ec2-file", "fargate-dynamodb", "lambda-dynamodb", "lambda-python-dynamodb"]
# These live on, so that their own memory can be compared.
STEADY = ["k8s-s3", "lambda-s3"]
CALLERS = 4
CALL_SECONDS = 60
KILL_SECONDS = 60
SAMPLE_SECONDS = 5
# Before it caches fill: no growth is looked for.
WARM_SECONDS = 300
# What resident memory and descriptors may differ by between the first and the last of the minutes after that.
MEMORY_GROWTH, MEMORY_GROWTH_KIB, DESCRIPTOR_GROWTH = 0.03, 1024, 4


class Way:
    """What the callers of one way got."""

    def __init__(self, name, url):
        self.name = name
        self.host, port = url.split("//")[1].rsplit(":", 1)
        self.port = int(port)
        self.acknowledged, self.failed = [], collections.Counter()

    async def call(self):
        """Sequential calls over one connection, each when the caller's turn has come."""
        reader = writer = None
        while True:
            yield
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection(self.host, self.port)
                writer.write(b"GET /hits HTTP/1.1\r\nHost: soak\r\n\r\n")
                status, body, last = await asyncio.wait_for(answer(reader), CALL_SECONDS)
                if status == 200:
                    self.acknowledged.append(int(body))
                else:
                    self.failed[status] += 1
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                self.failed[type(error).__name__] += 1
                last = True
            if last and writer is not None:
                writer.close()
                writer = None

    async def caller(self, interval, until):
        calls = self.call()
        due = time.monotonic() + random.uniform(0, interval)
        while time.monotonic() < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            # What was late is not made up for all at once.
            due = max(due + interval, time.monotonic() - interval)
            await anext(calls)
        await calls.aclose()

    def problems(self, last):
        repeated = len(self.acknowledged) - len(set(self.acknowledged))
        lost = last <= max(self.acknowledged, default=0)
        return [
            *([f"{self.name}: {repeated} numbers were given twice"] if repeated else []),
            *([f"{self.name}: the last number, {last}, is not above {max(self.acknowledged)}"] if lost else []),
        ]


async def answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    body = await reader.readexactly(int(length.group(1)) if length else 0)
    return int(head[9:12]), body, b"\r\nconnection: close" in head.lower()


def processes(lab):
    """The processes below the lab, each with what it runs: a function's name, or a server's store."""
    found, parents = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(pid)] = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
            pairs = Path(f"/proc/{pid}/environ").read_text(errors="replace").split("\0")
        except (OSError, IndexError):
            continue
        variables = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        found[int(pid)] = variables.get("AWS_LAMBDA_FUNCTION_NAME") or variables.get("STORE")
    below, wanted = {}, [lab]
    while wanted:
        parent = wanted.pop()
        for pid in [pid for pid, its in parents.items() if its == parent]:
            below[pid] = found.get(pid)
            wanted.append(pid)
    return below


def size(pid):
    """KiB of its own and open descriptors. Pages of its executable come and go with what else the machine reads: they are left out."""
    own = re.findall(r"(?:RssAnon|RssShmem|VmSwap):\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return sum(map(int, own)), len(os.listdir(f"/proc/{pid}/fd"))


class Sizes:
    """Memory and descriptors of each process, over time."""

    def __init__(self, lab):
        self.lab, self.samples = lab, collections.defaultdict(list)

    def take(self, at):
        for pid, name in {self.lab: "the lab", **processes(self.lab)}.items():
            try:
                self.samples[pid, name].append((at, *size(pid)))
            except OSError:
                continue  # It has just ended.

    def problems(self, minutes_s):
        """Growth of what lived on after the first minutes: the median of a sixth at the start against that at the end."""
        found = []
        for (pid, name), samples in self.samples.items():
            samples = [sample for sample in samples if sample[0] >= WARM_SECONDS]
            window = len(samples) // 6
            if window < 3 or samples[-1][0] - samples[0][0] < (minutes_s - WARM_SECONDS) * 0.8:
                continue
            middle = lambda part, column: statistics.median(sample[column] for sample in part)  # noqa: E731
            memory = [middle(part, 1) for part in (samples[:window], samples[-window:])]
            files = [middle(part, 2) for part in (samples[:window], samples[-window:])]
            print(f"{name} ({pid}): {memory[0]:.0f} to {memory[1]:.0f} KiB, {files[0]:.0f} to {files[1]:.0f} descriptors")
            if memory[1] > memory[0] * (1 + MEMORY_GROWTH) + MEMORY_GROWTH_KIB:
                found.append(f"{name} grew from {memory[0]:.0f} to {memory[1]:.0f} KiB")
            if files[1] > files[0] + DESCRIPTOR_GROWTH:
                found.append(f"{name} went from {files[0]:.0f} to {files[1]:.0f} descriptors")
        return found


async def kill_now_and_then(lab, names, rng, until, kills):
    while time.monotonic() + KILL_SECONDS < until:
        await asyncio.sleep(KILL_SECONDS)
        way = rng.choice(KILLED)
        candidates = [pid for pid, name in processes(lab).items() if name == names[way]]
        if candidates:
            os.kill(rng.choice(candidates), signal.SIGKILL)
            kills[way] += 1


async def sample(sizes, began, until):
    while time.monotonic() < until:
        sizes.take(time.monotonic() - began)
        await asyncio.sleep(SAMPLE_SECONDS)


async def soak(lab, ways, names, chosen):
    began = time.monotonic()
    until, kills, sizes = began + chosen.minutes * 60, collections.Counter(), Sizes(lab)
    interval = len(ways) * CALLERS / chosen.rate
    await asyncio.gather(
        kill_now_and_then(lab, names, random.Random(chosen.seed), until, kills),
        sample(sizes, began, until),
        *[way.caller(interval, until) for way in ways for _ in range(CALLERS)],
    )
    problems = sizes.problems(chosen.minutes * 60)
    for way in ways:
        before, calls = len(way.acknowledged), way.call()
        await anext(calls)
        while len(way.acknowledged) == before:
            await anext(calls)
        last = way.acknowledged.pop()
        problems += way.problems(last)
        print(f"{way.name}: {before} acknowledged, failed {dict(way.failed)}, last number {last}, kills {kills[way.name]}")
    total, seconds = sum(len(way.acknowledged) for way in ways), time.monotonic() - began
    print(f"{total} calls acknowledged in {seconds:.0f} s, {total / seconds:.0f} a second; {kills.total()} kills")
    return problems


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--lab", default=str(ROOT / "target/release/lab"), help="the lab's executable")
    arguments.add_argument("--minutes", type=float, default=60)
    arguments.add_argument("--rate", type=float, default=500, help="calls a second, of all ways together")
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    if chosen.minutes <= 0 or chosen.rate <= 0:
        arguments.error("--minutes and --rate are above 0")
    log = tempfile.TemporaryFile("w+", errors="replace")
    lab = subprocess.Popen(
        [chosen.lab, "up", "--env", *KILLED, *STEADY], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
    )
    lines = [line.removeprefix("export ") for line in lab.stdout.read().splitlines() if line.startswith("export ")]
    variables = dict(line.split("=", 1) for line in lines)
    if not variables:
        log.seek(0)
        sys.exit(f"soak: `lab up` did not start: {log.read()[-1000:]}")
    key = lambda way: way.upper().replace("-", "_")  # noqa: E731
    ways = [Way(way, variables[f"LAB_URL_{key(way)}"]) for way in (*KILLED, *STEADY)]
    names = {way: variables.get(f"LAB_FUNCTION_{key(way)}") for way in KILLED}
    servers = processes(lab.pid)
    for way, scheme in (("ec2-file", "file://"), ("fargate-dynamodb", "dynamodb://")):
        names[way] = next(name for name in servers.values() if name and name.startswith(scheme))
    problems = asyncio.run(soak(lab.pid, ways, names, chosen))
    lab.send_signal(signal.SIGINT)
    try:
        code = lab.wait(20)
    except subprocess.TimeoutExpired:
        lab.kill()
        code = "it does not end"
    log.seek(0)
    panics = log.read().count("panicked at")
    if code != 0 or panics:
        problems.append(f"the lab: exit code {code}, {panics} panics")
    for problem in problems:
        print(f"PROBLEM {problem}")
    print(f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
