"""The function that counts in Valkey."""

from collections.abc import Mapping

from counter.config import StoreUrl, Update
from counter.lambda_function import handler_of
from counter.stores.valkey import Valkey


def _open(url: StoreUrl, update: Update, _variables: Mapping[str, str]) -> Valkey:
    return Valkey(url.scheme, url.place, url.key, update)


handler = handler_of(("valkey", "valkeys"), "valkey://HOST:PORT/KEY", _open)
