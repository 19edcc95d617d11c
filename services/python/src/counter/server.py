"""The long-running server of EC2, Fargate and Kubernetes: arguments, the store that the
configuration names, the socket, the end. Must not know what the counter answers.
"""

import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn

from counter import __version__
from counter.application import application
from counter.config import StoreUrl, Update
from counter.errors import ConfigError, one_line
from counter.protocol import IDLE_SECONDS, BoundedProtocol, connections
from counter.server_config import HELP, Address, read_config
from counter.stores import AsyncStore, Store
from counter.stores.batched import THREADS, Batched, Threaded
from counter.stores.memory import Memory

DRAIN_SECONDS = 10
"""The longest that requests in flight are waited for after a signal. Kubernetes and ECS kill after
30 s."""

BACKLOG = 2_048
"""Connections that wait to be accepted: uvicorn's default."""


def main(arguments: list[str], variables: Mapping[str, str]) -> int:
    """Serves until SIGTERM or SIGINT, and returns the exit code."""
    match arguments:
        case []:
            pass
        case ["--help" | "-h", *_]:
            print(HELP, end="")
            return 0
        case ["--version" | "-V", *_]:
            print(f"server {__version__}")
            return 0
        case [other, *_]:
            _complain(f'"{other}" is not an argument; --help lists what there is')
            return 2
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    try:
        config = read_config(variables)
        store = _open(config.store, config.update, variables)
        listener = _listen(config.listen)
    except ConfigError as error:
        _complain(one_line(error))
        return 2
    _serve(store, listener)
    return 0


def _open(url: StoreUrl, update: Update, variables: Mapping[str, str]) -> AsyncStore:
    """Makes no call: a DynamoDB that is away now may be back for the first hit."""
    match url.scheme:
        case "memory":
            return Memory()
        case "file":
            from counter.stores.file import File

            return _shared(File(Path(url.place), update), update)
        case "postgres":
            from counter.stores.postgres import Postgres

            return _shared(Postgres(url, update), update)
        case "valkey" | "valkeys":
            from counter.stores.valkey import Valkey

            return _shared(Valkey(url.scheme, url.place, url.key, update), update)
    # Here, so that who counts without AWS pays neither the time nor the memory of its SDK.
    from counter.aws import client_from_environment_or_host
    from counter.stores.dynamodb import DynamoDb
    from counter.stores.s3 import S3

    calls = 1 if update is Update.ATOMIC else THREADS
    client = client_from_environment_or_host(url.scheme, variables, calls)
    counts_in = DynamoDb if url.scheme == "dynamodb" else S3
    return _shared(counts_in(client, url.place, url.key, update), update)


def _shared(store: Store, update: Update) -> AsyncStore:
    """One call for all waiting callers, unless the original study's calls are to be reproduced."""
    return Batched(store) if update is Update.ATOMIC else Threaded(store)


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if address.ip.version == 6 else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    # A port whose last connections still linger is free.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((str(address.ip), address.port))
        listener.listen(BACKLOG)
    except OSError as error:
        raise ConfigError(
            f"listening on {address} failed; is its port in use? LISTEN sets another"
        ) from error
    return listener


def _serve(store: AsyncStore, listener: socket.socket) -> None:
    BoundedProtocol.most = connections()
    config = uvicorn.Config(
        application(store),
        loop="uvloop",
        http=BoundedProtocol,
        interface="asgi3",
        # What the counter has no use for, each a step of every request or start.
        ws="none",
        lifespan="off",
        proxy_headers=False,
        access_log=False,
        server_header=False,
        # The log is ours.
        log_config=None,
        log_level=logging.WARNING,
        backlog=BACKLOG,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    # uvicorn raises the signal that ended it once more when it has drained; that is no reason to
    # die of it.
    for ends in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ends, lambda *_: None)
    _Server(config).run([listener])


class _Server(uvicorn.Server):
    """uvicorn, and the line that names where it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What was made until now stays: the collector need not look at it again. 1 µs a hit.
        gc.collect()
        gc.freeze()
        for listener in sockets or []:
            _announce(listener)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            # Interrupted twice: requests in flight are cut off.
            _end(0)
        super().handle_exit(sig, frame)


def _announce(listener: socket.socket) -> None:
    """The only line on stdout, with an address that can be called."""
    host, port = listener.getsockname()[:2]
    ip = ipaddress.ip_address(host)
    if ip.is_unspecified:
        ip = ipaddress.ip_address("127.0.0.1" if ip.version == 4 else "::1")
    print(f"listening on http://{Address(ip, port)}", flush=True)


def _complain(line: str) -> None:
    print(f"server: {line}", file=sys.stderr)


def _end(code: int) -> NoReturn:
    """Ends without waiting for the stores' threads: a service that hangs or a blocked disk must not
    keep the process, and what they would still write nobody waits for."""
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    _end(main(sys.argv[1:], os.environ))
