#!/usr/bin/env python3
"""Figures of docs/many-machines.md that an idle machine must give; each prints what it found and the bar.

    figures.py anchors LAB WAY [PAIRS]   pairs of shards of this one machine: how many does `lab merge` refuse?  (7 minutes for 20)
    figures.py probes TEST [TIMES]       eight probes at once on the local cloud: rate and skew  (2 minutes for 8)
    figures.py queries LAB PYTHON RUN [COPIES]   `lab runs`, and a p99 by way over all samples of so many copies of a run, by DuckDB

LAB is a lab in its checkout, PYTHON one with DuckDB, TEST the test `probe`, as `cargo test --workspace --test probe --no-run` names it. Run
it where nothing else runs.
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# As the test has it.
PROBES_REQUESTED_PER_S = 400


def anchors(lab: str, way: str, pairs: str = "20") -> None:
    """Equal machines that are refused: shards of the anchor alone, each pair of runs of its own."""
    bench = [lab, "bench", way, "--anchor", way, "--quick", "--profile", "bare"]
    refused, began = [], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for pair in range(int(pairs)):
            runs = [f"{folder}/{pair}-{index}" for index in (1, 2)]
            for index, run in enumerate(runs, 1):
                subprocess.run([*bench, "--shard", f"{index}/2", "--output", run], check=True, capture_output=True)
            merged = subprocess.run([lab, "merge", *runs, "--output", f"{folder}/{pair}"], capture_output=True, text=True)
            assert merged.returncode in (0, 2), merged.stderr
            figures = [mean_ms(run) for run in runs]
            print(f"pair {pair + 1}: mean {figures[0]:.3f} and {figures[1]:.3f} ms: exit code {merged.returncode}", flush=True)
            if merged.returncode:
                refused.append(merged.stderr.strip())
    print("\n".join(refused))
    print(f"{len(refused)} of {pairs} pairs refused (bar: 1 of 20), {time.monotonic() - began:.0f} s")


def mean_ms(run: str) -> float:
    """The anchor's mean latency."""
    return json.loads(Path(run, "run.json").read_text())["rows"][0]["outcome"]["figures"]["mean_ms"]["value"]


def probes(test: str, times: str = "8") -> None:
    """The test that has the local cloud's Lambda run eight probes, whose figures a busy machine may spoil."""
    rates, skews = [], []
    for _ in range(int(times)):
        command = [test, "--nocapture", "eight_probes"]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        [found] = re.findall(r"offered ([0-9.]+)/s, skew Some\(([0-9.]+)\) ms", printed)
        rates.append(float(found[0]) / PROBES_REQUESTED_PER_S)
        skews.append(float(found[1]))
        print(f"offered {found[0]}/s, skew {found[1]} ms", flush=True)
    print(f"offered ÷ requested: {min(rates):.4f} to {max(rates):.4f} (bar: within 2 %)")
    print(f"start skew: {min(skews):.1f} to {max(skews):.1f} ms (bar: 20 ms)")


def queries(lab: str, python: str, run: str, copies: str = "1000") -> None:
    """Copies that share a file of the disk: what is measured is reading and SQL."""
    p99 = """SELECT way, count(*) AS calls, quantile_disc(duration_us, 0.99) / 1e3 AS p99_ms FROM samples GROUP BY way ORDER BY way"""
    with tempfile.TemporaryDirectory(dir=Path(run).parent) as folder:
        summary = ""
        for copy in range(int(copies)):
            place = Path(folder, f"2026-01-01T{copy // 3600:02}-{copy // 60 % 60:02}-{copy % 60:02}Z")
            place.mkdir()
            os.link(Path(run, "run.json"), place / "run.json")
            # As the lab writes it beside each run.
            summary = summary or summary_of(lab, folder)
            (place / "summary.json").write_text(summary)
        measured("lab runs (bar: 1 s)", [lab, "runs", "--folder", folder])
        views = subprocess.run([lab, "runs", "--sql", "--folder", folder], check=True, capture_output=True, text=True).stdout
        connected = f"import duckdb, sys; c = duckdb.connect(); c.execute(sys.stdin.read()); print(*c.execute({p99!r}).fetchall(), sep='\\n')"
        for _ in range(3):
            measured("p99 by way over all samples (bar: 5 s)", [python, "-c", connected], views)


def summary_of(lab: str, folder: str) -> str:
    """The summary of the folder's only run."""
    listed = subprocess.run([lab, "runs", "--json", "--folder", folder], check=True, capture_output=True, text=True).stdout
    return json.dumps(json.loads(listed)[0]["summary"])


def measured(what: str, command: list[str], stdin: str = "") -> None:
    """What a command takes, by the clock and of the processors."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, input=stdin, check=True, capture_output=True, text=True)
    took_s, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    user_s, system_s = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    print(f"{what}: {took_s:.2f} s; of the processors {user_s:.2f} + {system_s:.2f} s", flush=True)


if __name__ == "__main__":
    kinds = {"anchors": anchors, "probes": probes, "queries": queries}
    if len(sys.argv) < 2 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    kinds[sys.argv[1]](*sys.argv[2:])
