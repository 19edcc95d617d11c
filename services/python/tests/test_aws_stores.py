"""The stores on AWS's services, by the real SDK against a stand-in."""

import contextlib
import socket
from threading import Thread

import pytest

from counter.aws import client_from_environment
from counter.config import Update
from counter.errors import StoreError, one_line
from counter.stores import Store
from counter.stores.dynamodb import DynamoDb
from counter.stores.s3 import S3
from tests.cloud import Cloud
from tests.server_process import AWS

STORES = ("dynamodb", "s3")


def opened(cloud: Cloud, kind: str, update: Update = Update.ATOMIC) -> Store:
    client = client_from_environment(kind, {**AWS, "AWS_ENDPOINT_URL": cloud.endpoint})
    store_type = DynamoDb if kind == "dynamodb" else S3
    return store_type(client, "counters", "hits", update)


@pytest.mark.parametrize("update", Update)
@pytest.mark.parametrize("kind", STORES)
def test_a_missing_count_is_zero_and_counts_on(cloud: Cloud, kind: str, update: Update) -> None:
    store = opened(cloud, kind, update)
    assert [store.add(n) for n in (0, 1, 5, 0)] == [0, 1, 6, 6]
    assert opened(cloud, kind, update).add(1) == 7


def test_dynamodb_counts_in_one_call_under_the_attribute_that_all_languages_share(
    cloud: Cloud,
) -> None:
    opened(cloud, "dynamodb").add(3)
    assert cloud.calls == ["UpdateItem"]
    assert cloud.items == {"hits": {"id": {"S": "hits"}, "hits": {"N": "3"}}}


def test_the_only_writer_to_s3_reads_once(cloud: Cloud) -> None:
    store = opened(cloud, "s3")
    assert [store.add(1) for _ in range(3)] == [1, 2, 3]
    assert cloud.calls == ["GetObject", "PutObject", "PutObject", "PutObject"]
    assert cloud.objects == {"/counters/hits": (b"3\n", 3)}


def test_a_health_check_of_read_then_write_only_reads(cloud: Cloud) -> None:
    for kind in STORES:
        opened(cloud, kind, Update.READ_THEN_WRITE).add(0)
    assert cloud.calls == ["GetItem", "GetObject"]


def test_a_write_that_another_one_outran_is_read_anew_and_repeated(cloud: Cloud) -> None:
    ours, other = opened(cloud, "s3"), opened(cloud, "s3")
    assert [ours.add(1), other.add(1), ours.add(1), other.add(1)] == [1, 2, 3, 4]


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_is_no_failure(cloud: Cloud, status: int) -> None:
    statuses = iter([None, status, None, status])
    cloud.before_call = lambda _: next(statuses, None)
    assert opened(cloud, "s3").add(1) == 1
    assert cloud.calls == ["GetObject", "PutObject"] * 3


def test_an_object_that_was_deleted_meanwhile_is_a_conflict(cloud: Cloud) -> None:
    store = opened(cloud, "s3")
    assert store.add(1) == 1
    cloud.objects.clear()
    assert store.add(1) == 1


def test_a_bucket_that_is_not_there_is_a_failure(cloud: Cloud) -> None:
    cloud.before_call = lambda _: 404
    with pytest.raises(StoreError, match="reading the count from s3://counters/hits failed"):
        opened(cloud, "s3").add(1)


@pytest.mark.parametrize("update", Update)
def test_an_s3_answer_without_an_etag_is_neither_a_read_nor_a_write(
    cloud: Cloud, update: Update
) -> None:
    store = opened(cloud, "s3", update)
    assert store.add(1) == 1
    for cloud.proxied in ("PutObject", "GetObject"):
        with pytest.raises(StoreError) as failed:
            store.add(1)
        assert one_line(failed.value).endswith(" failed: the answer has no ETag, so it is not S3's")
    cloud.proxied = None
    # The stand-in has kept what it did not acknowledge: a number is skipped, none repeated.
    assert store.add(1) == 3


def test_a_count_from_before_the_newline_is_read_by_its_length(cloud: Cloud) -> None:
    cloud.objects["/counters/hits"] = (b"12345", 1)
    assert opened(cloud, "s3").add(1) == 12_346
    assert cloud.objects["/counters/hits"][0] == b"12346\n"


@pytest.mark.parametrize(
    ("cut", "expect"), [(b"1234", None), (b"12345", None), (b"", None), (b"12345\n", 12_345)]
)
def test_an_s3_count_whose_end_is_missing_is_refused(cut: bytes, expect: int | None) -> None:
    def proxy(listener: socket.socket) -> None:
        """As of HTTP/1.0: the connection's end is the body's."""
        with contextlib.suppress(OSError):
            while True:
                client = listener.accept()[0]
                client.recv(1 << 16)
                client.sendall(b'HTTP/1.0 200 OK\r\nETag: "1"\r\n\r\n' + cut)
                client.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=proxy, args=(listener,), daemon=True).start()
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        client = client_from_environment("s3", {**AWS, "AWS_ENDPOINT_URL": endpoint})
        store = S3(client, "counters", "hits", Update.READ_THEN_WRITE)
        if expect is None:
            with pytest.raises(StoreError, match="reading the count"):
                store.add(0)
        else:
            assert store.add(0) == expect


def test_writers_that_always_win_are_given_up_on(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counter.stores.s3.ROUNDS_SECONDS", 0.3)
    cloud.before_call = lambda operation: 412 if operation == "PutObject" else None
    with pytest.raises(StoreError, match=r"other writers won all \d+ rounds on s3://counters/hits"):
        opened(cloud, "s3").add(1)


@pytest.mark.parametrize("update", Update)
@pytest.mark.parametrize("kind", STORES)
def test_a_refusal_is_reported_with_its_cause_in_one_line(
    cloud: Cloud, kind: str, update: Update
) -> None:
    cloud.before_call = lambda _: 403
    with pytest.raises(StoreError) as failed:
        opened(cloud, kind, update).add(1)
    line = one_line(failed.value)
    assert f"{kind}://counters/hits failed: An error occurred (" in line
    assert "\n" not in line


def test_what_is_not_a_count_is_a_failure_and_stays(cloud: Cloud) -> None:
    cloud.items["hits"] = {"id": {"S": "hits"}, "hits": {"S": "many"}}
    with pytest.raises(StoreError, match="dynamodb://counters/hits holds"):
        opened(cloud, "dynamodb", Update.READ_THEN_WRITE).add(1)
    cloud.objects["/counters/hits"] = (b"many", 1)
    with pytest.raises(StoreError, match='s3://counters/hits holds "many" where a decimal count'):
        opened(cloud, "s3").add(1)
    assert cloud.objects == {"/counters/hits": (b"many", 1)}


@pytest.mark.parametrize("kind", STORES)
def test_an_answer_that_is_lost_skips_a_number_and_repeats_none(cloud: Cloud, kind: str) -> None:
    """The service counts and answers 500: the SDK tries again."""
    statuses = iter([500])
    cloud.after_write = lambda: next(statuses, None)
    store = opened(cloud, kind)
    assert [store.add(1), store.add(1)] == [2, 3]
