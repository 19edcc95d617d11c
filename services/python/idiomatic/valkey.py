"""The count as the value of a key of Valkey."""

import os
from typing import Any

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry
from respond import respond

SCHEME, PLACE = os.environ["STORE"].split("://", 1)
SERVER, KEY = PLACE.split("/", 1)
READ_THEN_WRITE = os.environ.get("COUNTER_UPDATE") == "read-then-write"

# redis-py knows the protocol's older name alone. By default it waits 5 s eleven times: longer than
# a function may take.
client = redis.from_url(
    f"{SCHEME.replace('valkey', 'redis')}://{SERVER}",
    socket_connect_timeout=1,
    socket_timeout=4,
    retry=Retry(ExponentialWithJitterBackoff(), 2),
)


def add(n: int) -> int:
    """Adds `n`, and returns the count after it."""
    if not READ_THEN_WRITE:
        return client.incrby(KEY, n)
    count = int(client.get(KEY) or 0) + n
    if n > 0:
        client.set(KEY, count)
    return count


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """What Lambda calls."""
    return respond(event, add)
