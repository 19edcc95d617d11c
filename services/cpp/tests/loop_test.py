"""The loop and the bytes, over a store that can't be reached and one that works."""

import json
import os
import pathlib
import time
import unittest

from aws import S3, DynamoDb, environment
from function import PATIENCE_S, Function, load_balancer, payload_2

PAGE = pathlib.Path(os.environ["COUNTER_PAGE"]).read_text()
STORES = {"lambda-dynamodb": "dynamodb://table/key", "lambda-s3": "s3://bucket/key"}


def answer(status, headers, body):
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": False}


def problem(status, title, **allow):
    headers = allow | {"content-type": "application/problem+json", "cache-control": "no-store"}
    return answer(status, headers, f'{{"type":"about:blank","title":"{title}","status":{status}}}')


def health(status, body):
    return answer(status, {"content-type": "application/health+json", "cache-control": "no-store"}, body)


def count(number):
    return answer(200, {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}, number)


def without_body(of):
    return of | {"body": ""}


PAGE_ANSWER = answer(200, {"content-type": "text/html; charset=utf-8", "x-content-type-options": "nosniff"}, PAGE)
READS_ONLY = problem(405, "Method Not Allowed", allow="GET, HEAD")
COUNTS_ONLY = problem(405, "Method Not Allowed", allow="GET, POST")
NOT_FOUND = problem(404, "Not Found")
PASS = health(200, '{"status":"pass"}')
TABLE = [
    ("GET", "/", PAGE_ANSWER),
    ("HEAD", "/", without_body(PAGE_ANSWER)),
    ("GET", "/healthz", PASS),
    ("GET", "/readyz", PASS),
    ("HEAD", "/readyz", without_body(PASS)),
    ("PUT", "/readyz", READS_ONLY),
    ("GET", "/hits", count("1")),
    ("POST", "/hits", count("2")),
    ("HEAD", "/healthz", without_body(PASS)),
    ("HEAD", "/hits", without_body(COUNTS_ONLY)),
    ("PUT", "/hits", COUNTS_ONLY),
    ("POST", "/", READS_ONLY),
    ("DELETE", "/healthz", READS_ONLY),
    ("GET", "/hits/", NOT_FOUND),
    ("GET", "/docs", NOT_FOUND),
    ("GET", "/openapi.json", NOT_FOUND),
    ("HEAD", "/nowhere", without_body(NOT_FOUND)),
    ("GET", "/hits", count("3")),
]


class Loop(unittest.TestCase):
    maxDiff = None

    def test_every_request_gets_the_bytes_of_the_contract_in_both_forms(self):
        for name, store in STORES.items():
            for event in (payload_2, load_balancer):
                with (
                    DynamoDb() if name == "lambda-dynamodb" else S3() as service,
                    Function(name, environment(store, service.url)) as function,
                ):
                    for method, path, expected in TABLE:
                        got = function.invoke(method, path, event)
                        self.assertEqual(got, expected, f"{name} {event.__name__} {method} {path}")
                    self.assertEqual((service.connections, function.runtime_api.connections), (1, 1))
                self.assertEqual((function.stdout, function.stderr), ("", ""))

    def test_an_unreachable_store_is_a_503_in_bounded_time_and_one_line_of_the_log(self):
        for name, store in STORES.items():
            with Function(name, environment(store, "http://127.0.0.1:9")) as function:
                began = time.monotonic()
                self.assertEqual(function.invoke("GET", "/readyz"), health(503, '{"status":"fail"}'))
                self.assertLess(time.monotonic() - began, 8)  # A call may take 15 s: the check has its own bound.
                began = time.monotonic()
                self.assertEqual(function.invoke("GET", "/hits"), problem(503, "Service Unavailable"))
                self.assertLess(time.monotonic() - began, 15)
                self.assertEqual(function.invoke("GET", "/"), PAGE_ANSWER)
            lines = function.stderr.splitlines()
            self.assertEqual(len(lines), 2, lines)
            self.assertRegex(lines[0], f"^ERROR not ready: (reading|writing) the count (from|to) {store} failed: .+")
            self.assertRegex(lines[1], f"^ERROR no number: (reading|writing) the count (from|to) {store} failed: .+")

    def test_a_store_that_hangs_ends_a_readiness_check_in_five_seconds(self):
        import socket

        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = "http://127.0.0.1:%d" % silent.getsockname()[1]
            with Function("lambda-dynamodb", environment(STORES["lambda-dynamodb"], url)) as function:
                began = time.monotonic()
                self.assertEqual(function.invoke("GET", "/readyz")["statusCode"], 503)
                self.assertEqual(function.invoke("GET", "/healthz"), PASS)
                self.assertLess(time.monotonic() - began, 8)  # A call may take 15 s: the check has its own bound.
                began = time.monotonic()
                self.assertEqual(function.hit(), "status 503")
                self.assertLess(time.monotonic() - began, 15)

    def test_lambdas_own_deadline_ends_a_call_before_lambda_does(self):
        import socket

        with socket.create_server(("127.0.0.1", 0)) as silent:
            variables = environment(STORES["lambda-s3"], "http://127.0.0.1:%d" % silent.getsockname()[1])
            with Function("lambda-s3", variables, lambda: int(time.time() * 1000) + 1500) as function:
                began = time.monotonic()
                self.assertEqual(function.hit(), "status 503")
                self.assertLess(time.monotonic() - began, 1.5)

    def test_a_malformed_event_fails_its_own_invocation_only(self):
        with (
            DynamoDb() as service,
            Function("lambda-dynamodb", environment(STORES["lambda-dynamodb"], service.url)) as function,
        ):
            for event in (b"", b"{", b"{}", b"[1]", b"\xff", b'{"rawPath":"/hits"}'):
                path, kind, body = function.invoke_raw(event)
                self.assertEqual((path, kind), (f"invocation/request-{function.count}/error", "Function.Failed"))
                error = json.loads(body)
                self.assertEqual((error["errorType"], error["stackTrace"]), ("Function.Failed", []))
                self.assertRegex(error["errorMessage"], "^the event is (not JSON|not an HTTP request)")
                self.assertEqual(function.process.poll(), None)
            self.assertEqual(function.hit(), 1)
        self.assertEqual(len(function.stderr.splitlines()), 6, function.stderr)

    def test_a_runtime_api_that_is_gone_ends_the_function_with_exit_code_1(self):
        with Function("lambda-s3", environment(STORES["lambda-s3"], "") | {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"}) as f:
            self.assertEqual(f.process.wait(PATIENCE_S), 1)
        self.assertRegex(f.stderr, r"\Athe Lambda runtime failed: no next invocation: .+\n\Z")


if __name__ == "__main__":
    unittest.main()
