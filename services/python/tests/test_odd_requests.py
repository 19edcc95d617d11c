"""Requests at the edge of HTTP/1, answered as by the Rust server: one table for both."""

import json
import re
import socket
from pathlib import Path

from tests.server_process import CALL_SECONDS, environment, server

TABLE = Path(__file__).resolve().parents[2] / "odd_requests.json"


def test_odd_requests_are_answered_as_the_table_says() -> None:
    with server(environment("memory:")) as running:
        counted = 0
        for request, status, body in json.loads(TABLE.read_text(encoding="utf-8")):
            got_status, got_body = ask(running.port, request)
            if body == "1":
                counted += 1
                body = str(counted)
            elif body:
                body = f'{{"type":"about:blank","title":"{body}","status":{status}}}'
            assert (got_status, got_body) == (status, body), request


def ask(port: int, request: str) -> tuple[int, str]:
    """The status and body of the first answer to `request`, each of whose characters is a byte."""
    with socket.create_connection(("127.0.0.1", port), timeout=CALL_SECONDS) as connection:
        connection.sendall(request.encode("latin-1"))
        answer = b""
        while part := connection.recv(1 << 16):
            answer += part
            head, end, body = answer.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            if end and (request.startswith("HEAD") or (length and len(body) >= int(length[1]))):
                break
    return int(head[9:12]), body.decode()
