/**
 * Routes, the time that a store may take, the log line of a failure. Must not know which store it has. The
 * bytes are in responses.mjs.
 *
 * @typedef {import("./responses.mjs").Response} Response
 *
 * @typedef {object} Store
 * @property {(n: bigint, signal: AbortSignal) => Promise<bigint>} add Adds `n` and gives the count after it; adding
 *   0 reads the count and proves that the store can be written. Rejects once `signal` aborts, at the latest.
 */

import { checkedAdd } from "./count.mjs";
import { chain } from "./errors.mjs";
import { request } from "./events.mjs";
import * as responses from "./responses.mjs";

/**
 * The longest that a caller waits for a number: longer than the slowest store's own bound (12 s of rounds on
 * one S3 key), shorter than what waits in front (HTTP API 30 s, ALB 60 s).
 */
const HIT_TIMEOUT_MS = 15_000;
/** The longest that a readiness check waits: less than a Kubernetes probe is given. */
const READY_TIMEOUT_MS = 5_000;

/** RFC 9110's methods and PATCH; any other is a 501 (RFC 9110 §9.1). */
const IMPLEMENTED = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);

/**
 * @param {Store} store
 * @param {(line: string) => void} [log]
 * @returns {(event: unknown) => Promise<Response>}
 */
export function handlerFor(store, log = logToStderr) {
  return async (event) => {
    const { method, path } = request(event);
    if (!IMPLEMENTED.has(method)) return responses.notImplemented;
    if (path === "/hits") {
      // HEAD is refused too: it would use up a number.
      return method === "GET" || method === "POST" ? hits(store, log) : responses.onlyGetAndPost;
    }
    if (path !== "/" && path !== "/healthz" && path !== "/readyz") return responses.notFound;
    if (method !== "GET" && method !== "HEAD") return responses.onlyGetAndHead;
    const fixed = path === "/" ? responses.page : responses.healthy;
    const full = path === "/readyz" ? await readyz(store, log) : fixed;
    return method === "HEAD" ? responses.withoutBody(full) : full;
  };
}

/** @type {(store: Store, log: (line: string) => void) => Promise<Response>} */
async function hits(store, log) {
  try {
    return responses.count(await within(HIT_TIMEOUT_MS, (signal) => store.add(1n, signal)));
  } catch (error) {
    log(`ERROR no number: ${chain(error)}`);
    return responses.unavailable;
  }
}

/** @type {(store: Store, log: (line: string) => void) => Promise<Response>} */
async function readyz(store, log) {
  try {
    // A count at its end is one that no hit can be added to.
    checkedAdd(await within(READY_TIMEOUT_MS, (signal) => store.add(0n, signal)), 1n);
    return responses.healthy;
  } catch (error) {
    log(`ERROR not ready: ${chain(error)}`);
    return responses.unhealthy;
  }
}

/**
 * The result of `work`, or an error once `timeoutMs` are over, whether `work` heeds its signal or not.
 *
 * @template T
 * @param {number} timeoutMs
 * @param {(signal: AbortSignal) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function within(timeoutMs, work) {
  const abort = new AbortController();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => {
      // First the caller's error, then the store's: the race keeps the first.
      reject(new Error(`the store took longer than ${timeoutMs / 1000}s`));
      abort.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(abort.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} line Not by `console`, whose lines the runtime sends to stdout under a header of its own. */
function logToStderr(line) {
  process.stderr.write(`${line}\n`);
}
