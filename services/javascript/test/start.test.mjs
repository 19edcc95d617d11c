/** Starts that are refused, as the runtime meets them: by importing the function's module. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { environment } from "./help/environment.mjs";

/** @type {(name: string, variables: Record<string, string | undefined>) => { status: number | null, out: string[] }} */
function start(name, variables) {
  const file = fileURLToPath(new URL(`../src/${name}.mjs`, import.meta.url));
  const script = `await import(${JSON.stringify(file)}); console.log("started")`;
  const words = ["--no-warnings", "--input-type=module", "--eval", script];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { env: variables, encoding: "utf8" });
  return { status, out: [stdout, stderr] };
}

test("a wrong configuration is one line on stderr and exit code 2, a right one starts", () => {
  for (const scheme of /** @type {const} */ (["dynamodb", "s3"])) {
    const right = environment(scheme, "http://127.0.0.1:9");
    const form = { dynamodb: "dynamodb://TABLE/KEY", s3: "s3://BUCKET/KEY" }[scheme];
    assert.deepEqual(start(`lambda-${scheme}`, right), { status: 0, out: ["started\n", ""] });
    assert.deepEqual(start(`lambda-${scheme}`, { ...right, STORE: "memory:" }), {
      status: 2,
      out: ["", `this function needs STORE=${form}\n`],
    });
    assert.deepEqual(start(`lambda-${scheme}`, { ...right, AWS_REGION: "" }), {
      status: 2,
      out: ["", `AWS_REGION is not set; the ${scheme} store needs it\n`],
    });
  }
});

test("a function that calls no service of AWS's needs no region and no credentials", () => {
  const right = { STORE: "valkeys://localhost:6379/hits" };
  assert.deepEqual(start("lambda-valkey", right), { status: 0, out: ["started\n", ""] });
  assert.deepEqual(start("lambda-valkey", { STORE: "s3://counters/hits" }), {
    status: 2,
    out: ["", "this function needs STORE=valkey://HOST:PORT/KEY\n"],
  });
  const database = { STORE: "postgres://counter:s3-cret@localhost:5432/counts/hits" };
  assert.deepEqual(start("lambda-postgres", database), { status: 0, out: ["started\n", ""] });
  assert.deepEqual(start("lambda-postgres", { STORE: `${database.STORE}?ca=Zm8` }), {
    status: 2,
    out: ["", 'STORE="postgres://counter@localhost:5432/counts/hits" has a certificate that is none\n'],
  });
});

test("a function's memory does not grow with its calls", () => {
  // As AWS's runtime client does before each call, with an ID that no other call has. Node.js hands a child the C
  // library's environment only where `process.env` is it.
  const file = fileURLToPath(new URL("../src/lambda-dynamodb.mjs", import.meta.url));
  const script = `
    await import(${JSON.stringify(file)});
    const residentKib = () => { globalThis.gc(); return process.memoryUsage().rss / 1024; };
    const calls = (begin, end) => {
      for (let call = begin; call < end; call++)
        process.env._X_AMZN_TRACE_ID = "Root=1-" + String(call).padStart(56, "0") + ";Sampled=0";
    };
    calls(0, 100_000);
    const before = residentKib();
    calls(100_000, 400_000);
    console.log(residentKib() - before);`;
  const words = ["--no-warnings", "--expose-gc", "--input-type=module", "--eval", script];
  const options = { env: environment("dynamodb", "http://127.0.0.1:9"), encoding: /** @type {const} */ ("utf8") };
  const { status, stdout, stderr } = spawnSync(process.execPath, words, options);
  assert.equal(status, 0, stderr);
  // glibc's setenv would keep 42,000 KiB.
  assert.ok(Number(stdout) < 20_000, stdout);
});
