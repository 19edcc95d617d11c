#!/usr/bin/env python3
"""Writes what is locked, from what Maven built: `lock.py FOLDER`, and with `--check` compares it.

`jars.json`: each jar of a function's zip and of the runtime by its hash, which Nix fetches it by. `THIRD-PARTY-NOTICES.txt`: the
licences of those in zips. Needs Python's standard library.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
OURS = "counter"
"""The group of the jars that are compiled here."""

RULE = "=" * 80


def coordinates(jar: Path) -> dict[str, str]:
    """By the properties that Maven puts into each jar, and those that are in there shaded: its own are by its file's name."""
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            if name.startswith("META-INF/maven/") and name.endswith("/pom.properties"):
                lines = archive.read(name).decode().splitlines()
                found = dict(line.split("=", 1) for line in lines if not line.startswith("#") and "=" in line)
                if jar.name == f"{found['artifactId']}-{found['version']}.jar":
                    return {key: found[key] for key in ("groupId", "artifactId", "version")}
    sys.exit(f"lock.py: {jar.name} does not name its group")


def locked(folder: Path) -> list[dict[str, str]]:
    """The jars of a folder but ours."""
    found = []
    for jar in sorted(folder.glob("*.jar")):
        one = coordinates(jar)
        if one["groupId"] != OURS:
            digest = base64.b64encode(hashlib.sha256(jar.read_bytes()).digest()).decode()
            found.append({**one, "hash": f"sha256-{digest}"})
    return found


def notices(folders: list[Path]) -> str:
    """Each text once, with the jars that carry it."""
    texts: dict[str, list[str]] = {}
    licence = re.compile(r"(META-INF/)?(LICENSE|NOTICE)[^/]*")
    for jar in sorted({jar.name: jar for folder in folders for jar in folder.glob("*.jar")}.values(), key=lambda it: it.name):
        with zipfile.ZipFile(jar) as archive:
            for name in sorted(archive.namelist()):
                if licence.fullmatch(name):
                    text = archive.read(name).decode().replace("\r\n", "\n").strip("\n")
                    texts.setdefault(text, []).append(jar.name)
    out = ["What is in the zips of the Java functions and its licences. Printed by lock.py.", ""]
    for text, jars in texts.items():
        out += [RULE, *jars, RULE, "", text, ""]
    return "\n".join(out)


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes what is locked, from what Maven built.")
    parser.add_argument("folder", type=Path, help="where Maven built: `mvn -Dbuild.folder=FOLDER package`")
    parser.add_argument("--check", action="store_true", help="compare what is there")
    given = parser.parse_args()
    functions = {it.parent.name: it / "lib" for it in sorted(given.folder.glob("*/function"))}
    jars = {name: locked(folder) for name, folder in {**functions, "runtime": given.folder / "runtime/lib"}.items()}
    if not functions or not all(jars.values()):
        sys.exit(f"lock.py: Maven has not built into {given.folder}")
    stale = []
    for name, text in {
        "jars.json": json.dumps(jars, indent=2) + "\n",
        "THIRD-PARTY-NOTICES.txt": notices(list(functions.values())),
    }.items():
        if not given.check:
            (HERE / name).write_text(text)
        elif (HERE / name).read_text() != text:
            stale.append(name)
    if stale:
        sys.exit(f"lock.py: not up to date: {', '.join(stale)}. Look at what has changed, then services/java/lock.py {given.folder}")


if __name__ == "__main__":
    main()
