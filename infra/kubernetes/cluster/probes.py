"""The probes of each store's pod, made to the counter's server as the kubelet makes them: path, time limit, number of tries. A
store that takes connections and never answers is the hard case: the pod must lose its readiness, and must not be restarted.
"""

import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from control_plane import free_ports
from ways import Way


def checked(server: Path, ways: list[Way]) -> Iterator[str]:
    """One pod of each store, with a store that answers where that is the pod's own, else with one that never does."""
    by_store = {way.store.split(":")[0]: way for way in ways}
    for store, way in sorted(by_store.items()):
        with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as silent:
            [port] = free_ports(1)
            environment = {each["name"]: each["value"] for each in way.container["env"]}
            if store == "file":
                environment["STORE"] = f"file://{folder}/hits"
            environment |= {
                "LISTEN": f"127.0.0.1:{port}",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
                "AWS_ACCESS_KEY_ID": "none",
                "AWS_SECRET_ACCESS_KEY": "none",
            }
            running = subprocess.Popen([server], env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                yield f"{store}: {held(way, port, answers=store in ('memory', 'file'))}, {ended(way, running)}"
            finally:
                running.kill()
                running.wait()


def held(way: Way, port: int, answers: bool) -> str:
    """What the three probes find."""
    startup, liveness, readiness = (way.container[f"{name}Probe"] for name in ("startup", "liveness", "readiness"))
    began = time.monotonic()
    tries = 1
    while probed(startup, port)[0] is not True:
        assert tries < startup["failureThreshold"], "restarted: it did not start in time"
        tries += 1
        time.sleep(startup["periodSeconds"])
    started_s = time.monotonic() - began
    for _ in range(readiness["failureThreshold"]):
        ok, found = probed(readiness, port)
        assert ok == answers, found
        assert found != "timeout", "the kubelet gives up before the server does"
    ok, living = probed(liveness, port)
    assert ok, f"restarted, though only the store does not answer: {living}"
    return f"started in {started_s:.1f} s, readiness {found}, liveness {living}"


def probed(probe: dict[str, Any], port: int) -> tuple[bool, str]:
    """Whether a probe succeeds, as the kubelet sees it (200 to 399 in time), and what it found."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=probe["timeoutSeconds"])
    try:
        connection.request("GET", probe["httpGet"]["path"])
        status = connection.getresponse().status
        return 200 <= status < 400, str(status)
    except TimeoutError:
        return False, "timeout"
    except OSError as error:
        return False, error.__class__.__name__
    finally:
        connection.close()


def ended(way: Way, running: subprocess.Popen[bytes]) -> str:
    """It ends in the time that the pod has, less what its hook before takes."""
    pod = way.item("Deployment")["spec"]["template"]["spec"]
    hook_s = way.container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    began = time.monotonic()
    running.send_signal(signal.SIGTERM)
    assert running.wait(pod["terminationGracePeriodSeconds"] - hook_s) == 0
    return f"ended in {time.monotonic() - began:.1f} s"
