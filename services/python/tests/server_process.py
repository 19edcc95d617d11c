"""The server's process, started as it is deployed, and calls to it over real sockets."""

import http.client
import os
import re
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).resolve().parents[1] / "src"

AWS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "eu-west-2",
}

CALL_SECONDS = 30
"""The longest that a test waits for an answer: a loaded machine, and the 15 s of a hit."""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str


class Server:
    """A running server."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process = process
        self.port = port

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_SECONDS)

    def call(self, method: str, path: str) -> Answer:
        connection = self.connect()
        try:
            return call(connection, method, path)
        finally:
            connection.close()

    def hits(self, callers: int, calls: int) -> list[list[int]]:
        """The numbers that concurrent callers get, each on a connection of its own."""
        with ThreadPoolExecutor(callers) as threads:
            return list(threads.map(lambda _: self._hits(calls), range(callers)))

    def _hits(self, calls: int) -> list[int]:
        connection = self.connect()
        try:
            return [int(call(connection, "POST", "/hits").body) for _ in range(calls)]
        finally:
            connection.close()

    def end(self, with_signal: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Its exit code, and the rest of what it printed."""
        self.process.send_signal(with_signal)
        stdout, stderr = self.process.communicate(timeout=CALL_SECONDS)
        return self.process.returncode, stdout, stderr

    def limit_file_size(self, limit_bytes: int) -> None:
        resource.prlimit(
            self.process.pid, resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY)
        )


def call(connection: http.client.HTTPConnection, method: str, path: str) -> Answer:
    connection.request(method, path)
    response = connection.getresponse()
    body = response.read().decode()
    return Answer(
        response.status, {name.lower(): value for name, value in response.getheaders()}, body
    )


def environment(store: str, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(SOURCES),
        "LISTEN": "127.0.0.1:0",
        "STORE": store,
        **AWS,
        **more,
    }


def launch(
    variables: Mapping[str, str], python_options: Sequence[str] = ()
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *python_options, "-m", "counter.server"],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def server(variables: Mapping[str, str], python_options: Sequence[str] = ()) -> Iterator[Server]:
    """A server that listens, and is killed in the end."""
    process = launch(variables, python_options)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        listening = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)\n", line)
        if listening is None:
            process.kill()
            raise AssertionError(f"{line!r}, {process.communicate()[1]}")
        yield Server(process, int(listening[1]))
    finally:
        process.kill()
        process.communicate()


def refusal(variables: Mapping[str, str]) -> str:
    """The one line on stderr of a start that is refused."""
    process = launch(variables)
    stdout, stderr = process.communicate(timeout=CALL_SECONDS)
    assert (process.returncode, stdout) == (2, ""), stderr
    assert stderr.count("\n") == 1, stderr
    return stderr.removesuffix("\n")


@contextmanager
def silent_endpoint() -> Iterator[str]:
    """A service that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
