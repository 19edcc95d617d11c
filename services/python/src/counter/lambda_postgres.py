"""The function that counts in PostgreSQL."""

from collections.abc import Mapping

from counter.config import StoreUrl, Update
from counter.lambda_function import handler_of
from counter.stores.postgres import Postgres


def _open(url: StoreUrl, update: Update, _variables: Mapping[str, str]) -> Postgres:
    return Postgres(url, update)


handler = handler_of(("postgres",), "postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY", _open)
