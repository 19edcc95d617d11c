"""Counting in DynamoDB: which calls are made, what is retried, and that no two callers get the same number."""

import ssl
import subprocess
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from aws import DynamoDb, environment
from function import Function

STORE, ITEM = "dynamodb://table/a/k\"ey", ("table", 'a/k"ey')


class Counting(unittest.TestCase):
    def run_function(self, service, **more):
        return Function("lambda-dynamodb", environment(STORE, service.url, **more))

    def test_a_hit_is_one_update(self):
        with DynamoDb() as service, self.run_function(service) as function:
            self.assertEqual([function.hit(), function.hit()], [1, 2])
            self.assertEqual(function.invoke("GET", "/readyz")["statusCode"], 200)
            self.assertEqual((service.calls, service.items), (["UpdateItem 200"] * 3, {ITEM: "2"}))

    def test_a_handshake_may_take_more_than_a_second(self):
        """As at a fourteenth of a processor, where the certificates are read in the first call."""
        with tempfile.TemporaryDirectory() as folder, DynamoDb() as service:
            key, certificate = f"{folder}/key.pem", f"{folder}/certificate.pem"
            request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
            request += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
            subprocess.run([*request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            plain = service.server.get_request

            def slow():
                connection, address = plain()
                time.sleep(1.5)
                return context.wrap_socket(connection, server_side=True), address

            service.server.get_request = slow
            url = f"https://localhost:{service.server.server_port}"
            trusted = environment(STORE, url, SSL_CERT_FILE=certificate)
            with Function("lambda-dynamodb", trusted) as function:
                self.assertEqual(function.hit(), 1)
                self.assertEqual(service.connections, 1)

    def test_read_then_write_is_two_calls_and_its_readiness_check_only_reads(self):
        with DynamoDb() as service, self.run_function(service, COUNTER_UPDATE="read-then-write") as function:
            self.assertEqual([function.hit(), function.hit()], [1, 2])
            self.assertEqual(function.invoke("GET", "/readyz")["statusCode"], 200)
            calls = ["GetItem 200", "PutItem 200"] * 2 + ["GetItem 200"]
            self.assertEqual((service.calls, service.items), (calls, {ITEM: "2"}))

    def test_transient_failures_are_retried(self):
        throttled = (400, b'{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}')
        for failures in ([(500, b"")], [throttled, (503, b"")], ["drop", None]):
            with DynamoDb() as service, self.run_function(service) as function:
                service.failures = list(failures)
                self.assertEqual(function.hit(), 1, failures)

    def test_an_answer_that_was_lost_skips_a_number_and_repeats_none(self):
        with DynamoDb() as service, self.run_function(service) as function:
            self.assertEqual(function.hit(), 1)
            service.failures = ["lose"]
            self.assertEqual([function.hit(), function.hit()], [3, 4])

    def test_three_attempts_are_the_most_and_a_refusal_is_not_retried(self):
        with DynamoDb() as service, self.run_function(service) as function:
            service.failures = [(500, b"oh\nno")] * 4
            self.assertEqual(function.hit(), "status 503")
            self.assertEqual(service.calls, ["UpdateItem 500"] * 3)
            service.failures = [(400, b'{"__type":"#ResourceNotFoundException"}')]
            self.assertEqual(function.hit(), "status 503")
            self.assertEqual(service.calls[3:], ["UpdateItem 400"])
        self.assertEqual(len(function.stderr.splitlines()), 2, function.stderr)
        self.assertIn("the service answered 500: oh no (attempt 3, the last)", function.stderr)

    def test_what_is_no_count_is_reported(self):
        with DynamoDb() as service, self.run_function(service, COUNTER_UPDATE="read-then-write") as function:
            service.items[ITEM] = "1.5"
            self.assertEqual(function.hit(), "status 503")
            service.items[ITEM] = "18446744073709551615"
            self.assertEqual(function.hit(), "status 503")
        self.assertEqual(
            function.stderr,
            f'ERROR no number: {STORE} holds "1.5" where a decimal count belongs\n'
            "ERROR no number: the count would pass 2^64 - 1\n",
        )

    def test_eight_environments_at_once_are_exact(self):
        with DynamoDb() as service, ExitStack() as stack:
            functions = [stack.enter_context(self.run_function(service)) for _ in range(8)]
            with ThreadPoolExecutor(8) as callers:
                numbers = list(callers.map(lambda function: [function.hit() for _ in range(25)], functions))
            self.assertEqual(sorted(sum(numbers, [])), list(range(1, 201)))


if __name__ == "__main__":
    unittest.main()
