#!/usr/bin/env python3
"""Makes what is deployed, and what is only measured: `build.py ARTIFACT DEST`.

| artifact           | holds                                                                       |
|--------------------|-----------------------------------------------------------------------------|
| `server`           | the server and its libraries, for `PYTHONPATH`                              |
| `lambda-STORE`     | the content of a function's zip, for each store that ways.json lists        |
| `idiomatic-server` | the server as FastAPI and uvicorn document it, and its libraries            |
| `idiomatic-STORE`  | a zip's content as AWS documents it: the handler over the SDK that is there |
| `runtime`          | AWS's runtime interface client and SDK, which Lambda itself brings          |

Same inputs, same bytes: the lock names each file by its hash, and the bytecode carries no time and
no path. A folder that is already what it should be is left alone. Needs Python's standard library
and pip, nothing else; must not know the lab.
"""

import argparse
import compileall
import gzip
import hashlib
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "page.html"
STAMP = ".built-from"

FACTS = json.loads((HERE.parent.parent / "ways.json").read_bytes())
"""What ways.toml has, for all that is not Rust."""

LAMBDA_SERVICE = {f"lambda-{store}": store for store in FACTS["functions"]["python"]}
"""The one store that each function calls."""

IDIOMATIC = {f"idiomatic-{store}": store for store in FACTS["functions"]["python"]}
"""The handlers that only AWS's documentation shaped, by their stores."""

CALLS = {
    "dynamodb": ("GetItem", "PutItem", "UpdateItem"),
    "s3": ("GetObject", "PutObject"),
    # How a server gets the role of its pod (IRSA) or profile; functions have keys.
    "sts": ("AssumeRole", "AssumeRoleWithWebIdentity"),
}
"""What is called, of the SDK's four hundred services and their operations."""

OWN_LOCK = {store for store in LAMBDA_SERVICE.values() if store not in CALLS}
"""Stores that AWS's SDK does not reach: a function carries what does, by a lock of that name."""

SOURCES = {
    "server": ("*.py", "stores/*.py"),
    "runtime": (),
    "idiomatic-server": (),
    **{
        function: ("*.py", "stores/__init__.py", f"stores/{store}.py")
        for function, store in LAMBDA_SERVICE.items()
    },
}
"""What of `src/counter` each artifact carries, but for `NOT_IN_LAMBDA`."""

RUN = '#!/bin/sh\ncd "$LAMBDA_TASK_ROOT" && exec python3 -S -m {module}\n'
"""What starts a server in a function, behind AWS's Web Adapter."""

MODULES = {"server": "counter.server", "idiomatic-server": "server"}
"""What a server is started by."""

NOT_IN_LAMBDA = ("application.py", "server.py", "server_config.py")

OF_THE_SDK = ("aws.py", "http_session.py")
"""Sources that a function without AWS's SDK can't import."""


class BuildError(Exception):
    """Why nothing was built: one line with what to do."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes what is deployed.")
    parser.add_argument("artifact", choices=sorted([*SOURCES, *IDIOMATIC]))
    parser.add_argument("dest", type=Path, help="the folder to make; replaced when out of date")
    parser.add_argument("--wheels", type=Path, help="take packages from this folder, not from PyPI")
    given = parser.parse_args()
    try:
        built = build(given.artifact, given.dest.absolute(), given.wheels)
    except BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 2
    print(f"{given.artifact}: {'built' if built else 'up to date'}")
    return 0


def build(artifact: str, dest: Path, wheels: Path | None) -> bool:
    """Makes `dest`, whole or not at all; `False` where it was already up to date."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it is the machine's own Python that runs this
        raise BuildError("Python 3.11 or newer is needed; apt-get install python3 on Debian 12")
    stamp = f"{artifact} {_inputs(artifact)}\n"
    if _read(dest / STAMP) == stamp:
        return False
    if dest.exists() and any(dest.iterdir()) and not (dest / STAMP).exists():
        raise BuildError(f"{dest} was not made by build.py; name another folder, or remove it")
    dest.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{dest.name}.", dir=dest.parent) as temporary:
        new = Path(temporary) / "new"
        new.mkdir()
        if artifact in IDIOMATIC:
            if IDIOMATIC[artifact] in OWN_LOCK:
                # Without bytecode: `sam build` makes none.
                _install(artifact, new, wheels)
            _copy_handler(IDIOMATIC[artifact], new)
        else:
            _install(artifact, new, wheels)
            _copy_sources(artifact, new)
            _trim(artifact, new)
            _compile(new)
        (new / STAMP).write_text(stamp)
        if dest.exists():
            dest.rename(Path(temporary) / "old")
        new.rename(dest)
    return True


def _inputs(artifact: str) -> str:
    """A hash of all that the result depends on: this file, the lock, the sources, the page, the
    interpreter whose bytecode and wheels are in it."""
    machine = f"{sys.version} {sys.platform} {os.uname().machine} {sorted(LAMBDA_SERVICE)}"
    digest = hashlib.sha256(machine.encode())
    if artifact in IDIOMATIC:
        made_of = [PAGE, *sorted((HERE / "idiomatic").glob("*.py"))]
        made_of += [_lock(artifact)] if IDIOMATIC[artifact] in OWN_LOCK else []
    else:
        folder = HERE / ("idiomatic" if artifact == "idiomatic-server" else "src")
        sources = [] if artifact == "runtime" else [PAGE, *sorted(folder.rglob("*.py"))]
        made_of = [_lock(artifact), *sources]
    for path in [Path(__file__), *made_of]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _lock(artifact: str) -> Path:
    first, _, store = artifact.partition("-")
    return HERE / "requirements" / f"{store if store in OWN_LOCK else first}.txt"


