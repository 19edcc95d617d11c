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
