#!/usr/bin/env bash
# oha: --latency-correction does the opposite of what it says where the number of requests is given (-n), and what it says
# where the duration is given (-z).
#
# Its help: "Correct latency to avoid coordinated omission problem. It's ignored if -q is not set." One would guess that
# the flag counts a latency from when the request was due, with -n as with -z, and that without it a latency is counted from
# when the request was sent. With -n it is the other way round: the flag takes the correction out, and figures without the
# flag are corrected though nobody wanted them to be. In `src/lib.rs` the two calls of `WorkMode::FixedNumber` are
# exchanged; those of `WorkMode::Until` are right. In the source of 1.16.0 both are right.
#
# One connection, a server that takes 50 ms for each request, one request due each 10 ms: the last of 20 is due after
# 190 ms and answered after 1,000, so that its corrected latency is some 800 ms, and 50 ms from when it was sent.
#
# Seen with oha 1.9.0, rustc 1.95.0 (2026-11-28), slowest request:
#   -n 20, without the flag: corrected, slowest 0.906 s
#   -n 20, with the flag: not corrected, slowest 0.070 s
#   -z 1s, without the flag: not corrected, slowest 0.060 s
#   -z 1s, with the flag: corrected, slowest 0.818 s
#
# Around it: leave the flag out with -n, or count latencies from when requests are due yourself (bench/load/src/open_loop.rs).
# Exits with 1 if the behaviour changes. Needs cargo, python3, a crates.io registry; leaves nothing behind.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo install oha --version 1.9.0 --locked --debug --no-default-features --features rustls --quiet --root "$work"

python3 - "$work/bin/oha" <<'PYTHON'
import http.server
import json
import subprocess
import sys
import threading
import time

SECONDS = 0.05


class Slow(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(SECONDS)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
seen = {}
for bound in (["-n", "20"], ["-z", "1s"]):
    for flag in ([], ["--latency-correction"]):
        command = [sys.argv[1], "--no-tui", "--output-format", "json", "-c", "1", "-q", "100", *bound, *flag, url]
        done = subprocess.run(command, capture_output=True, check=True, timeout=60)
        slowest = json.loads(done.stdout)["summary"]["slowest"]
        # Waiting for one request before it doubles what a request takes; there are many.
        corrected = slowest > 5 * SECONDS
        seen[bound[0], bool(flag)] = corrected
        words = "corrected" if corrected else "not corrected"
        print(f"{' '.join(bound)}, {'with' if flag else 'without'} the flag: {words}, slowest {slowest:.3f} s")
expected = {("-n", False): True, ("-n", True): False, ("-z", False): False, ("-z", True): True}
if seen != expected:
    sys.exit("the behaviour has changed")
PYTHON
