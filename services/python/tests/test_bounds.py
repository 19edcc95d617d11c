"""What no client and no store can outlive or fill memory with."""

import asyncio
import contextlib
import http.client
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
import uvicorn

from counter import http_session, protocol, request_bounds
from counter.application import application
from counter.aws import client_from_environment
from counter.config import Update
from counter.errors import StoreError
from counter.http_session import Watch
from counter.protocol import BoundedProtocol
from counter.stores import Store
from counter.stores.dynamodb import DynamoDb
from counter.stores.memory import Memory
from counter.stores.s3 import S3
from tests.server_process import AWS, CALL_SECONDS

Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Slow(Memory):
    """A store that answers when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.called, self.go = asyncio.Event(), asyncio.Event()

    async def add(self, n: int, within_seconds: float) -> int:
        self.called.set()
        await self.go.wait()
        return await super().add(n, within_seconds)


def serve(client: Client, store: Memory | None = None) -> None:
    """Runs `client` on a connection to a server of this process."""

    async def check() -> None:
        config = uvicorn.Config(
            application(store or Memory()),
            http=BoundedProtocol,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            server_header=False,
            timeout_keep_alive=protocol.IDLE_SECONDS,
        )
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            serving = asyncio.create_task(server._serve([listener]))
            while not server.started:
                await asyncio.sleep(0.01)
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    await client(reader, writer)
            finally:
                writer.close()
                server.should_exit = True
                await serving

    asyncio.run(check())


async def answer(reader: asyncio.StreamReader) -> tuple[int, str, bytes]:
    """Status, head and body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    return int(head[9:12]), head, await reader.readexactly(length)


async def closed(reader: asyncio.StreamReader) -> None:
    """Whether orderly or by a reset."""
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""


def post(length: int) -> bytes:
    return b"POST /hits HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % length


def test_a_body_is_read_to_its_end_before_its_sender_gets_a_number() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, length in enumerate([10_000, 1_000_000, 1 << 20], 1):
            writer.write(post(length) + b"x" * (length - 1))
            await writer.drain()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await reader.read(1)
            writer.write(b"x")
            assert (await answer(reader))[::2] == (200, b"%d" % number)

    serve(client)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_long_is_refused_and_read_on_for_its_sender_to_see_it(
    chunked: bool,
) -> None:
    store = Memory()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if chunked:
            writer.write(b"POST /hits HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        else:
            writer.write(post(8 << 20))
        for _ in range(8):
            part = b"x" * (1 << 20)
            writer.write(b"100000\r\n%b\r\n" % part if chunked else part)
            await writer.drain()
        if chunked:
            writer.write(b"0\r\n\r\n")
        status, head, _ = await answer(reader)
        assert (status, "connection: close" in head) == (413, True)
        assert await reader.read() == b""
        assert await store.add(0, 1) == 0

    serve(client, store)


def test_a_body_that_does_not_arrive_uses_no_number_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bounds, "BODY_SECONDS", 0.1)
    store = Memory()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(post(10) + b"x")
        assert (await answer(reader))[0] == 408
        assert await reader.read() == b""
        assert await store.add(0, 1) == 0

    serve(client, store)


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nX"])
def test_a_connection_that_sends_no_request_is_closed(
    monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.1 if head else 1_000)
    monkeypatch.setattr(protocol, "IDLE_SECONDS", 1_000 if head else 0.1)

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await closed(reader)

    serve(client)


@pytest.mark.parametrize(
    "head",
    [
        # What is read at once with a head's beginning is not counted.
        b"GET /" + b"x" * (18 * 4_096 - 5),
        b"GET / HTTP/1.1\r\nx: " + b"x" * (65 << 10) + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 101 + b"\r\n",
    ],
)
def test_a_head_that_is_too_large_is_refused(head: bytes) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for at in range(0, len(head), 4_096):
            writer.write(head[at : at + 4_096])
            await asyncio.sleep(0.002)
        assert (await answer(reader))[0] == 431

    serve(client)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST /hits HTTP/1.1\r\n" + b"x: y\r\n" * 101 + b"content-length: 500000\r\n\r\n", 431),
        (b"hello\r\n\r\n", 400),
        (b"FOO /hits HTTP/1.1\r\nhost: x\r\ncontent-length: 500000\r\n\r\n", 501),
        (b"PUT /\xe2\x98\x95 HTTP/1.1\r\nhost: x\r\ncontent-length: 500000\r\n\r\n", 400),
        (b"POST /hits HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", 400),
    ],
)
def test_a_refusal_can_be_read_by_a_client_that_is_still_sending(
    request_bytes: bytes, status: int
) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(request_bytes)
        assert (await answer(reader))[0] == status
        for _ in range(5):
            writer.write(b"x" * 100_000)
            await writer.drain()
        writer.write_eof()
        assert await reader.read() == b"", "an end in order"

    serve(client)


