"""uvicorn's HTTP/1 protocol within bounds of size, time and number, as the Rust server has them.
Must not know routes or stores.

uvicorn bounds an idle connection after its first answer and the concurrency of requests, and
nothing else."""

import asyncio
import re
import resource
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from counter import responses
from counter.request_bounds import LINGER_SECONDS, LONGEST_BODY

IDLE_SECONDS = 75
"""From a connection's begin or its last answer to the first byte of the next request. Longer than a
balancer keeps an idle connection (ALB: 60 s by default), so that it never sends a request into one
that is just being closed."""

HEAD_SECONDS = 15
"""From a request's first byte to the end of its head."""

WRITE_SECONDS = 60
"""How long a client may leave answers unread."""

LONGEST_HEAD = 64 << 10
"""The longest head of a request, in bytes; a longer one is a 431. A balancer has the same limit."""

MOST_HEADERS = 100
"""The most headers of a request, as hyper has it."""

CONNECTIONS = 4_096
"""Connections served at a time; more are closed at once."""

OTHER_FILES = 64
"""Files that the rest of the process may have open: sockets to a store, the counter file, the
standard streams."""


def connections() -> int:
    """The connections that are served at a time: `CONNECTIONS`, or what the limit of open files
    leaves.

    The soft limit is raised to the hard one first: the soft one is for programs that use `select`.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    files = CONNECTIONS + OTHER_FILES if hard == resource.RLIM_INFINITY else hard
    return max(1, min(CONNECTIONS, files - OTHER_FILES))


_REQUEST_LINE = re.compile(rb"(?m)^[!#$%&'*+.^_`|~0-9A-Za-z-]+ +[!-~]+ +HTTP/1\.[01]\r?$")
"""A request with a method that the parser does not know, as opposed to something else than HTTP."""


class _RefusedError(Exception):
    """Leaves the parser's callbacks: no part of this request is of use."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, and the bounds."""

    most = CONNECTIONS
    """Set once the limit of open files is known."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_head = False
        self._head_bytes = 0
        self._refusal = 400
        self._left: int | None = None
        """What is read of what comes after a refusal, in bytes."""
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self.timeout_keep_alive_task = self.loop.call_later(
            IDLE_SECONDS, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset_keepalive_if_required()
        self._end_head()
        self._end_writing()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """A client that has sent all of its request may close its side, and is still answered."""
        answering = self.cycle is not None and not self.cycle.response_complete
        if self._in_head or not answering or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        return True

    def data_received(self, data: bytes) -> None:
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                self.transport.abort()
            return None
        self._unset_keepalive_if_required()
        began_before = self._in_head
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserInvalidMethodError:
            return self._refuse(501 if _REQUEST_LINE.search(data) else 400)
        except httptools.HttpParserUpgrade:
            # Answered as any other request; what follows it is not read.
            self.cycle.keep_alive = False
        except httptools.HttpParserError:
            return self._refuse(self._refusal)
        if not self._in_head:
            self._end_head()
            return None
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)
        self._head_bytes = self._head_bytes + len(data) if began_before else 0
        if self._head_bytes > LONGEST_HEAD:
            return self._refuse(431)
        return None

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._refusal = self._wrong_head()
        if self._refusal:
            raise _RefusedError
        # Whatever else the parser does not take.
        self._refusal = 400
        super().on_headers_complete()
        if len(self.connections) >= self.most:
            self.cycle.keep_alive = False

    def _wrong_head(self) -> int:
        """The status of a head that is refused, or 0."""
        if self.parser.get_http_version() not in ("1.0", "1.1"):
            return 400
        for name, value in self.headers:
            # Whose end nobody knows.
            coding = value.rpartition(b",")[2].strip().lower()
            if name == b"transfer-encoding" and coding != b"chunked":
                return 400
        length = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        return 431 if length > LONGEST_HEAD or len(self.headers) > MOST_HEADERS else 0

    def _refuse(self, status: int) -> None:
        """Answers what is not a request, as hyper does, and ends the connection."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if self.pipeline or not cycle.more_body or cycle.response_started:
                # An earlier request's answer comes first, and is the last.
                cycle.keep_alive = False
                self.flow.pause_reading()
                return
            # Its body is not one: the counter need not wait for it.
            cycle.disconnected = True
            cycle.message_event.set()
        content = [STATUS_LINE[status]]
        body = b""
        for name, value in self.server_state.default_headers:
            content += [name, b": ", value, b"\r\n"]
        if status == responses.NOT_IMPLEMENTED.status:
            body = responses.NOT_IMPLEMENTED.body.encode()
            for key, text in responses.NOT_IMPLEMENTED.headers.items():
                content.append(f"{key}: {text}\r\n".encode())
        content.append(b"connection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        self.transport.write(b"".join(content))
        self._linger()

    def _linger(self) -> None:
        """Reads on, bounded, after a refusal, for its client to see it."""
        self._left = LONGEST_BODY
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)
        self.flow.resume_reading()

    def pause_writing(self) -> None:
        self._write_timer = self.loop.call_later(WRITE_SECONDS, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._end_writing()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        # Not `close`, which would wait for who leaves its last answer unread.
        self.transport.abort()

    def _end_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end_writing(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
