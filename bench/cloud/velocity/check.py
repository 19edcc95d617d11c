#!/usr/bin/env python3
"""Holds the table of mapping templates (bench/cloud/tests/it/vtl.toml) to Apache Velocity 1 and 2, both from Maven.

    bench/cloud/velocity/check.py

Of the table those rows are rendered that have nothing of API Gateway's own, and the page, which is a template too. It needs a JDK
and Maven, and is no part of CI: what it found is in the table. It must not know the evaluator.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
SERVICES = HERE / "../../../services"


def cases():
    """Names, templates and the text of each."""
    table = tomllib.loads((HERE / "../tests/it/vtl.toml").read_text())["case"]
    rows = [(row["what"], row["template"], row["text"]) for row in table if row.get("velocity")]
    page = (SERVICES / "vtl/page.vtl").read_text().removesuffix("\n")
    return [*rows, ("the page", page, (SERVICES / "page.html").read_text())]


def differing(folder, options):
    """What a Velocity renders otherwise."""
    jars, templates = folder / "jars", folder / "templates"
    templates.mkdir()
    copied = [f"-DoutputDirectory={jars}", "dependency:copy-dependencies"]
    subprocess.run(["mvn", "-q", "-B", f"-f{HERE / 'pom.xml'}", *options, *copied], check=True)
    rows = cases()
    for number, (_, template, _) in enumerate(rows):
        (templates / f"{number}.vtl").write_text(template)
    run = ["java", "-cp", f"{jars}/*", str(HERE / "Render.java"), str(templates)]
    subprocess.run(run, check=True, stderr=subprocess.DEVNULL)
    for number, (what, template, text) in enumerate(rows):
        made = templates / f"{number}.txt"
        found = made.read_text() if made.exists() else (templates / f"{number}.error").read_text()
        if found != text:
            yield f"{what}: {template!r}\n  table:    {text!r}\n  Velocity: {found!r}"


def main():
    """Renders all by both, and ends with 1 where one differs."""
    found = 0
    for name, options in [("Velocity 1", ["-Pone"]), ("Velocity 2", [])]:
        with tempfile.TemporaryDirectory() as folder:
            for line in differing(Path(folder), options):
                found += 1
                print(f"{name}, {line}")
    print(f"{len(cases())} templates, {found} differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