def _read(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None


def _install(artifact: str, folder: Path, wheels: Path | None) -> None:
    lock = _lock(artifact)
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode != 0:
        raise BuildError(f"{sys.executable} has no pip; apt-get install python3-pip")
    command = [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--root-user-action=ignore", "--no-compile", "--no-deps", "--only-binary=:all:"]
    command += ["--require-hashes", "--target", str(folder), "--requirement", str(lock)]
    if wheels is not None:
        command += ["--no-index", "--find-links", str(wheels.absolute())]
    # A user's own settings that --target can't go with.
    environment = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    installed = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False
    )
    if installed.returncode != 0:
        reason = (installed.stderr.strip() or installed.stdout.strip()).splitlines()
        last = reason[-1] if reason else f"exit code {installed.returncode}"
        raise BuildError(f"pip could not install {lock.name}: {last}")


def _copy_handler(store: str, folder: Path) -> None:
    """The handler under the name that Lambda's console gives one, and what it needs beside it."""
    shutil.copyfile(HERE / "idiomatic" / f"{store}.py", folder / "lambda_function.py")
    for path in (HERE / "idiomatic" / "respond.py", PAGE):
        shutil.copyfile(path, folder / path.name)


def _copy_sources(artifact: str, folder: Path) -> None:
    if artifact == "idiomatic-server":
        for path in [*(HERE / "idiomatic").glob("*.py"), PAGE]:
            shutil.copyfile(path, folder / path.name)
    package = HERE / "src" / "counter"
    for pattern in SOURCES[artifact]:
        for source in sorted(package.glob(pattern)):
            name = source.relative_to(package)
            if artifact in LAMBDA_SERVICE and not _is_in_function(artifact, name.name):
                continue
            target = folder / "counter" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    if SOURCES[artifact]:
        shutil.copyfile(PAGE, folder / "counter" / PAGE.name)
    if artifact in MODULES:
        run = folder / FACTS["language"]["python"]["runtime"]["server"]
        run.write_text(RUN.format(module=MODULES[artifact]))
        run.chmod(0o755)


def _is_in_function(artifact: str, name: str) -> bool:
    others = {f"{other.replace('-', '_')}.py" for other in LAMBDA_SERVICE if other != artifact}
    if LAMBDA_SERVICE[artifact] in OWN_LOCK:
        others.update(OF_THE_SDK)
    return name not in NOT_IN_LAMBDA and name not in others


def _trim(artifact: str, folder: Path) -> None:
    """Takes out what never runs."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    # What pip noted about this one installation: paths, times, hashes of files that are deleted.
    for pattern in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
        for note in folder.glob(f"*.dist-info/{pattern}"):
            note.unlink()
    service = LAMBDA_SERVICE.get(artifact)
    if SOURCES[artifact] and service not in OWN_LOCK:
        _trim_sdk(folder / "botocore" / "data", (service,) if service else tuple(CALLS))


def _trim_sdk(data: Path, services: tuple[str, ...]) -> None:
    """Leaves the SDK the descriptions of what is called, unpacked: it reads them at each start."""
    for entry in sorted(data.iterdir()):
        if entry.is_dir() and entry.name not in services:
            shutil.rmtree(entry)
    for packed in sorted(data.rglob("*.json.gz")):
        packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
        packed.unlink()
    for unused in ("examples-1.json", "waiters-2.json", "paginators-1*.json"):
        for description in sorted(data.rglob(unused)):
            description.unlink()
    for service in services:
        for path in sorted((data / service).rglob("service-2.json")):
            _rewrite(path, _only_called(json.loads(path.read_bytes()), CALLS[service]))
    endpoints = json.loads((data / "endpoints.json").read_bytes())
    for partition in endpoints["partitions"]:
        known = partition["services"]
        partition["services"] = {name: known[name] for name in services if name in known}
    _rewrite(data / "endpoints.json", endpoints)


def _only_called(model: Any, calls: tuple[str, ...]) -> Any:
    """A service's description with the operations that are called, the shapes that these are made
    of, and no prose."""
    all_operations, shapes = model["operations"], model["shapes"]
    operations = {name: all_operations[name] for name in calls if name in all_operations}
    needed: dict[str, Any] = {}
    waiting = list(_shapes_in(operations))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = shapes[name]
            waiting += _shapes_in(shapes[name])
    needed = {name: shapes[name] for name in shapes if name in needed}
    return {**model, "operations": _without_prose(operations), "shapes": _without_prose(needed)}


def _shapes_in(node: Any) -> Iterator[str]:
    """The names of the shapes that a part of a description refers to."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if key == "shape" and isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            yield from _shapes_in(value)


def _without_prose(node: Any) -> Any:
    if isinstance(node, dict):
        # A member that happens to be called so is an object, not a text.
        return {
            key: _without_prose(value)
            for key, value in node.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    return [_without_prose(value) for value in node] if isinstance(node, list) else node


def _rewrite(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


def _compile(folder: Path) -> None:
    """Compiles once here and not at each cold start, where the code is read-only. By unchecked
    hashes: the bytecode depends on the source alone, and no start looks at it again."""
    compiled = compileall.compile_dir(
        folder,
        quiet=1,
        stripdir=str(folder),
        maxlevels=100,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        raise BuildError("a package's Python file could not be compiled; see above")


if __name__ == "__main__":
    sys.exit(main())
