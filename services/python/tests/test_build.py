"""The artifacts: the same bytes from the same inputs, made only when due, and whole: they run."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import runtime_api
from tests.cloud import Cloud
from tests.server_process import environment, server
from tests.test_responses import payload_2

ARTIFACTS = (
    *("server", "runtime", "lambda-dynamodb", "lambda-s3", "lambda-valkey"),
    "lambda-postgres",
    *("idiomatic-s3", "idiomatic-valkey", "idiomatic-postgres"),
)

BUILD = Path(__file__).resolve().parents[1] / "build.py"


def build(*arguments: object, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(BUILD), *map(str, arguments)],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifacts")
    for artifact in ARTIFACTS:
        built = build(artifact, folder / artifact)
        assert built.returncode == 0, built.stderr
        assert built.stdout == f"{artifact}: built\n"
    return folder


def digest(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_the_same_inputs_give_the_same_bytes(artifacts: Path, tmp_path: Path) -> None:
    for artifact in ("lambda-s3", "lambda-valkey", "idiomatic-valkey", "server"):
        assert build(artifact, tmp_path / "elsewhere" / artifact).returncode == 0
        assert digest(tmp_path / "elsewhere" / artifact) == digest(artifacts / artifact)


def test_what_is_up_to_date_is_left_alone(artifacts: Path) -> None:
    before = (artifacts / "lambda-s3").stat()
    again = build("lambda-s3", artifacts / "lambda-s3")
    assert (again.returncode, again.stdout) == (0, "lambda-s3: up to date\n")
    assert (artifacts / "lambda-s3").stat().st_ino == before.st_ino


def test_a_function_carries_what_it_runs_and_nothing_of_the_server_or_the_other(
    artifacts: Path,
) -> None:
    folder = artifacts / "lambda-s3"
    assert not {"fastapi", "uvicorn", "boto3", "awslambdaric", "bin"} & {
        path.name for path in folder.iterdir()
    }
    assert (folder / "counter/lambda_s3.py").exists()
    assert not (folder / "counter/lambda_dynamodb.py").exists()
    assert not (folder / "counter/server.py").exists()
    data = {path.name for path in (folder / "botocore/data").iterdir() if path.is_dir()}
    assert data == {"s3"}
    for source in folder.rglob("*.py"):
        assert list((source.parent / "__pycache__").glob(f"{source.stem}.*.pyc")), source


def test_an_idiomatic_function_is_a_handler_alone_and_the_runtime_brings_its_sdk(
    artifacts: Path,
) -> None:
    files = {path.name for path in (artifacts / "idiomatic-s3").iterdir()}
    assert files - {".built-from"} == {"lambda_function.py", "respond.py", "page.html"}
    assert (artifacts / "runtime/boto3").is_dir()
    # As AWS has it: whole, not cut to what one function calls.
    assert (artifacts / "runtime/botocore/data/ec2").is_dir()


def test_a_function_for_valkey_carries_its_client_and_nothing_of_awss(artifacts: Path) -> None:
    folder = artifacts / "lambda-valkey"
    names = {path.name.partition("-")[0] for path in folder.iterdir()} - {".built"}
    assert names == {"counter", "redis"}
    assert not (folder / "counter/aws.py").exists()
    assert not (folder / "counter/lambda_s3.py").exists()
    idiomatic = artifacts / "idiomatic-valkey"
    names = {path.name.partition("-")[0] for path in idiomatic.iterdir()} - {".built"}
    assert names == {"lambda_function.py", "respond.py", "page.html", "redis"}
    # As `sam build` leaves it.
    assert not list(idiomatic.rglob("*.pyc"))


def test_a_function_for_postgresql_carries_its_client_and_nothing_of_awss(artifacts: Path) -> None:
    # Distributions and what they bring: six is a module, bytecode in the tuned build.
    client = {"asn1crypto", "dateutil", "pg8000", "python_dateutil", "scramp", "six"}
    names = {
        path.name.partition("-")[0].partition(".")[0]
        for path in (artifacts / "lambda-postgres").iterdir()
    }
    assert names - {"", "__pycache__"} == {"counter", *client}
    assert not (artifacts / "lambda-postgres/counter/aws.py").exists()


@pytest.mark.parametrize("build", ["lambda", "idiomatic"])
@pytest.mark.parametrize(
    ("store", "url"),
    [
        ("valkey", "valkey://127.0.0.1:9/k"),
        ("postgres", "postgres://counter:secret@127.0.0.1:9/counts/k"),
    ],
)
def test_a_built_function_answers_without_its_server(
    artifacts: Path, build: str, store: str, url: str
) -> None:
    runtime = str(artifacts / "runtime")
    variables = runtime_api.environment(url, PYTHONPATH=runtime)
    handler = {
        "lambda": f"counter.lambda_{store}.handler",
        "idiomatic": "lambda_function.lambda_handler",
    }[build]
    folder = artifacts / f"{build}-{store}"
    with runtime_api.handler(handler, variables, folder, ("-S",)) as function:
        assert function.invoke(payload_2("GET", "/healthz"))["statusCode"] == 200
        assert function.invoke(payload_2("GET", "/hits"))["statusCode"] == 503


@pytest.mark.parametrize("store", ["dynamodb", "s3"])
def test_the_built_function_counts_under_the_built_runtime(
    artifacts: Path, cloud: Cloud, store: str
) -> None:
    for update in ("atomic", "read-then-write"):
        variables = runtime_api.environment(
            f"{store}://t/{update}",
            AWS_ENDPOINT_URL=cloud.endpoint,
            COUNTER_UPDATE=update,
            PYTHONPATH=str(artifacts / "runtime"),
        )
        task = artifacts / f"lambda-{store}"
        with runtime_api.function(f"lambda_{store}", variables, task, ("-S",)) as function:
            bodies = [function.invoke(payload_2("GET", "/hits"))["body"] for _ in range(2)]
            assert bodies == ["1", "2"]
            assert "<!doctype html>" in function.invoke(payload_2("GET", "/"))["body"]


@pytest.mark.parametrize("store", ["memory:", "dynamodb://t/k", "s3://t/k"])
def test_the_built_server_counts(artifacts: Path, cloud: Cloud, store: str) -> None:
    path = str(artifacts / "server")
    variables = environment(store, AWS_ENDPOINT_URL=cloud.endpoint, PYTHONPATH=path)
    with server(variables, ("-S",)) as running:
        assert [running.call("GET", "/hits").body for _ in range(2)] == ["1", "2"]
        assert running.call("GET", "/").status == 200


def test_the_built_server_takes_the_role_of_its_pod(
    artifacts: Path, cloud: Cloud, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("token")
    variables = environment(
        "dynamodb://t/k",
        AWS_ENDPOINT_URL=cloud.endpoint,
        AWS_WEB_IDENTITY_TOKEN_FILE=str(tmp_path / "token"),
        AWS_ROLE_ARN="arn:aws:iam::123456789012:role/counter",
        PYTHONPATH=str(artifacts / "server"),
    )
    del variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]
    with server(variables, ("-S",)) as running:
        assert running.call("GET", "/hits").body == "1"
    assert cloud.keys == {"ROLE"}


def test_a_folder_of_someone_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    refused = build("runtime", tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"build.py: {tmp_path} was not made by build.py; name another folder, or remove it\n"
    )
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_a_python_without_pip_names_the_package_that_brings_it(tmp_path: Path) -> None:
    shadow = tmp_path / "shadow" / "pip"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text("raise ImportError")
    refused = build("runtime", tmp_path / "dest", PYTHONPATH=str(shadow.parent))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == f"build.py: {sys.executable} has no pip; apt-get install python3-pip\n"


def test_packages_that_cannot_be_had_leave_nothing_behind(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    refused = build("runtime", tmp_path / "dest", "--wheels", wheels, PIP_FIND_LINKS="")
    assert refused.returncode == 2
    assert refused.stderr.startswith("build.py: pip could not install runtime.txt: ERROR: ")
    assert refused.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == [wheels]
