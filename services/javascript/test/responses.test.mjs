/** The table of bytes, for both forms of event. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { handlerFor } from "../src/handler.mjs";
import { loadBalancers, payload2 } from "./help/environment.mjs";

const PAGE = readFileSync(new URL("../../page.html", import.meta.url), "utf8");
const NO_STORE = { "cache-control": "no-store" };
const PROBLEM = { "content-type": "application/problem+json", ...NO_STORE };
const PAGE_HEADERS = { "content-type": "text/html; charset=utf-8", "x-content-type-options": "nosniff" };
const COUNT_HEADERS = { "content-type": "text/plain; charset=utf-8", ...NO_STORE };
const HEALTH_HEADERS = { "content-type": "application/health+json", ...NO_STORE };
const NOT_FOUND = '{"type":"about:blank","title":"Not Found","status":404}';
const NOT_ALLOWED = '{"type":"about:blank","title":"Method Not Allowed","status":405}';
const NOT_IMPLEMENTED = '{"type":"about:blank","title":"Not Implemented","status":501}';
const UNAVAILABLE = '{"type":"about:blank","title":"Service Unavailable","status":503}';

/** @type {import("../src/handler.mjs").Store} */
const counts = { add: async (n) => 9_007_199_254_740_993n + n };
/** @type {import("../src/handler.mjs").Store} */
const full = { add: async () => 2n ** 64n - 1n };
/** @type {import("../src/handler.mjs").Store} */
const fails = {
  add: async () => {
    throw new Error("secret\ndetail", { cause: new TypeError("its cause") });
  },
};

/** @type {[store: typeof counts, method: string, path: string, status: number, headers: object, body: string][]} */
const TABLE = [
  [counts, "GET", "/", 200, PAGE_HEADERS, PAGE],
  [counts, "HEAD", "/", 200, PAGE_HEADERS, ""],
  [counts, "GET", "/hits", 200, COUNT_HEADERS, "9007199254740994"],
  [counts, "POST", "/hits", 200, COUNT_HEADERS, "9007199254740994"],
  [fails, "POST", "/hits", 503, PROBLEM, UNAVAILABLE],
  [counts, "GET", "/healthz", 200, HEALTH_HEADERS, '{"status":"pass"}'],
  [counts, "HEAD", "/healthz", 200, HEALTH_HEADERS, ""],
  [fails, "GET", "/healthz", 200, HEALTH_HEADERS, '{"status":"pass"}'],
  [counts, "GET", "/readyz", 200, HEALTH_HEADERS, '{"status":"pass"}'],
  [counts, "HEAD", "/readyz", 200, HEALTH_HEADERS, ""],
  [fails, "GET", "/readyz", 503, HEALTH_HEADERS, '{"status":"fail"}'],
  [fails, "HEAD", "/readyz", 503, HEALTH_HEADERS, ""],
  ...["PUT", "DELETE", "HEAD"].map((method) => {
    /** @type {[typeof counts, string, string, number, object, string]} */
    const row = [counts, method, "/hits", 405, { ...PROBLEM, allow: "GET, POST" }, NOT_ALLOWED];
    return row;
  }),
  ...["/", "/healthz", "/readyz"].flatMap((path) =>
    ["POST", "OPTIONS"].map((method) => {
      /** @type {[typeof counts, string, string, number, object, string]} */
      const row = [counts, method, path, 405, { ...PROBLEM, allow: "GET, HEAD" }, NOT_ALLOWED];
      return row;
    }),
  ),
  ...["get", "FOO", "PROPFIND"].flatMap((method) =>
    ["/", "/hits", "/healthz", "/nowhere"].map((path) => {
      /** @type {[typeof counts, string, string, number, object, string]} */
      const row = [counts, method, path, 501, PROBLEM, NOT_IMPLEMENTED];
      return row;
    }),
  ),
  [full, "GET", "/readyz", 503, HEALTH_HEADERS, '{"status":"fail"}'],
  ...["/hits/", "/docs", "/openapi.json", "", "//"].map((path) => {
    /** @type {[typeof counts, string, string, number, object, string]} */
    const row = [counts, "GET", path, 404, PROBLEM, NOT_FOUND];
    return row;
  }),
];

for (const [form, event] of Object.entries({ payload2, loadBalancers })) {
  test(`every row of the table is answered to the byte: ${form}`, async () => {
    for (const [store, method, path, statusCode, headers, body] of TABLE) {
      const answer = await handlerFor(store, () => {})(event(path, method));
      const expected = { statusCode, headers, body, isBase64Encoded: false };
      assert.deepEqual(JSON.parse(JSON.stringify(answer)), expected, `${method} ${path}`);
    }
  });
}

test("a failure is one line in the log, with its causes", async () => {
  /** @type {string[]} */
  const lines = [];
  const handler = handlerFor(fails, (line) => lines.push(line));
  await handler(payload2("/hits"));
  await handler(payload2("/readyz"));
  assert.deepEqual(lines, [
    "ERROR no number: secret detail: TypeError its cause",
    "ERROR not ready: secret detail: TypeError its cause",
  ]);
});

test("an event that is not a request is the function's error", async () => {
  for (const event of [undefined, null, {}, { Records: [] }, { requestContext: { http: {} } }, { httpMethod: "GET" }]) {
    await assert.rejects(handlerFor(counts)(event), /neither payload 2.0 nor a load balancer's/);
  }
});

test("a store that hangs is given up after 15 s by a caller and 5 s by a readiness check", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {AbortSignal[]} */
  const signals = [];
  const hangs = {
    /** @type {(n: bigint, signal: AbortSignal) => Promise<bigint>} */
    add: (_n, signal) => {
      signals.push(signal);
      return new Promise(() => {});
    },
  };
  /** @type {string[]} */
  const lines = [];
  const handler = handlerFor(hangs, (line) => lines.push(line));
  for (const [path, seconds] of /** @type {const} */ ([
    ["/hits", 15],
    ["/readyz", 5],
  ])) {
    let answered = false;
    const answer = handler(payload2(path)).finally(() => {
      answered = true;
    });
    context.mock.timers.tick(seconds * 1000 - 1);
    await new Promise(setImmediate);
    assert.equal(answered, false);
    context.mock.timers.tick(1);
    assert.equal((await answer).statusCode, 503);
    assert.equal(signals.at(-1)?.aborted, true);
  }
  assert.deepEqual(lines, [
    "ERROR no number: the store took longer than 15s",
    "ERROR not ready: the store took longer than 5s",
  ]);
});
