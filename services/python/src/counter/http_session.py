"""Bounds on what a store answers: the length of its body, and for servers the time of an attempt.

botocore gathers an answer however long it is, and its read timeout is one of each read, which a
byte now and then outlives. Must not know services."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.exceptions import HTTPClientError

LONGEST_BODY = 1 << 20
"""A count has 20 bytes, an error of S3 or a session of STS some thousand."""

ATTEMPT_SECONDS = 3.0
"""As in Rust: a call inside a region rarely takes 200 ms, and three attempts with the pauses
between them fit the 15 s that a caller waits."""

TICK_SECONDS = 0.25
"""Attempts are looked at this often, by one thread, so that a call costs no timer."""

_current = threading.local()


def bound_answers(client: Any, watch: "Watch | None" = None) -> None:
    """Bounds the answers to all calls of `client`: their length, and with `watch` their time."""
    # botocore's own, which no parameter reaches; its version is pinned.
    session = client._endpoint.http_session
    if watch is not None:
        session._pool_classes_by_scheme.update(http=_HttpPool, https=_HttpsPool)

    def send(request: Any, **_: Any) -> Any:
        # The body stays unread, whatever the operation: it is read here.
        request.stream_output = True
        if watch is None:
            response = session.send(request)
            body = _read(response)
        else:
            attempt = _current.attempt = Attempt()
            with watch.over(attempt):
                response = session.send(request)
                body = _read(response)
            if attempt.ended:
                raise HTTPClientError(error=TimeoutError(f"no answer in {ATTEMPT_SECONDS:g} s"))
        # Both ways of botocore to get at a body.
        response._content = body
        response.raw = BytesIO(body)
        return response

    # The answer of a handler is taken for the service's.
    client.meta.events.register("before-send", send)


def _read(response: Any) -> bytes:
    body = bytearray()
    try:
        for part in response.raw.stream(1 << 16):
            body += part
            if len(body) > LONGEST_BODY:
                raise ValueError(f"the answer is longer than {LONGEST_BODY} bytes")
        # botocore has urllib3 not check it.
        length = response.headers.get("content-length")
        if length is not None and int(length) != len(body):
            raise ValueError(f"{len(body)} of the answer's {length} bytes arrived")
    except Exception as error:
        response.raw.close()
        raise HTTPClientError(error=error) from error
    return bytes(body)


class Attempt:
    """A request that is under way, and the connection that it is on."""

    def __init__(self) -> None:
        self.ends = time.monotonic() + ATTEMPT_SECONDS
        self.ended = False
        self.connection: Any = None

    def end(self) -> None:
        """Shuts the connection down, so that whoever reads from it reads its end."""
        self.ended = True
        sock = getattr(self.connection, "sock", None)
        if sock is not None:
            with contextlib.suppress(OSError):
                # The socket's own and not TLS's, which would wait for the other side.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Watch:
    """Ends attempts whose time is up."""

    def __init__(self) -> None:
        self._attempts: set[Attempt] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    @contextlib.contextmanager
    def over(self, attempt: Attempt) -> Iterator[None]:
        """Ends `attempt` where it takes longer than its time."""
        with self._lock:
            self._attempts.add(attempt)
        try:
            yield
        finally:
            with self._lock:
                self._attempts.discard(attempt)

    def _run(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            now = time.monotonic()
            # Under the lock, so that no connection is shut down that the next attempt is on.
            with self._lock:
                for attempt in self._attempts:
                    if attempt.ends < now:
                        attempt.end()


class _Watched:
    """Before AWS's connections: the attempt learns which one it is on."""

    def request(self, *arguments: Any, **named: Any) -> Any:
        attempt = getattr(_current, "attempt", None)
        if attempt is not None:
            attempt.connection = self
        return super().request(*arguments, **named)  # type: ignore[misc]


class _HttpConnection(_Watched, AWSHTTPConnection):  # type: ignore[misc]
    pass


class _HttpsConnection(_Watched, AWSHTTPSConnection):  # type: ignore[misc]
    pass


class _HttpPool(AWSHTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(AWSHTTPSConnectionPool):
    ConnectionCls = _HttpsConnection
