"""Starts that are refused: one clear line on stderr, nothing on stdout, exit code 2, nothing
changed."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import runtime_api
from tests.server_process import environment, refusal, server
from tests.test_responses import payload_2


@pytest.mark.parametrize(
    ("name", "value", "expect"),
    [
        ("STORE", "redis://x", 'STORE="redis://x" names no store; use memory: or file:///'),
        (
            "LISTEN",
            "8000",
            'LISTEN="8000" is not an address and port; use for example 0.0.0.0:8000',
        ),
        ("COUNTER_UPDATE", "never", 'COUNTER_UPDATE="never" is not a way to count; use atomic or'),
    ],
)
def test_a_bad_value_is_refused_with_what_to_write_instead(
    name: str, value: str, expect: str
) -> None:
    assert refusal({**environment("memory:"), name: value}).startswith(f"server: {expect}")


def test_a_port_in_use_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert refusal({**environment("memory:"), "LISTEN": address}) == (
            f"server: listening on {address} failed; is its port in use? LISTEN sets another: "
            "Address already in use"
        )


def test_an_address_of_another_machine_is_refused() -> None:
    line = refusal({**environment("memory:"), "LISTEN": "192.0.2.1:0"})
    assert line.startswith("server: listening on 192.0.2.1:0 failed; is its port in use?")


def test_a_file_that_cannot_be_written_is_refused_for_root_too(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    for path in (f"{tmp_path}/plain/hits", f"{tmp_path}/missing/hits", "/proc/hits"):
        line = refusal(environment(f"file://{path}"))
        assert line.startswith(
            f"server: opening {path}.lock failed; does its folder exist, and may"
        )


def test_a_corrupt_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "hits"
    path.write_text("many")
    line = refusal(environment(f"file://{path}"))
    assert 'holds "many" where a decimal count belongs' in line
    assert "put it right, or move it away" in line
    assert path.read_text() == "many"


def test_a_second_server_on_one_file_is_refused_and_the_first_counts_on(tmp_path: Path) -> None:
    variables = environment(f"file://{tmp_path}/hits")
    with server(variables) as first:
        assert first.call("GET", "/hits").body == "1"
        assert "in use by another counter" in refusal(variables)
        assert first.call("GET", "/hits").body == "2"


@pytest.mark.parametrize("store", ["dynamodb", "s3"])
@pytest.mark.parametrize("missing", ["AWS_REGION", "AWS_SECRET_ACCESS_KEY"])
def test_a_store_without_its_region_or_key_is_refused(store: str, missing: str) -> None:
    variables = environment(f"{store}://counters/hits")
    del variables[missing]
    assert refusal(variables) == f"server: {missing} is not set; the {store} store needs it"


def test_a_store_with_no_credentials_anywhere_is_refused() -> None:
    variables = environment("s3://counters/hits", AWS_EC2_METADATA_DISABLED="true")
    del variables["AWS_ACCESS_KEY_ID"]
    expect = "server: AWS_ACCESS_KEY_ID is not set; the s3 store needs it"
    assert refusal(variables) == expect


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "counter.server", *arguments]
    return subprocess.run(
        command, env=environment("memory:"), capture_output=True, text=True, check=False, timeout=30
    )


def test_arguments_are_help_version_or_refused() -> None:
    assert "COUNTER_UPDATE" in run("--help").stdout
    assert run("--version").stdout.startswith("server ")
    refused = run("serve")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == 'server: "serve" is not an argument; --help lists what there is\n'


def function_refusal(module: str, variables: dict[str, str]) -> str:
    with runtime_api.function(module, variables) as function:
        stdout, stderr = function.process.communicate(timeout=runtime_api.ANSWER_SECONDS)
        assert (function.process.returncode, stdout) == (2, ""), stderr
    assert stderr.count("\n") == 1, stderr
    return stderr.removesuffix("\n")


FORMS = {
    "dynamodb": "dynamodb://TABLE/KEY",
    "s3": "s3://BUCKET/KEY",
    "valkey": "valkey://HOST:PORT/KEY",
    "postgres": "postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY",
}


@pytest.mark.parametrize("store", FORMS)
def test_a_function_without_its_store_is_refused(store: str) -> None:
    other = FORMS["s3" if store == "dynamodb" else "dynamodb"]
    for url in ("", "memory:", "file:///tmp/hits", other):
        line = function_refusal(f"lambda_{store}", runtime_api.environment(url))
        assert line == f"this function needs STORE={FORMS[store]}"


@pytest.mark.parametrize("store", ["dynamodb", "s3"])
@pytest.mark.parametrize("missing", ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_a_function_without_region_or_credentials_is_refused(store: str, missing: str) -> None:
    variables = runtime_api.environment(f"{store}://t/k")
    del variables[missing]
    line = function_refusal(f"lambda_{store}", variables)
    assert line == f"{missing} is not set; the {store} store needs it"


@pytest.mark.parametrize(
    ("store", "url"),
    [
        ("valkey", "valkeys://127.0.0.1:9/k"),
        ("postgres", "postgres://counter:secret@127.0.0.1:9/counts/k"),
    ],
)
def test_a_function_that_calls_no_service_of_awss_needs_neither(store: str, url: str) -> None:
    variables = runtime_api.environment(url)
    del variables["AWS_REGION"], variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]
    with runtime_api.function(f"lambda_{store}", variables) as function:
        assert function.invoke(payload_2("GET", "/healthz"))["statusCode"] == 200
        assert function.invoke(payload_2("GET", "/hits"))["statusCode"] == 503
