"""The guarantee under concurrency: no number twice, none lost. And how it fails without it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from counter.aws import client_from_environment
from counter.config import Update
from counter.stores.s3 import S3
from tests.cloud import Cloud
from tests.server_process import AWS, environment, server

CALLERS = 50


def check_exact(callers: list[list[int]], before: int = 0) -> None:
    for own in callers:
        assert own == sorted(own), "a later call of one caller got a lower number"
    numbers = sorted(number for own in callers for number in own)
    assert numbers == list(range(before + 1, before + 1 + len(numbers)))


@pytest.mark.parametrize(
    ("store", "calls"), [("memory", 40), ("file", 10), ("dynamodb", 10), ("s3", 10)]
)
def test_fifty_callers_of_a_server_get_exactly_the_next_numbers(
    cloud: Cloud, tmp_path: Path, store: str, calls: int
) -> None:
    urls = {"memory": "memory:", "file": f"file://{tmp_path}/hits"}
    url = urls.get(store, f"{store}://t/k")
    with server(environment(url, AWS_ENDPOINT_URL=cloud.endpoint)) as running:
        check_exact(running.hits(CALLERS, calls))
        assert running.call("GET", "/readyz").status == 200
        assert running.call("GET", "/hits").body == str(CALLERS * calls + 1)


def test_waiting_callers_share_calls(cloud: Cloud) -> None:
    with server(environment("dynamodb://t/k", AWS_ENDPOINT_URL=cloud.endpoint)) as running:
        check_exact(running.hits(CALLERS, 10))
    assert len(cloud.calls) < CALLERS * 10 / 2


def test_fifty_environments_on_one_object_of_s3_get_exactly_the_next_numbers(cloud: Cloud) -> None:
    """As many functions as callers: each has a store of its own and no queue to share."""
    variables = {**AWS, "AWS_ENDPOINT_URL": cloud.endpoint}
    client = client_from_environment("s3", variables, CALLERS)

    def count(_: int) -> list[int]:
        return [S3(client, "t", "k", Update.ATOMIC).add(1)]

    with ThreadPoolExecutor(CALLERS) as threads:
        check_exact(list(threads.map(count, range(CALLERS))))


@pytest.mark.parametrize("store", ["dynamodb", "s3"])
def test_read_then_write_loses_an_update_when_two_read_before_either_writes(
    cloud: Cloud, store: str
) -> None:
    both_have_read = Barrier(2, timeout=20)
    cloud.after_read = both_have_read.wait
    variables = environment(
        f"{store}://t/k", AWS_ENDPOINT_URL=cloud.endpoint, COUNTER_UPDATE="read-then-write"
    )
    with server(variables) as running:
        assert running.hits(2, 1) == [[1], [1]]
        cloud.after_read = lambda: None
        assert running.call("GET", "/hits").body == "2"
