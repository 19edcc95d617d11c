/**
 * The count as the value of one key of Valkey, a decimal number. One `INCRBY` per call. Must not know the environment: the
 * configuration comes in.
 *
 * Valkey keeps the count in memory: it lives no longer than its server, and what a failover loses is lost.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ErrorReply, RESP_TYPES } from "@redis/client";
import { checkedAdd, parseCount } from "../count.mjs";
import { readFailed, writeFailed } from "../errors.mjs";

/**
 * One attempt, a new connection included: connecting inside a region takes some milliseconds and a call rarely 10, but at a
 * fourteenth of a processor Node reads its certificates for a second. Three fit the 15 s that the handler gives a caller.
 */
const ATTEMPT_MS = 3_000;
const ATTEMPTS = 3;
/** The most before another attempt: a failover takes longer than any pause here, a lost connection none at all. */
const LONGEST_PAUSE_MS = 100;
/** How the server's errors begin that another moment, or another server, may not have. */
const PASSING = /^(CLUSTERDOWN|LOADING|MASTERDOWN|READONLY|TRYAGAIN) /;

/**
 * The count under the key `key` of the server `place`; a missing key is 0. Makes no call.
 *
 * @param {{ location: import("../config.mjs").Location, update: import("../config.mjs").Update }} config
 * @returns {import("../handler.mjs").Store}
 */
export function valkeyStore({ location: { place, key, url }, update }) {
  const [host, port] = place.split(/:(?=\d+$)/);
  const tls = /** @type {any} */ (url.startsWith("valkeys:") ? { tls: true } : {});

  /**
   * The connection that calls share; none before the first and after a failure.
   *
   * @type {ReturnType<typeof open> | undefined}
   */
  let current;

  function open() {
    const client = createClient({
      // What a connection would ask of a server before its first call, and a counter has no use for.
      RESP: 2,
      disableClientInfo: true,
      maintNotifications: "disabled",
      // A number is exact to 2^53 only.
      commandOptions: { typeMapping: { [RESP_TYPES.NUMBER]: String } },
      // It would connect without end; the next attempt makes another client.
      socket: { host: host?.replace(/^\[|\]$/g, ""), port: Number(port), reconnectStrategy: false, ...tls },
    });
    // Calls report it; without a listener it would end the process.
    client.on("error", () => {});
    return client;
  }

  /**
   * @param {string[]} command
   * @param {AbortSignal} signal
   * @returns {Promise<string | null>}
   */
  async function call(command, signal) {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt(command, signal);
      } catch (error) {
        const passes = !(error instanceof ErrorReply) || PASSING.test(error.message);
        if (!passes || signal.aborted || attempts === ATTEMPTS) throw error;
      }
      await sleep(Math.random() * LONGEST_PAUSE_MS, undefined, { signal });
    }
  }

  /**
   * @param {string[]} command
   * @param {AbortSignal} signal
   * @returns {Promise<any>}
   */
  async function attempt(command, signal) {
    const client = current ?? open();
    current = client;
    /** @type {(error: Error) => void} */
    let fail = () => {};
    const failed = new Promise((_resolve, reject) => {
      fail = reject;
    });
    const onAbort = () => fail(new Error("given up"));
    const timer = setTimeout(() => fail(new Error(`no answer within ${ATTEMPT_MS / 1000} s`)), ATTEMPT_MS);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([send(client, command), failed]);
    } catch (error) {
      // A late answer is nobody's: the connection goes. What it still reports is the error that is thrown.
      if (current === client) current = undefined;
      client.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** @type {(client: ReturnType<typeof open>, command: string[]) => Promise<unknown>} */
  async function send(client, command) {
    if (!client.isOpen) await client.connect();
    return client.sendCommand(command);
  }

  /**
   * An `INCRBY` whose answer was lost may have been done and is done again: that skips numbers and repeats none, since only
   * the last answer is read.
   *
   * @param {bigint} n
   * @param {AbortSignal} signal
   */
  async function addAtomically(n, signal) {
    const count = await call(["INCRBY", key, n.toString()], signal).catch(writeFailed(url));
    return parseCount(count ?? undefined, url);
  }

  /**
   * What the original study did: read, add here, write.
   *
   * @param {bigint} n
   * @param {AbortSignal} signal
   */
  async function readThenWrite(n, signal) {
    const got = await call(["GET", key], signal).catch(readFailed(url));
    const after = checkedAdd(got === null ? 0n : parseCount(got, url), n);
    // A readiness check must not undo what others write meanwhile.
    if (n > 0n) await call(["SET", key, after.toString()], signal).catch(writeFailed(url));
    return after;
  }

  return { add: update === "atomic" ? addAtomically : readThenWrite };
}
