"""The count as the value of one key of Valkey, a decimal number.

One `INCRBY` per call. Must not know the environment. Valkey keeps the count in memory: it lives
no longer than its server, and what a failover loses is lost.
"""

from typing import Any

from redis import Redis
from redis.backoff import FullJitterBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from counter.config import Update
from counter.stores import checked_sum, parse_count, read_failed, write_failed

CONNECT_SECONDS = 1
"""Connecting inside a region takes some milliseconds, TLS included."""

ATTEMPT_SECONDS = 3
"""A call rarely takes 10 ms. Three attempts fit the 15 s that a caller waits."""

RETRIES = 2

LONGEST_PAUSE_SECONDS = 0.1
"""A failover takes longer than any pause here, a lost connection none at all."""


class Valkey:
    """A count in a key of Valkey; a missing key is 0."""

    def __init__(self, scheme: str, server: str, key: str, update: Update) -> None:
        """Makes no call."""
        self._place = f"{scheme}://{server}/{key}"
        host, _, port = server.rpartition(":")
        self._client: Any = Redis(
            host.strip("[]"),
            int(port),
            ssl=scheme == "valkeys",
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ATTEMPT_SECONDS,
            # A connection whose answer did not come is closed: a late one is nobody's.
            retry=Retry(FullJitterBackoff(LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS), RETRIES),
        )
        self._key = key
        self.add = self._add if update is Update.ATOMIC else self._read_then_write

    def _add(self, n: int) -> int:
        """An `INCRBY` whose answer was lost may have been done and is done again by the client's
        retry: that skips numbers and repeats none, since only the last answer is read."""
        try:
            count = self._client.incrby(self._key, n)
        except RedisError as error:
            raise write_failed(self._place) from error
        return parse_count(self._place, str(count).encode())

    def _read_then_write(self, n: int) -> int:
        """What the original study did: read, add here, write."""
        try:
            got = self._client.get(self._key)
        except RedisError as error:
            raise read_failed(self._place) from error
        count = checked_sum(parse_count(self._place, got) if got is not None else 0, n)
        # A readiness check must not undo what others write meanwhile.
        if n > 0:
            try:
                self._client.set(self._key, count)
            except RedisError as error:
                raise write_failed(self._place) from error
        return count
