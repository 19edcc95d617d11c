"""The end: what is in flight is answered, within a bound, and a second signal cuts it off. And what
waits for a service that hangs."""

import http.client
import signal
import time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from tests import runtime_api
from tests.cloud import Cloud
from tests.server_process import Answer, Server, environment, server, silent_endpoint
from tests.test_responses import payload_2


def in_flight(cloud: Cloud, threads: ThreadPoolExecutor, running: Server) -> Future[Answer]:
    """A call that has reached the store and is not answered."""
    caller = threads.submit(running.call, "GET", "/hits")
    deadline = time.monotonic() + 10
    while not cloud.calls:
        assert time.monotonic() < deadline, "no call reached the store"
        time.sleep(0.01)
    return caller


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_with_code_0(with_signal: int) -> None:
    with server(environment("memory:")) as running:
        connection = running.connect()
        connection.request("GET", "/hits")
        assert connection.getresponse().read() == b"1"
        asked = time.monotonic()
        assert running.end(with_signal) == (0, "", "")
        assert time.monotonic() - asked < 5
        connection.close()


def test_a_request_in_flight_is_answered_and_a_new_one_is_not_taken(cloud: Cloud) -> None:
    go = Event()
    cloud.after_write = lambda: None if go.wait(2.5) else 500
    variables = environment("dynamodb://t/k", AWS_ENDPOINT_URL=cloud.endpoint)
    with server(variables) as running, ThreadPoolExecutor() as threads:
        caller = in_flight(cloud, threads, running)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises((http.client.HTTPException, OSError)):
            running.call("GET", "/")
        go.set()
        answer = caller.result()
        assert (answer.status, answer.body) == (200, "1")
        assert running.process.wait(5) == 0


def test_a_second_signal_ends_at_once(cloud: Cloud) -> None:
    go = Event()
    cloud.after_write = lambda: None if go.wait(20) else 500
    variables = environment("dynamodb://t/k", AWS_ENDPOINT_URL=cloud.endpoint)
    with server(variables) as running, ThreadPoolExecutor() as threads:
        caller = in_flight(cloud, threads, running)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(2) == 0
        with pytest.raises((http.client.HTTPException, OSError)):
            caller.result()
        go.set()


def test_a_service_that_hangs_holds_up_neither_checks_nor_hits_nor_the_end() -> None:
    with silent_endpoint() as endpoint:
        variables = environment("dynamodb://t/k", AWS_ENDPOINT_URL=endpoint)
        with server(variables) as running, ThreadPoolExecutor() as threads:
            asked = time.monotonic()
            hit = threads.submit(running.call, "GET", "/hits")
            ready = threads.submit(running.call, "GET", "/readyz")
            assert running.call("GET", "/healthz").status == 200
            assert ready.result().status == 503
            assert 4.5 < time.monotonic() - asked < 6
            assert running.call("GET", "/").status == 200
            assert hit.result().status == 503
            assert time.monotonic() - asked < 16
            threads.submit(running.call, "GET", "/hits")
            time.sleep(0.3)
            asked = time.monotonic()
            code, _, _ = running.end()
            assert code == 0
            assert time.monotonic() - asked < 13


@pytest.mark.parametrize("store", ["dynamodb", "s3"])
def test_a_function_bounds_a_readiness_check_too(store: str) -> None:
    with silent_endpoint() as endpoint:
        variables = runtime_api.environment(f"{store}://t/k", AWS_ENDPOINT_URL=endpoint)
        with runtime_api.function(f"lambda_{store}", variables) as function:
            assert function.invoke(payload_2("GET", "/"))["statusCode"] == 200
            asked = time.monotonic()
            assert function.invoke(payload_2("GET", "/readyz"))["statusCode"] == 503
            assert 4.5 < time.monotonic() - asked < 6
