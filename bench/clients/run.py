#!/usr/bin/env python3
"""Real clients against the local endpoints: builds each, lets it play scenarios.json, compares. See README.md.

usage: run.py [CLIENT ...]. Exit code 0: all right; 1: a step differs, or a client can't run and LAB_REQUIRE demands it.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PLACE = TARGET / "clients"
# Downloads and builds of one client, on a slow machine; then its steps.
BUILD_SECONDS, PLAY_SECONDS = 900, 180
PIP = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "-r"]


def build(command, cwd=HERE, env=None):
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        timeout=BUILD_SECONDS,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"`{' '.join(map(str, command))}` failed: {done.stdout.strip()[-2000:]}")


def python(name):
    """A virtual environment of the client's own, remade when its requirements change."""
    place, wanted = PLACE / name, (HERE / name / "requirements.txt").read_text()
    stamp = place / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        build([sys.executable, "-m", "venv", "--clear", place])
        build([place / "bin/pip", *PIP, HERE / name / "requirements.txt"])
        stamp.write_text(wanted)
    return [place / "bin/python", HERE / name / "client.py"], {"PATH": f"{place}/bin:{os.environ['PATH']}"}


def javascript():
    place = PLACE / "javascript"
    place.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "client.mjs"):
        shutil.copy(HERE / "javascript" / name, place)
    lock = (place / "package-lock.json").read_text()
    stamp = place / "installed.json"
    if not stamp.exists() or stamp.read_text() != lock:
        build(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=place)
        stamp.write_text(lock)
    return ["node", place / "client.mjs"], {}


def go():
    build(["go", "build", "-mod=readonly", "-o", PLACE / "go/client", "."], cwd=HERE / "go")
    return [PLACE / "go/client"], {}


def java():
    place, batch = PLACE / "java", ["mvn", "--batch-mode", "--quiet", f"-Dbuild.folder={PLACE / 'java'}"]
    build([*batch, "compile", "dependency:copy-dependencies"], cwd=HERE / "java")
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{place}/classes:{place}/libraries/*", "Client"], {}


def rust():
    build(["cargo", "build", "--quiet", "--locked", "--workspace", "--example", "client"], cwd=ROOT)
    return [TARGET / "debug/examples/client"], {}


# Each client's tools, and how it is built.
CLIENTS = {
    "boto3": (["python3"], lambda: python("boto3")),
    "awscli": (["python3"], lambda: python("awscli")),
    "javascript": (["node", "npm"], javascript),
    "go": (["go"], go),
    "java": (["java", "mvn"], java),
    "rust": (["cargo"], rust),
}


def endpoints():
    """The running endpoints and what reaches them."""
    build(["cargo", "build", "--quiet", "--locked", "--workspace", "--example", "endpoints"], cwd=ROOT)
    running = subprocess.Popen(
        [TARGET / "debug/examples/endpoints"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    pairs = {}
    for line in running.stdout:
        if not line.strip():
            break
        name, value = line.strip().split("=", 1)
        pairs[name] = value
    return running, pairs


def play(name, reach):
    """Builds a client and lets it play. Gives its seconds and the results of its steps."""
    command, more = CLIENTS[name][1]()
    # Nothing of the caller's own AWS configuration.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    # boto3 and the CLI read no AWS_REGION.
    reach = {**reach, "AWS_DEFAULT_REGION": reach["AWS_REGION"]}
    nowhere = str(PLACE / "no-such-file")
    env = {**kept, **reach, **more, "CLIENT_NAME": f"client-{name}", "AWS_CONFIG_FILE": nowhere}
    env |= {"AWS_SHARED_CREDENTIALS_FILE": nowhere, "AWS_EC2_METADATA_DISABLED": "true"}
    started = time.monotonic()
    done = subprocess.run(
        [*map(str, command), str(HERE / "scenarios.json")],
        env=env,
        capture_output=True,
        text=True,
        timeout=PLAY_SECONDS,
    )
    if done.returncode != 0:
        raise RuntimeError(f"ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return time.monotonic() - started, [json.loads(line)["result"] for line in done.stdout.splitlines()]


def compare(scenarios, results):
    """What differs, a line each, and how many steps the client can't do."""
    steps = [(scenario["name"], step) for scenario in scenarios for step in scenario["steps"]]
    if len(results) != len(steps):
        return [f"{len(results)} results for {len(steps)} steps"], 0
    wrong, lacking = [], 0
    for (scenario, step), result in zip(steps, results):
        lacking += result == {"lacks": True}
        fields = {**{"error": None}, **step["expect"]}
        differs = {field: result.get(field) for field, value in fields.items() if result.get(field) != value}
        if differs and result != {"lacks": True}:
            wrong.append(f"{scenario}: {step['do']} gave {json.dumps(differs)}, not {json.dumps(step['expect'])}")
    return wrong, lacking


def main():
    wanted = sys.argv[1:] or list(CLIENTS)
    unknown = [name for name in wanted if name not in CLIENTS]
    if unknown:
        print(f"unknown client {unknown[0]}; there are {', '.join(CLIENTS)}", file=sys.stderr)
        return 2
    scenarios = json.loads((HERE / "scenarios.json").read_text())["scenarios"]
    PLACE.mkdir(parents=True, exist_ok=True)
    missing = {name: tool for name in wanted for tool in CLIENTS[name][0] if shutil.which(tool) is None}
    running, reach = endpoints()
    required = os.environ.get("LAB_REQUIRE", "").split(",")
    failed = bool(missing) and "all" in required and "-clients" not in required
    try:
        # One after the other: what is measured in seconds would otherwise be the machine.
        for name in wanted:
            if name in missing:
                print(f"{name}: skipped, `{missing[name]}` is not installed")
                continue
            try:
                seconds, results = play(name, reach)
            except (RuntimeError, subprocess.TimeoutExpired, ValueError) as error:
                failed = True
                print(f"{name}: FAILED: {error}")
                continue
            wrong, lacking = compare(scenarios, results)
            failed |= bool(wrong)
            print(f"{name}: {len(results) - len(wrong) - lacking} steps right, {len(wrong)} wrong, {lacking} lacking, {seconds:.1f} s")
            for line in wrong:
                print(f"  {line}")
    finally:
        running.stdin.close()
        try:
            running.wait(timeout=10)
        except subprocess.TimeoutExpired:
            running.kill()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
