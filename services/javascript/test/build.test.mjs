/** The build script: what it refuses, and that it makes the same bytes everywhere, once. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL("..", import.meta.url));

/** @type {(words: string[], env?: Record<string, string>) => { status: number | null, stderr: string }} */
function build(words, env = {}) {
  const ran = spawnSync(process.execPath, [join(HERE, "build.mjs"), ...words], {
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  return { status: ran.status, stderr: ran.stderr };
}

test("a wrong command line is one line and exit code 2", () => {
  for (const words of [
    [],
    ["functions"],
    ["zip", "x"],
    ["functions", "x", "y"],
    ["--fast"],
    ["runtime", "x", "--node-modules", "y"],
  ]) {
    const { status, stderr } = build(words);
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^[^\n]*node build\.mjs functions DEST[^\n]*\n$/);
  }
});

test("a missing tool is named with the package that brings it", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "javascript-"));
  context.after(() => rmSync(folder, { recursive: true }));
  assert.deepEqual(build(["functions", join(folder, "functions")], { PATH: folder }), {
    status: 2,
    stderr: "building the JavaScript functions needs npm: apt-get install npm\n",
  });
});

test("the same sources are the same bytes wherever they are built, with the page in them, and built once", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "javascript-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const nodeModules = ["--node-modules", join(HERE, "node_modules")];
  for (const { what, file } of [
    { what: "functions", file: "index.mjs" },
    { what: "idiomatic", file: "index.js" },
  ]) {
    const [one, other] = [join(folder, "a", what), join(folder, "b/c", what)];
    for (const destination of [one, other]) {
      assert.deepEqual(build([what, destination, ...nodeModules]), { status: 0, stderr: "" });
    }
    for (const name of ["lambda-dynamodb", "lambda-postgres", "lambda-s3", "lambda-valkey"]) {
      const bundle = readFileSync(join(one, name, file), "utf8");
      assert.equal(bundle, readFileSync(join(other, name, file), "utf8"));
      assert.ok(bundle.includes("<title>Counter</title>"));
    }
    const before = statSync(join(one, "lambda-s3", file)).ino;
    build([what, one, ...nodeModules]);
    assert.equal(statSync(join(one, "lambda-s3", file)).ino, before);
  }
});
