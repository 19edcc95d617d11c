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

OWN = ("counter-", "lambda-")
"""How their files begin."""

RULE = "=" * 80

WITHOUT_TEXT = {"reactive-streams-1.0.4.jar": "MIT No Attribution"}
"""Jars that carry no licence, by what their POMs name."""


def locked(folder: Path, jars: Path) -> list[dict[str, str]]:
    """The jars of a module but ours, as Maven lists them: `GROUP:ARTIFACT:jar:VERSION:SCOPE`."""
    found = []
    for group, artifact, version in sorted(re.findall(r"([\w.-]+):([\w.-]+):jar:([\w.-]+):", (folder / "jars.txt").read_text())):
        if group != OURS:
            digest = hashlib.sha256((jars / f"{artifact}-{version}.jar").read_bytes()).digest()
            sri = f"sha256-{base64.b64encode(digest).decode()}"
            found.append({"groupId": group, "artifactId": artifact, "version": version, "hash": sri})
    return found


def notices(folders: list[Path]) -> str:
    """Each text once, with the jars that carry it."""
    texts: dict[str, list[str]] = {}
    licence = re.compile(r"(META-INF/)?[^/]*(LICENSE|NOTICE)[^/]*")
    jars = {jar.name: jar for folder in folders for jar in folder.glob("*.jar") if not jar.name.startswith(OWN)}
    for _, jar in sorted(jars.items()):
        with zipfile.ZipFile(jar) as archive:
            found = [archive.read(name).decode() for name in sorted(archive.namelist()) if licence.fullmatch(name)]
        if jar.name in WITHOUT_TEXT:
            found.append(f"By its POM: {WITHOUT_TEXT[jar.name]}.")
        if not found:
            sys.exit(f"lock.py: {jar.name} carries no licence: look into its POM, and name it here")
        for text in found:
            texts.setdefault(text.replace("\r\n", "\n").strip("\n"), []).append(jar.name)
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
    if not functions:
        sys.exit(f"lock.py: Maven has not built into {given.folder}")
    modules = {**functions, "runtime": given.folder / "runtime/lib"}
    jars = {name: locked(given.folder / name, folder) for name, folder in modules.items()}
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
