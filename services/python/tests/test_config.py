"""What configuration values mean, and what a wrong one is answered with."""

import pytest

from counter.config import Environment, PostgresUrl, StoreUrl, Update, parse_store, read_environment
from counter.errors import ConfigError
from counter.server_config import parse_address


@pytest.mark.parametrize(
    ("text", "expect"),
    [
        ("memory:", StoreUrl("memory")),
        ("file:///var/lib/counter/hits", StoreUrl("file", "/var/lib/counter/hits")),
        ("file:///a b%20c", StoreUrl("file", "/a b%20c")),
        ("dynamodb://counters/hits", StoreUrl("dynamodb", "counters", "hits")),
        ("dynamodb://a_b.c-d/x/y", StoreUrl("dynamodb", "a_b.c-d", "x/y")),
        ("s3://bucket/a/b/hits", StoreUrl("s3", "bucket", "a/b/hits")),
        ("valkey://localhost:6379/hits", StoreUrl("valkey", "localhost:6379", "hits")),
        ("valkeys://[::1]:1/a/b", StoreUrl("valkeys", "[::1]:1", "a/b")),
        (
            "postgres://u:s3-cret@host:5432/counts/a/b",
            StoreUrl("postgres", "host:5432", "a/b", PostgresUrl("u", "s3-cret", "counts")),
        ),
        (
            "postgres://u:s3-cret@[::1]:1/counts/hits?ca=Zm8",
            StoreUrl("postgres", "[::1]:1", "hits", PostgresUrl("u", "s3-cret", "counts", b"fo")),
        ),
    ],
)
def test_a_store_url_is_read(text: str, expect: StoreUrl) -> None:
    assert parse_store(text) == expect


@pytest.mark.parametrize(
    "text",
    [
        "memory", "memory:x", "Memory:", "redis://host/0", "file:hits", "file://hits", "file:///",
        "file:///dir/", "file://host/hits", "dynamodb://table", "dynamodb://table/",
        "dynamodb:///key", "s3://", "s3://bucket", "s3:bucket/key", "://", "/var/lib/hits",
        " memory:", "two\nlines", "valkey://host/hits", "valkey://host:0/hits",
        "valkey://host:65536/hits", "valkey://:6379/hits", "valkey://user@host:6379/hits",
        "valkey://[host]:6379/hits", "valkey://host:6379/",
    ],
)  # fmt: skip
def test_a_wrong_store_url_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_store(text)
    line = str(refused.value)
    assert "\n" not in line
    forms = (
        "memory: or file:///var/lib/counter/hits or dynamodb://TABLE/KEY or s3://BUCKET/KEY "
        "or valkey://HOST:PORT/KEY or postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY"
    )
    escaped = text.replace("\n", "\\n")
    assert line == f'STORE="{escaped}" names no store; use {forms}'


@pytest.mark.parametrize(
    "text",
    [
        "postgres://u:s3-cret@host:5432/counts", "postgres://u:s3-cret@host:5432/counts/",
        "postgres://u:s3-cret@host:5432//hits", "postgres://u:s3-cret@host/counts/hits",
        "postgres://u:s3-cret@host:0/counts/hits", "postgres://:s3-cret@host:5432/counts/hits",
        "postgres://u:s3-cret%20@host:5432/counts/hits", "postgresql://u:s3-cret@host:5432/c/hits",
        "postgres://u:s3-cret@host:5432/counts/hits?ca=",
        "postgres://u:s3-cret@host:5432/counts/hits?ca=Z",
        "postgres://u:s3-cret@host:5432/counts/hits?ca=Zg==",
    ],
)  # fmt: skip
def test_a_wrong_url_of_postgresql_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_store(text)
    assert "host" in str(refused.value)
    assert "s3-cret" not in str(refused.value)


def test_an_unset_or_empty_variable_means_its_default() -> None:
    default = Environment(None, Update.ATOMIC)
    assert read_environment({}) == default
    assert read_environment({"STORE": "", "COUNTER_UPDATE": ""}) == default


def test_an_update_is_one_of_two_words() -> None:
    for update in Update:
        assert read_environment({"COUNTER_UPDATE": update.value}).update is update
    with pytest.raises(
        ConfigError, match='COUNTER_UPDATE="Atomic" is not a way to count; use atomic or'
    ):
        read_environment({"COUNTER_UPDATE": "Atomic"})


@pytest.mark.parametrize("text", ["0.0.0.0:8000", "127.0.0.1:0", "[::1]:0", "[::]:65535"])
def test_an_address_is_read_and_written_the_same(text: str) -> None:
    assert str(parse_address(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "8000", "localhost:http", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
        "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1:٣", "127.0.0.1: 1", "127.0.0.1:1_0", "::1:80",
        "[127.0.0.1]:80", "[::1:80", ":80",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is not an address and port; use for example"):
        parse_address(text)