def test_a_client_that_has_closed_its_side_is_answered() -> None:
    async def check() -> None:
        store = Slow()

        async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"GET /hits HTTP/1.1\r\nhost: x\r\n\r\n")
            writer.write_eof()
            await store.called.wait()
            store.go.set()
            assert (await answer(reader))[::2] == (200, b"1")
            assert await reader.read() == b""

        await asyncio.to_thread(serve, client, store)

    asyncio.run(check())


def test_connections_beyond_the_limit_are_closed_and_leave_the_others_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BoundedProtocol, "most", 2)

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("peername")
        writer.write(b"GET /hits HTTP/1.1\r\nhost: x\r\n\r\n")
        assert (await answer(reader))[0] == 200
        second = await asyncio.open_connection(*address)
        second[1].write(b"GET /hits HTTP/1.1\r\nhost: x\r\n\r\n")
        # The last place: its client gives it back.
        assert "connection: close" in (await answer(second[0]))[1]
        held = await asyncio.open_connection(*address)
        third = await asyncio.open_connection(*address)
        await closed(third[0])
        writer.write(b"GET /hits HTTP/1.1\r\nhost: x\r\n\r\n")
        assert (await answer(reader))[0] == 200
        for _, other in (second, held, third):
            other.close()

    serve(client)


@contextmanager
def answering(answers: Callable[[socket.socket], None]) -> Iterator[str]:
    """A service that reads a request and has `answers` write to its connection."""
    listener, over = socket.create_server(("127.0.0.1", 0)), Event()

    def connection(client: socket.socket) -> None:
        try:
            while client.recv(1 << 16):
                answers(client)
        except OSError:
            pass
        finally:
            client.close()

    def run() -> None:
        while not over.is_set():
            try:
                Thread(target=connection, args=(listener.accept()[0],), daemon=True).start()
            except OSError:
                return

    Thread(target=run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        listener.close()


def opened(
    kind: str, endpoint: str, watch: Watch | None = None, update: Update = Update.ATOMIC
) -> Store:
    client = client_from_environment(kind, {**AWS, "AWS_ENDPOINT_URL": endpoint}, 1, watch)
    store_type = DynamoDb if kind == "dynamodb" else S3
    return store_type(client, "counters", "hits", update)


@pytest.mark.parametrize("kind", ["dynamodb", "s3"])
@pytest.mark.parametrize("framing", [b"transfer-encoding: chunked\r\n", b"content-length: 99999999999\r\n", b""])  # fmt: skip  # noqa: E501
def test_an_answer_that_never_ends_is_refused_before_it_fills_memory(
    kind: str, framing: bytes
) -> None:
    sent = 0

    def endless(client: socket.socket) -> None:
        nonlocal sent
        client.sendall(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n")
        part = b"9" * (1 << 16)
        while True:
            client.sendall(b"10000\r\n%b\r\n" % part if b"chunked" in framing else part)
            sent += len(part)

    with answering(endless) as endpoint, pytest.raises(StoreError):
        opened(kind, endpoint).add(1)
    assert sent < 100 << 20


@pytest.mark.parametrize("kind", ["dynamodb", "s3"])
def test_a_store_that_sends_a_byte_now_and_then_is_given_up(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(http_session, "ATTEMPT_SECONDS", 0.3)
    dripping = True
    body = b'{"Item":{"hits":{"N":"7"}}}' if kind == "dynamodb" else b"7\n"
    whole = b'HTTP/1.1 200 OK\r\netag: "1"\r\ncontent-length: %d\r\n\r\n%b' % (len(body), body)

    def drips(client: socket.socket) -> None:
        for at in range(len(whole)):
            client.sendall(whole[at : at + 1])
            if dripping:
                time.sleep(0.1)

    with answering(drips) as endpoint:
        store = opened(kind, endpoint, Watch(), Update.READ_THEN_WRITE)
        began = time.monotonic()
        with pytest.raises(StoreError):
            store.add(0)
        # Three attempts, a tick each, and the pauses of the SDK.
        assert time.monotonic() - began < 8
        dripping = False
        assert store.add(0) == 7


def test_a_call_to_a_server_with_a_slow_body_is_not_in_the_others_way() -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(post(10))
        port = writer.get_extra_info("peername")[1]

        def other() -> int:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=CALL_SECONDS)
            connection.request("GET", "/hits")
            status = connection.getresponse().status
            connection.close()
            return status

        assert await asyncio.to_thread(other) == 200
        writer.write(b"0123456789")
        assert (await answer(reader))[::2] == (200, b"2")

    serve(client)
