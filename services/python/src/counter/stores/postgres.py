"""The count as one row of a table of PostgreSQL.

One statement per call, on one connection. Must not know the environment.
"""

import random
import ssl
import time
from threading import Lock
from typing import Any

from pg8000.exceptions import DatabaseError, Error
from pg8000.native import Connection

from counter.config import StoreUrl, Update
from counter.errors import ConfigError, StoreError
from counter.stores import parse_count, read_failed, write_failed

ATTEMPT_SECONDS = 3
"""For each answer, a connection's too. A call rarely takes 10 ms; connecting takes some at a
function's tenth of a processor, for the proof of a password. Three attempts fit the 15 s that a
caller waits."""

ATTEMPTS = 3

LONGEST_PAUSE_SECONDS = 0.1
"""A restart takes longer than any pause here, a lost connection none at all."""

TABLE = (
    "CREATE TABLE IF NOT EXISTS counts (key text PRIMARY KEY, count bigint NOT NULL) "
    "WITH (fillfactor = 10)"
)
"""Room for the row's next versions on its page: an update then touches no index."""

ADD = (
    "INSERT INTO counts AS old (key, count) VALUES (:key, CAST(:count AS bigint)) "
    "ON CONFLICT (key) DO UPDATE SET count = old.count + excluded.count RETURNING count"
)
READ = "SELECT count FROM counts WHERE key = :key"
WRITE = (
    "INSERT INTO counts (key, count) VALUES (:key, CAST(:count AS bigint)) "
    "ON CONFLICT (key) DO UPDATE SET count = excluded.count RETURNING count"
)

HIGHEST = 2**63 - 1
"""Of a `bigint`."""

UNDEFINED_TABLE, DUPLICATE_TABLE, UNIQUE_VIOLATION, OUT_OF_RANGE = (
    "42P01",
    "42P07",
    "23505",
    "22003",
)


class Postgres:
    """A count in a row of PostgreSQL; a missing row is 0, and the first call makes a missing
    table."""

    def __init__(self, url: StoreUrl, update: Update) -> None:
        """Makes no call."""
        own = url.postgres
        if own is None:
            raise ConfigError(
                "this store needs STORE=postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY"
            )
        self._place = f"postgres://{own.user}@{url.place}/{own.database}/{url.key}"
        host, _, port = url.place.rpartition(":")
        self._options: dict[str, Any] = {
            "user": own.user,
            "password": own.password,
            "host": host.strip("[]"),
            "port": int(port),
            "database": own.database,
            "application_name": "counter",
            "timeout": ATTEMPT_SECONDS,
            "ssl_context": _tls(own.authority, self._place) if own.authority else False,
        }
        self._key = url.key
        # Of one thread at a time, and of none where the last one failed.
        self._lock = Lock()
        self._connection: Any = None
        self._statements: dict[str, Any] = {}
        self.add = self._add if update is Update.ATOMIC else self._read_then_write

    def _add(self, n: int) -> int:
        """A sum whose answer was lost may have been stored and is added again: that skips numbers
        and repeats none, since only the last answer is read."""
        return self._count(self._write(ADD, _checked(n)))

    def _read_then_write(self, n: int) -> int:
        """What the original study did: read, add here, write."""
        try:
            before = self._call(READ, key=self._key)
        except (Error, OSError) as error:
            raise read_failed(self._place) from error
        count = _checked((before or 0) + n)
        # A readiness check must not undo what others write meanwhile.
        if n > 0:
            self._write(WRITE, count)
        return self._count(count)

    def _write(self, statement: str, count: int) -> int:
        try:
            return self._call(statement, key=self._key, count=count) or 0
        except (Error, OSError) as error:
            if _state(error) == OUT_OF_RANGE:
                raise StoreError("the count would pass 2^63 - 1") from error
            raise write_failed(self._place) from error

    def _count(self, stored: int) -> int:
        return parse_count(self._place, str(stored).encode())

    def _call(self, statement: str, **parameters: Any) -> int | None:
        """Makes a call, again where that may help."""
        for left in range(ATTEMPTS - 1, -1, -1):
            try:
                return self._attempt(statement, parameters)
            except (Error, OSError) as error:
                if left == 0 or not _may_pass(error):
                    raise
            time.sleep(random.random() * LONGEST_PAUSE_SECONDS)
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self, statement: str, parameters: dict[str, Any]) -> int | None:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection, self._statements = Connection(**self._options), {}
                rows = self._prepared(statement).run(**parameters)
            except BaseException as error:
                # A server that hangs, or that takes no writes any more, would be called for ever,
                # and a late answer be taken for the next one's: the next call connects again.
                if not isinstance(error, DatabaseError) or _may_pass(error):
                    self._close()
                raise
            return rows[0][0] if rows else None

    def _prepared(self, statement: str) -> Any:
        if statement not in self._statements:
            try:
                self._statements[statement] = self._connection.prepare(statement)
            except DatabaseError as error:
                if _state(error) != UNDEFINED_TABLE:
                    raise
                self._create_table()
                self._statements[statement] = self._connection.prepare(statement)
        return self._statements[statement]

    def _create_table(self) -> None:
        try:
            self._connection.run(TABLE)
        except DatabaseError as error:
            # Of those that make it at once one succeeds; another may find its name taken.
            if _state(error) not in (UNIQUE_VIOLATION, DUPLICATE_TABLE):
                raise

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                connection.close()
        except (Error, OSError):
            # It was closed already.
            pass


def _checked(count: int) -> int:
    if count > HIGHEST:
        raise StoreError("the count would pass 2^63 - 1")
    return count


def _tls(authority: bytes, place: str) -> ssl.SSLContext:
    """Trusts one authority, and verifies the server's name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=authority)
    except ssl.SSLError as error:
        raise ConfigError(f"STORE={place} has a certificate that is none") from error
    return context


def _state(error: BaseException) -> str:
    """The server's code of an error (PostgreSQL, appendix A); empty where there is none."""
    fields = error.args[0] if isinstance(error, DatabaseError) and error.args else None
    return str(fields.get("C", "")) if isinstance(fields, dict) else ""


def _may_pass(error: BaseException) -> bool:
    """Whether another connection, or another moment, may have another answer: an error without a
    code of the server's, or whose class is a connection's, a lack of resources, or a server that
    ends or starts."""
    state = _state(error)
    return not state or state[:2] in ("08", "25", "40", "53", "57")
