"""Functions under AWS's own runtime interface client, and the Runtime API that gives it events.
Must not know what a function answers."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

SOURCES = Path(__file__).resolve().parents[1] / "src"

ANSWER_SECONDS = 30
"""The longest that a test waits: a cold start on a loaded machine, and the 15 s of a hit."""


class Function:
    """A function's process and its two queues."""

    def __init__(self, process: "subprocess.Popen[str]", api: "_RuntimeApi") -> None:
        self.process = process
        self._api = api

    def invoke(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The function's answer to `event`."""
        self._api.events.put(json.dumps(event).encode())
        kind, body = self._api.answers.get(timeout=ANSWER_SECONDS)
        assert kind == "response", body
        answer = json.loads(body)
        assert isinstance(answer, dict)
        return answer


class _RuntimeApi(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.events: SimpleQueue[bytes] = SimpleQueue()
        self.answers: SimpleQueue[tuple[str, bytes]] = SimpleQueue()

    def handle_error(self, *_: object) -> None:
        """A function that is killed breaks its connection off: nothing to report."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _RuntimeApi

    def do_GET(self) -> None:
        event = self.server.events.get()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "one")
        self.send_header("Lambda-Runtime-Deadline-Ms", "99999999999999")
        self.send_header(
            "Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-2:1:function:counter"
        )
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(event)))
        self.end_headers()
        self.wfile.write(event)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        # …/invocation/one/response, …/invocation/one/error, or …/init/error
        self.server.answers.put((self.path.rpartition("/")[2], body))

    def log_message(self, *_: object) -> None:
        pass


def environment(store: str, **more: str) -> dict[str, str]:
    """What Lambda would set, and an endpoint where nothing listens: port 9 of loopback."""
    return {
        "STORE": store,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-west-2",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_LAMBDA_FUNCTION_NAME": "counter",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "PYTHONPATH": str(SOURCES),
        **more,
    }


@contextmanager
def function(
    module: str,
    variables: Mapping[str, str],
    cwd: Path = SOURCES,
    python_options: Sequence[str] = (),
) -> Iterator[Function]:
    """The function `module`, started as Lambda does, and ended."""
    with handler(f"counter.{module}.handler", variables, cwd, python_options) as started:
        yield started


@contextmanager
def handler(
    name: str, variables: Mapping[str, str], cwd: Path, python_options: Sequence[str] = ()
) -> Iterator[Function]:
    """The function that is called as `name`."""
    api = _RuntimeApi()
    serving = Thread(target=api.serve_forever, args=(0.01,), daemon=True)
    serving.start()
    address = f"127.0.0.1:{api.server_port}"
    process = subprocess.Popen(
        [sys.executable, *python_options, "-m", "awslambdaric", name],
        env={**variables, "AWS_LAMBDA_RUNTIME_API": address},
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Function(process, api)
    finally:
        process.kill()
        process.communicate()
        api.shutdown()
        api.server_close()
