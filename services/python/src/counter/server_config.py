"""The server's configuration, typed and checked before anything starts. Must not open anything."""

import ipaddress
from collections.abc import Mapping
from typing import NamedTuple

from counter.config import StoreUrl, Update, quoted, read_environment
from counter.errors import ConfigError

HELP = """\
The counter's server. It takes no arguments; the environment configures it:

  LISTEN          address and port, port 0 for any free one  [0.0.0.0:8000]
  STORE           memory: | file:///var/lib/counter/hits | dynamodb://TABLE/KEY | s3://BUCKET/KEY
                  | valkey://HOST:PORT/KEY, valkeys: with TLS
                  | postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY, ?ca=CERTIFICATE: with TLS  [memory:]
  COUNTER_UPDATE  atomic | read-then-write (as the original study: two calls, lost updates)  [atomic]

dynamodb and s3 also take AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_SESSION_TOKEN, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL;
without keys they use the role of the task, pod or instance.

Exit codes: 0 ended by SIGTERM or SIGINT, 1 failed while running, 2 refused to start.
"""  # noqa: E501 - the same text as the Rust server's


class Address(NamedTuple):
    """Where to listen."""

    ip: ipaddress.IPv4Address | ipaddress.IPv6Address
    port: int

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if self.ip.version == 6 else f"{self.ip}:{self.port}"


class ServerConfig(NamedTuple):
    """The server's configuration."""

    listen: Address
    store: StoreUrl
    update: Update


def read_config(variables: Mapping[str, str]) -> ServerConfig:
    """Reads the configuration, or raises a `ConfigError` for the first value that can't be used."""
    listen = parse_address(variables.get("LISTEN") or "0.0.0.0:8000")
    environment = read_environment(variables)
    return ServerConfig(listen, environment.store or StoreUrl("memory"), environment.update)


def parse_address(text: str) -> Address:
    """An address and port: no host name, which could be several."""
    host, _, port = text.rpartition(":")
    in_brackets = host.startswith("[") and host.endswith("]")
    try:
        if not (port.isascii() and port.isdigit() and int(port) <= 65_535):
            raise ValueError(port)
        kind = ipaddress.IPv6Address if in_brackets else ipaddress.IPv4Address
        return Address(kind(host.strip("[]")), int(port))
    except ValueError:
        raise ConfigError(
            f"LISTEN={quoted(text)} is not an address and port; "
            "use for example 0.0.0.0:8000 or [::1]:0"
        ) from None
