"""A stand-in for DynamoDB and S3, reached by the real SDK over HTTP: as much of both as a counter
needs, exact under concurrency, and with hooks to disturb it. Must not know the stores."""

import json
import xml.sax.saxutils
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs


class Cloud(ThreadingHTTPServer):
    """The items, the objects, and the calls."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.lock = Lock()
        self.items: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, tuple[bytes, int]] = {}
        """Each object's body and the version that its etag states."""
        self.calls: list[str] = []
        """`UpdateItem`, `GetObject` and so on, in order."""
        self.keys: set[str] = set()
        """The access keys of DynamoDB's calls."""
        self.after_read: Callable[[], object] = lambda: None
        """Called between a read and its answer."""
        self.before_call: Callable[[str], int | None] = lambda _: None
        """Called with each call's name; a status that it returns is the answer, and all of it."""
        self.proxied: str | None = None
        """`GetObject` or `PutObject`: done, and answered without an ETag."""
        self.after_write: Callable[[], int | None] = lambda: None
        """Called once a write is done; a status that it returns is the answer in its place."""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """A client that was killed breaks its connection off: nothing to report."""


@contextmanager
def running() -> Iterator[Cloud]:
    cloud = Cloud()
    Thread(target=cloud.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield cloud
    finally:
        cloud.shutdown()
        cloud.server_close()


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Cloud

    def do_POST(self) -> None:
        if "X-Amz-Target" not in self.headers:
            self._assume_role(parse_qs(self._body().decode()))
            return
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        asked = json.loads(self._body())
        self.server.keys.add(
            self.headers["Authorization"].partition("Credential=")[2].split("/")[0]
        )
        disturbed = self._disturbed(operation)
        if disturbed:
            self._answer_json(disturbed, {"__type": "com.amazon.coral#Disturbed"})
            return
        answers = {"UpdateItem": self._update, "GetItem": self._get_item, "PutItem": self._put_item}
        answer = answers[operation](asked)
        lost = None if operation == "GetItem" else self.server.after_write()
        self._answer_json(lost or 200, answer)

    def _assume_role(self, asked: dict[str, list[str]]) -> None:
        """What STS gives a pod for its token."""
        assert asked["Action"] == ["AssumeRoleWithWebIdentity"]
        assert asked["WebIdentityToken"] == ["token"]
        self._answer(
            200,
            b"<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
            b"<AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            b"<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
            b"</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
        )

    def _update(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["UpdateExpression"] == "ADD hits :n"
        assert asked["ReturnValues"] == "UPDATED_NEW"
        n = int(asked["ExpressionAttributeValues"][":n"]["N"])
        with self.server.lock:
            item = self.server.items.setdefault(asked["Key"]["id"]["S"], {**asked["Key"]})
            item["hits"] = {"N": str(int(item.get("hits", {"N": "0"})["N"]) + n)}
            return {"Attributes": {"hits": item["hits"]}}

    def _get_item(self, asked: dict[str, Any]) -> dict[str, Any]:
        with self.server.lock:
            item = self.server.items.get(asked["Key"]["id"]["S"])
        self.server.after_read()
        return {} if item is None else {"Item": item}

    def _put_item(self, asked: dict[str, Any]) -> dict[str, Any]:
        with self.server.lock:
            self.server.items[asked["Item"]["id"]["S"]] = asked["Item"]
        return {}

    def do_GET(self) -> None:
        disturbed = self._disturbed("GetObject")
        if disturbed:
            self._answer_xml(disturbed, "Disturbed")
            return
        with self.server.lock:
            found = self.server.objects.get(self.path)
        self.server.after_read()
        if found is None:
            self._answer_xml(404, "NoSuchKey")
        else:
            etag = None if self.server.proxied == "GetObject" else f'"{found[1]}"'
            self._answer(200, found[0], etag)

    def do_PUT(self) -> None:
        assert self.headers["Expect"] is None, "a round trip more for twenty bytes"
        body = self._body()
        disturbed = self._disturbed("PutObject")
        if disturbed:
            self._answer_xml(disturbed, "Disturbed")
            return
        with self.server.lock:
            found = self.server.objects.get(self.path)
            etag = None if found is None else f'"{found[1]}"'
            if self.headers["If-None-Match"] == "*" and found is not None:
                status = 412
            elif self.headers["If-Match"] not in (None, etag):
                status = 404 if found is None else 412
            else:
                status = 200
                version = 1 if found is None else found[1] + 1
                self.server.objects[self.path] = (body, version)
        lost = self.server.after_write() if status == 200 else None
        if lost:
            self._answer_xml(lost, "InternalError")
        elif status == 200:
            self._answer(200, b"", None if self.server.proxied == "PutObject" else f'"{version}"')
        else:
            self._answer_xml(status, "NoSuchKey" if status == 404 else "PreconditionFailed")

    def _disturbed(self, operation: str) -> int | None:
        with self.server.lock:
            self.server.calls.append(operation)
        return self.server.before_call(operation)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer_json(self, status: int, content: dict[str, Any]) -> None:
        self._answer(status, json.dumps(content).encode())

    def _answer_xml(self, status: int, code: str) -> None:
        self._answer(
            status, f"<Error><Code>{xml.sax.saxutils.escape(code)}</Code></Error>".encode()
        )

    def _answer(self, status: int, body: bytes, etag: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if etag is not None:
            self.send_header("ETag", etag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
