"""Every response, byte for byte: of the server, of FastAPI alone, of the functions."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from counter.application import application
from counter.responses import PAGE
from counter.stores.memory import Memory
from counter.throttled_log import ThrottledLog
from tests import runtime_api
from tests.cloud import Cloud
from tests.server_process import Answer, Server, environment, server

JSON = {"content-type": "application/problem+json", "cache-control": "no-store"}
TEXT = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
HEALTH = {"content-type": "application/health+json", "cache-control": "no-store"}
HTML = {"content-type": "text/html; charset=utf-8", "x-content-type-options": "nosniff"}

NOT_FOUND = Answer(404, JSON, '{"type":"about:blank","title":"Not Found","status":404}')
NOT_ALLOWED = '{"type":"about:blank","title":"Method Not Allowed","status":405}'
ON_PAGES = Answer(405, {**JSON, "allow": "GET, HEAD"}, NOT_ALLOWED)
ON_HITS = Answer(405, {**JSON, "allow": "GET, POST"}, NOT_ALLOWED)
NOT_IMPLEMENTED = Answer(501, JSON, '{"type":"about:blank","title":"Not Implemented","status":501}')
NO_NUMBER = Answer(503, JSON, '{"type":"about:blank","title":"Service Unavailable","status":503}')

TABLE = [
    ("GET", "/", Answer(200, HTML, PAGE.body)),
    ("HEAD", "/", Answer(200, HTML, "")),
    ("POST", "/", ON_PAGES),
    ("DELETE", "/", ON_PAGES),
    ("OPTIONS", "/", ON_PAGES),
    ("GET", "/hits", Answer(200, TEXT, "1")),
    ("POST", "/hits", Answer(200, TEXT, "2")),
    ("HEAD", "/hits", ON_HITS._replace(body="")),
    ("PUT", "/hits", ON_HITS),
    ("OPTIONS", "/hits", ON_HITS),
    ("GET", "/hits?x=/hits/", Answer(200, TEXT, "3")),
    ("GET", "/healthz", Answer(200, HEALTH, '{"status":"pass"}')),
    ("HEAD", "/healthz", Answer(200, HEALTH, "")),
    ("GET", "/readyz", Answer(200, HEALTH, '{"status":"pass"}')),
    ("HEAD", "/readyz", Answer(200, HEALTH, "")),
    ("POST", "/healthz", ON_PAGES),
    ("DELETE", "/readyz", ON_PAGES),
    ("PATCH", "/healthz", ON_PAGES),
    *[
        ("GET", path, NOT_FOUND)
        for path in ("/hits/", "/healthz/", "//", "/docs", "/redoc", "/openapi.json", "/x", "/Hits")
    ],
    ("POST", "/docs", NOT_FOUND),
    ("PROPFIND", "/hits", NOT_IMPLEMENTED),
    ("HEAD", "/x", NOT_FOUND._replace(body="")),
    ("GET", "/hits", Answer(200, TEXT, "4")),
]

FAILING = [
    ("GET", "/hits", NO_NUMBER),
    ("POST", "/hits", NO_NUMBER),
    ("GET", "/readyz", Answer(503, HEALTH, '{"status":"fail"}')),
    ("HEAD", "/readyz", Answer(503, HEALTH, "")),
    ("GET", "/healthz", Answer(200, HEALTH, '{"status":"pass"}')),
    ("GET", "/", Answer(200, HTML, PAGE.body)),
]

OF_EVERY_SERVER = {"content-length", "date", "connection", "transfer-encoding"}


def without_servers_own(answer: Answer) -> Answer:
    if answer.body:
        assert int(answer.headers["content-length"]) == len(answer.body.encode())
    own = {name: value for name, value in answer.headers.items() if name not in OF_EVERY_SERVER}
    return answer._replace(headers=own)


def check(server: Server, table: list[tuple[str, str, Answer]]) -> None:
    for method, path, expect in table:
        assert without_servers_own(server.call(method, path)) == expect, (method, path)


def test_the_server_answers_as_every_language_does() -> None:
    with server(environment("memory:")) as running:
        check(running, TABLE)


def test_a_connection_is_kept_for_the_next_request() -> None:
    with server(environment("memory:")) as running:
        connection = running.connect()
        connection.connect()
        socket = connection.sock
        for method, path, _ in TABLE:
            connection.request(method, path)
            connection.getresponse().read()
            assert connection.sock is socket, (method, path)
        connection.close()


def test_the_server_reports_a_failure_to_its_log_and_nothing_of_it_to_clients(cloud: Cloud) -> None:
    cloud.before_call = lambda _: 403
    with server(environment("dynamodb://t/k", AWS_ENDPOINT_URL=cloud.endpoint)) as running:
        check(running, FAILING)
        code, stdout, log = running.end()
    assert (code, stdout) == (0, "")
    lines = log.splitlines()
    assert len(lines) == 4
    for line in lines:
        assert "the call made for a batch of callers failed: writing the count to" in line
        assert "dynamodb://t/k failed: An error occurred (" in line
    assert "ERROR no number: " in lines[0]
    assert "ERROR not ready: " in lines[2]


def test_a_count_that_no_hit_can_be_added_to_is_not_ready(cloud: Cloud) -> None:
    fail = '{"status":"fail"}'
    cloud.items["k"] = {"id": {"S": "k"}, "hits": {"N": str(2**64 - 1)}}
    with function(cloud, "dynamodb") as running:
        answer = running.invoke(payload_2("GET", "/readyz"))
        assert (answer["statusCode"], answer["body"]) == (503, fail)
    with server(environment("dynamodb://t/k", AWS_ENDPOINT_URL=cloud.endpoint)) as counting:
        assert counting.call("GET", "/readyz").body == fail


def test_a_store_that_fails_each_call_logs_ten_lines_a_second_and_the_number_of_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 0.0
    monkeypatch.setattr("counter.throttled_log.time.monotonic", lambda: now)
    log = ThrottledLog(logging.getLogger("test"))
    for _ in range(14):
        log.error("no number")
    now = 1.0
    log.error("no number")
    assert caplog.messages == ["no number"] * 10 + ["no number (4 lines before it were left out)"]


def test_fastapi_answers_hits_alone_as_they_are_answered_ahead_of_it() -> None:
    """So that the hot route is a short cut and nothing else."""
    app = application(Memory())

    async def asked(method: str) -> list[dict[str, Any]]:
        scope = {
            "type": "http",
            "method": method,
            "raw_path": b"/hits",
            "headers": [],
            "query_string": b"",
        }
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            raise AssertionError("a hit has no body to read")

        await app({**scope, "root_path": ""}, receive, send)
        return sent

    start, body = asyncio.run(asked("GET"))
    assert (start["status"], body["body"]) == (200, b"1")
    assert dict(start["headers"]) == {
        b"content-type": b"text/plain; charset=utf-8",
        b"cache-control": b"no-store",
        b"content-length": b"1",
    }
    assert asyncio.run(asked("HEAD"))[0]["status"] == 405


def payload_2(method: str, path: str) -> dict[str, Any]:
    """Of an HTTP API or a function URL."""
    raw_path, _, query = path.partition("?")
    http = {"method": method, "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw_path,
        "rawQueryString": query,
        "headers": {"host": "test"},
        "requestContext": {"stage": "$default", "http": http},
        "isBase64Encoded": False,
    }


def alb(method: str, path: str) -> dict[str, Any]:
    return {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:test"}},
        "httpMethod": method,
        "path": path.partition("?")[0],
        "queryStringParameters": {},
        "headers": {"host": "test"},
        "body": "",
        "isBase64Encoded": False,
    }


@contextmanager
def function(cloud: Cloud, store: str) -> Iterator[runtime_api.Function]:
    variables = runtime_api.environment(f"{store}://t/k", AWS_ENDPOINT_URL=cloud.endpoint)
    with runtime_api.function(f"lambda_{store}", variables) as running:
        yield running


@pytest.mark.parametrize("event", [payload_2, alb])
@pytest.mark.parametrize("store", ["dynamodb", "s3"])
def test_a_function_answers_the_same(cloud: Cloud, store: str, event: Any) -> None:
    with function(cloud, store) as running:
        # A server's parser refuses these two; `test_odd_requests` has them.
        odd = [("get", "/hits", NOT_IMPLEMENTED), ("FOO", "/x", NOT_IMPLEMENTED)]
        for method, path, expect in [*TABLE, *odd]:
            assert running.invoke(event(method, path)) == {
                "statusCode": expect.status,
                "headers": expect.headers,
                "body": expect.body,
                "isBase64Encoded": False,
            }, (method, path)


@pytest.mark.parametrize("store", ["dynamodb", "s3"])
def test_a_function_answers_nothing_of_a_failure_and_logs_all_of_it(
    cloud: Cloud, store: str
) -> None:
    cloud.before_call = lambda _: 403
    with function(cloud, store) as running:
        for method, path, expect in FAILING:
            answer = running.invoke(payload_2(method, path))
            assert (answer["statusCode"], answer["headers"], answer["body"]) == expect
        running.process.kill()
        log = "".join(running.process.communicate())
    lines = log.splitlines()
    assert len(lines) == 4, log
    for line, what in zip(lines, ["no number"] * 2 + ["not ready"] * 2, strict=True):
        assert f"{what}: " in line
        assert f"{store}://t/k failed: An error occurred (" in line
