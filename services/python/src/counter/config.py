"""The typed configuration that all hosts share.

Must not read the process environment itself: a host passes it in, and so does a test.
"""

import base64
import json
import re
from collections.abc import Mapping
from enum import Enum
from ipaddress import IPv6Address
from typing import NamedTuple

from counter.errors import ConfigError


class Update(Enum):
    """How a store adds."""

    ATOMIC = "atomic"
    """Exact under concurrency."""
    READ_THEN_WRITE = "read-then-write"
    """Read, add, write: two calls, lost updates. What the original study did, kept so that its
    published table can be reproduced."""


class PostgresUrl(NamedTuple):
    """What a server of PostgreSQL needs to be reached, beside its place."""

    user: str
    password: str
    database: str
    authority: bytes = b""
    """The certificate, in DER, of the authority that vouches for the server by TLS; without one
    nothing is encrypted."""


class StoreUrl(NamedTuple):
    """Where the count lives: the value of `STORE`."""

    scheme: str
    """`memory`, `file`, `dynamodb`, `s3`, `postgres`, `valkey` or, with TLS, `valkeys`."""
    place: str = ""
    """The absolute path, the table, the bucket, or the server's host and port."""
    key: str = ""
    """The value of the table's partition key `id`, or the object's, Valkey's or the row's key,
    slashes included."""
    postgres: PostgresUrl | None = None
    """What else `postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY?ca=CERTIFICATE` has."""


class Environment(NamedTuple):
    """The counter's part of the environment."""

    store: StoreUrl | None
    update: Update


def read_environment(variables: Mapping[str, str]) -> Environment:
    """Reads `STORE` and `COUNTER_UPDATE`; an empty value counts as not set."""
    store, update = variables.get("STORE"), variables.get("COUNTER_UPDATE")
    return Environment(
        store=parse_store(store) if store else None,
        update=_parse_update(update) if update else Update.ATOMIC,
    )


def parse_store(text: str) -> StoreUrl:
    """The store that `text` names, or a `ConfigError` with the forms there are."""
    if text == "memory:":
        return StoreUrl("memory")
    scheme, separator, rest = text.partition("://")
    if separator and scheme == "file" and rest.startswith("/") and not rest.endswith("/"):
        return StoreUrl("file", rest)
    if scheme == "postgres" and (url := _parse_postgres(rest)):
        return url
    place, _, key = rest.partition("/")
    if scheme in ("dynamodb", "s3") and place and key:
        return StoreUrl(scheme, place, key)
    if scheme in ("valkey", "valkeys") and _host_and_port(place) and key:
        return StoreUrl(scheme, place, key)
    raise ConfigError(
        f"STORE={quoted(_without_login(text))} names no store; use memory: "
        "or file:///var/lib/counter/hits or dynamodb://TABLE/KEY or s3://BUCKET/KEY "
        "or valkey://HOST:PORT/KEY or postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY"
    )


def _parse_postgres(rest: str) -> StoreUrl | None:
    """What follows `postgres://`."""
    # Nothing that a URL would have to escape: each service would have to undo it.
    plain = "[A-Za-z0-9._~-]+"
    form = f"({plain}):({plain})@([^/@]+)/({plain})/(.+?)(?:[?]ca=([A-Za-z0-9_-]*))?"
    found = re.fullmatch(form, rest, re.DOTALL)
    if not found or "?ca=" in found[5] or not _host_and_port(found[3]):
        return None
    user, password, place, database, key, text = found.groups()
    authority = b""
    if text is not None:
        if len(text) % 4 == 1 or not text:
            return None
        authority = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return StoreUrl("postgres", place, key, PostgresUrl(user, password, database, authority))


def _without_login(text: str) -> str:
    """A URL without what stands before its server, where that is a password's place: no message
    shows one."""
    scheme, separator, rest = text.partition("://")
    if not (separator and scheme.startswith("postgres") and "@" in rest):
        return text
    return f"{scheme}://…@{rest.rpartition('@')[2]}"


def _host_and_port(text: str) -> bool:
    """Whether it is `HOST:PORT`, an IPv6 address in brackets: what is none would be found out at
    the first call."""
    host, _, port = text.rpartition(":")
    if not re.fullmatch("[0-9]{1,5}", port) or not 0 < int(port) <= 65_535:
        return False
    if re.fullmatch(r"[A-Za-z0-9._-]+", host):
        return True
    try:
        return host[:1] == "[" and host[-1:] == "]" and bool(IPv6Address(host[1:-1]))
    except ValueError:
        return False


def quoted(text: str) -> str:
    """In quotes, and on one line whatever is in it."""
    return json.dumps(text, ensure_ascii=False)


def _parse_update(word: str) -> Update:
    try:
        return Update(word)
    except ValueError:
        raise ConfigError(
            f"COUNTER_UPDATE={quoted(word)} is not a way to count; use atomic or read-then-write"
        ) from None
