"""Counting in S3: which calls are made, how conflicts end, and that no two callers get the same number."""

import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from aws import S3, environment
from function import Function, Server

STORE, OBJECT = "s3://bucket/a/k+y é", "/bucket/a/k%2By%20%C3%A9"
GET, NEW, CHANGE = "GET", "PUT if-none-match", "PUT if-match"


class Proxy(Server):
    """Answers each request with the same bytes, and ends the connection."""

    def __init__(self, answer):
        def handle(request):
            request.body()
            request.wfile.write(answer)
            request.wfile.flush()
            request.close_connection = True

        super().__init__(handle)


class Endless(Server):
    """Answers each request with a head and then without an end: as fast as it is read, or a byte now and then."""

    def __init__(self, piece, pause_s):
        self.sent = 0

        def handle(request):
            request.body()
            request.close_connection = True
            try:
                request.wfile.write(b'HTTP/1.1 200 OK\r\nETag: "1"\r\n\r\n')
                while True:
                    request.wfile.write(piece)
                    request.wfile.flush()
                    self.sent += len(piece)
                    time.sleep(pause_s)
            except OSError:
                pass

        super().__init__(handle)

    @property
    def url(self):
        return f"http://{self.address}"


class Counting(unittest.TestCase):
    def run_function(self, service, **more):
        return Function("lambda-s3", environment(STORE, service.url, **more))

    def test_the_only_writer_reads_once(self):
        with S3() as service, self.run_function(service) as function:
            self.assertEqual([function.hit(), function.hit()], [1, 2])
            self.assertEqual(function.invoke("GET", "/readyz")["statusCode"], 200)
            self.assertEqual(function.hit(), 3)
            calls = [f"{GET} 404", f"{NEW} 200", *[f"{CHANGE} 200"] * 3]
            self.assertEqual((service.calls, service.objects[OBJECT][0]), (calls, b"3\n"))

    def test_read_then_write_has_no_condition_and_its_health_check_only_reads(self):
        with S3() as service, self.run_function(service, COUNTER_UPDATE="read-then-write") as function:
            self.assertEqual([function.hit(), function.hit()], [1, 2])
            self.assertEqual(function.invoke("GET", "/readyz")["statusCode"], 200)
            calls = [f"{GET} 404", "PUT 200", f"{GET} 200", "PUT 200", f"{GET} 200"]
            self.assertEqual((service.calls, service.objects[OBJECT][0]), (calls, b"2\n"))

    def test_what_another_writer_left_is_read_at_once(self):
        with S3() as service, self.run_function(service) as function:
            self.assertEqual(function.hit(), 1)
            service.put(OBJECT, b"41\n")
            self.assertEqual(function.hit(), 42)
            self.assertEqual(service.calls[2:], [f"{CHANGE} 412", f"{GET} 200", f"{CHANGE} 200"])
            # After a conflict nothing is remembered.
            self.assertEqual(function.hit(), 43)
            self.assertEqual(service.calls[5:], [f"{GET} 200", f"{CHANGE} 200"])

    def test_an_object_that_was_deleted_is_begun_anew(self):
        with S3() as service, self.run_function(service) as function:
            self.assertEqual(function.hit(), 1)
            service.objects.clear()
            self.assertEqual(function.hit(), 1)
            self.assertEqual(service.calls[2:], [f"{CHANGE} 404", f"{GET} 404", f"{NEW} 200"])

    def test_conflicts_are_tried_again(self):
        with S3() as service, self.run_function(service) as function:
            service.put(OBJECT, b"7")
            conflict, changed = (409, b"<Code>ConditionalRequestConflict</Code>"), (412, b"")
            service.failures = [None, conflict, None, changed, None, None]
            self.assertEqual(function.hit(), 8)
            rounds = [f"{GET} 200", f"{CHANGE} 409", f"{GET} 200", f"{CHANGE} 412", f"{GET} 200", f"{CHANGE} 200"]
            self.assertEqual(service.calls, rounds)

    def test_an_answer_that_was_lost_skips_a_number_and_repeats_none(self):
        with S3() as service, self.run_function(service) as function:
            self.assertEqual(function.hit(), 1)
            service.failures = ["lose"]
            self.assertEqual([function.hit(), function.hit()], [3, 4])

    def test_a_200_without_an_etag_is_neither_a_read_nor_a_write(self):
        for update, calls in (("atomic", 2), ("read-then-write", 3)):
            with S3() as service, self.run_function(service, COUNTER_UPDATE=update) as function:
                self.assertEqual(function.hit(), 1)
                # A proxy's page in the place of the answer to each call of a hit.
                for before in range(calls - 1):
                    service.failures = [None] * before + [(200, b"7\n")]
                    self.assertEqual(function.hit(), "status 503")
                self.assertEqual(service.objects[OBJECT][0], b"1\n")
                self.assertEqual(function.hit(), 2)
            for line in function.stderr.splitlines():
                self.assertTrue(line.endswith(" failed: the answer has no ETag, so it is not S3's"), line)

    def test_a_count_whose_end_is_missing_is_refused(self):
        # An HTTP/1.0 proxy: the connection's end is the body's.
        for cut in (b"1234", b"12345", b""):
            with (
                Proxy(b'HTTP/1.0 200 OK\r\nETag: "1"\r\n\r\n' + cut) as proxy,
                Function("lambda-s3", environment(STORE, f"http://{proxy.address}")) as function,
            ):
                self.assertEqual(function.hit(), "status 503")
            self.assertIn("the answer has neither a Content-Length nor a newline after the count", function.stderr)

    def test_a_count_from_before_the_newline_is_read_by_its_length(self):
        with S3() as service, self.run_function(service) as function:
            service.put(OBJECT, b"12345")
            self.assertEqual(function.hit(), 12346)
            self.assertEqual(service.objects[OBJECT][0], b"12346\n")

    def test_an_answer_that_never_ends_is_refused_before_it_fills_memory(self):
        with Endless(b"1" * 65536, 0) as service, self.run_function(service) as function:
            self.assertEqual(function.hit(), "status 503")
            self.assertLess(service.sent, 64 << 20)  # What sockets hold, of each attempt.

    def test_a_store_that_sends_a_byte_now_and_then_is_given_up(self):
        with Endless(b"1", 0.2) as service, self.run_function(service) as function:
            began = time.monotonic()
            self.assertEqual(function.hit(), "status 503")
            self.assertLess(time.monotonic() - began, 15)

    def test_a_missing_bucket_is_not_an_empty_counter(self):
        with S3() as service, self.run_function(service) as function:
            service.failures = [(404, b"<Error><Code>NoSuchBucket</Code></Error>")]
            self.assertEqual(function.hit(), "status 503")
            service.failures = [None, (404, b"<Error><Code>NoSuchBucket</Code></Error>")]
            self.assertEqual(function.hit(), "status 503")
        lines = function.stderr.splitlines()
        self.assertTrue(lines[0].startswith(f"ERROR no number: reading the count from {STORE} failed: "), lines)
        self.assertTrue(lines[1].startswith(f"ERROR no number: writing the count to {STORE} failed: "), lines)

    def test_what_is_not_a_count_is_reported(self):
        with S3() as service, self.run_function(service) as function:
            service.put(OBJECT, b"<html>")
            self.assertEqual(function.hit(), "status 503")
            service.put(OBJECT, b"18446744073709551615")
            self.assertEqual(function.hit(), "status 503")
        self.assertEqual(
            function.stderr,
            f'ERROR no number: {STORE} holds "<html>" where a decimal count belongs\n'
            "ERROR no number: the count would pass 2^64 - 1\n",
        )

    def test_eight_environments_at_once_are_exact(self):
        with S3() as service, ExitStack() as stack:
            functions = [stack.enter_context(self.run_function(service)) for _ in range(8)]
            with ThreadPoolExecutor(8) as callers:
                numbers = list(callers.map(lambda function: [function.hit() for _ in range(10)], functions))
            self.assertEqual(sorted(sum(numbers, [])), list(range(1, 81)))
            self.assertIn(f"{CHANGE} 412", service.calls)


if __name__ == "__main__":
    unittest.main()
