"""The count as a row of PostgreSQL."""

import base64
import os
import ssl
import threading
from typing import Any

import pg8000.dbapi
from respond import respond

PLACE, _, AUTHORITY = os.environ["STORE"].removeprefix("postgres://").partition("?ca=")
LOGIN, _, SERVER = PLACE.partition("@")
USER, _, PASSWORD = LOGIN.partition(":")
ADDRESS, DATABASE, KEY = SERVER.split("/", 2)
HOST, _, PORT = ADDRESS.rpartition(":")
READ_THEN_WRITE = os.environ.get("COUNTER_UPDATE") == "read-then-write"

ssl_context: Any = False
if AUTHORITY:
    ssl_context = ssl.create_default_context(cadata=base64.urlsafe_b64decode(AUTHORITY + "=="))

# A connection is one thread's. By default nothing bounds the wait for an answer.
connections = threading.local()


def connect() -> Any:
    """This thread's connection, and a table."""
    if not hasattr(connections, "own"):
        connection = pg8000.dbapi.connect(
            user=USER,
            password=PASSWORD,
            host=HOST.strip("[]"),
            port=int(PORT),
            database=DATABASE,
            ssl_context=ssl_context,
            timeout=4,
        )
        connection.autocommit = True
        create(connection)
        connections.own = connection
    return connections.own


def create(connection: Any) -> None:
    """Makes the table, unless another process makes it at the same moment."""
    try:
        connection.cursor().execute(
            "CREATE TABLE IF NOT EXISTS counts (key text PRIMARY KEY, count bigint NOT NULL)"
        )
    except pg8000.dbapi.DatabaseError as error:
        if error.args[0].get("C") != "23505":
            raise


def execute(statement: str, *parameters: Any) -> int:
    """The number that a statement returns, 0 without one, on a new connection after a failure."""
    try:
        cursor = connect().cursor()
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
        return row[0] if row else 0
    except Exception:
        vars(connections).clear()
        raise


def add(n: int) -> int:
    """Adds `n`, and returns the count after it."""
    if not READ_THEN_WRITE:
        return execute(
            "INSERT INTO counts (key, count) VALUES (%s, CAST(%s AS bigint)) ON CONFLICT (key) "
            "DO UPDATE SET count = counts.count + excluded.count RETURNING count",
            KEY,
            n,
        )
    count = execute("SELECT count FROM counts WHERE key = %s", KEY) + n
    if n > 0:
        execute(
            "INSERT INTO counts (key, count) VALUES (%s, CAST(%s AS bigint)) ON CONFLICT (key) "
            "DO UPDATE SET count = excluded.count RETURNING count",
            KEY,
            count,
        )
    return count


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """What Lambda calls."""
    return respond(event, add)
