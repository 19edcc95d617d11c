"""Starts that are refused: one clear line on stderr, exit code 2, and a report to Lambda."""

import json
import subprocess
import unittest

from aws import environment
from function import BUILD, PATIENCE_S, Function

FUNCTIONS = {"lambda-dynamodb": "dynamodb://TABLE/KEY", "lambda-s3": "s3://BUCKET/KEY"}


class Refused(unittest.TestCase):
    def check(self, name, variables, expected):
        # Port 9 of loopback: nothing listens there.
        variables = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"} | variables
        ended = subprocess.run(
            [BUILD / name / "bootstrap"], env=variables, capture_output=True, text=True, timeout=PATIENCE_S
        )
        self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (2, "", expected + "\n"))

    def test_without_its_store(self):
        for name, needed in FUNCTIONS.items():
            for store in ("", "memory:", "file:///tmp/hits"):
                self.check(name, environment(store, ""), f"this function needs STORE={needed}")

    def test_with_a_value_that_means_nothing(self):
        for name, store in FUNCTIONS.items():
            self.check(
                name,
                environment("redis://x/y", ""),
                'STORE="redis://x/y" names no store; use memory: or file:///var/lib/counter/hits '
                "or dynamodb://TABLE/KEY or s3://BUCKET/KEY",
            )
            self.check(
                name,
                environment(store, "", COUNTER_UPDATE="sometimes"),
                'COUNTER_UPDATE="sometimes" is not a way to count; use atomic or read-then-write',
            )

    def test_without_region_or_credentials(self):
        for name, store in FUNCTIONS.items():
            service = name.removeprefix("lambda-")
            for missing in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                variables = environment(store, "")
                del variables[missing]
                self.check(name, variables, f"{missing} is not set; the {service} store needs it")

    def test_without_a_runtime_api(self):
        for name, store in FUNCTIONS.items():
            self.check(
                name,
                environment(store, "", AWS_LAMBDA_RUNTIME_API=""),
                "AWS_LAMBDA_RUNTIME_API is not set; Lambda sets it: run this function there, or in the lab",
            )

    def test_lambda_gets_the_reason(self):
        with Function("lambda-s3", {"STORE": "memory:"}) as function:
            path, kind, body = function.answers.get(timeout=PATIENCE_S)
            self.assertEqual(function.process.wait(PATIENCE_S), 2)
        self.assertEqual((path, kind), ("init/error", "Runtime.InvalidConfiguration"))
        self.assertEqual(json.loads(body)["errorMessage"], "this function needs STORE=s3://BUCKET/KEY")
        self.assertEqual(json.loads(body)["errorType"], kind)


if __name__ == "__main__":
    unittest.main()
