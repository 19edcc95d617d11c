/**
 * One connection that a store's calls share, and attempts on it: each within a bound, again where that may help. Must not know a
 * protocol.
 */

import { setTimeout as sleep } from "node:timers/promises";

/**
 * One attempt, a new connection included: connecting inside a region takes some milliseconds and a call rarely 10, but at a
 * fourteenth of a processor Node reads its certificates, or proves a password, for a second. Three fit the 15 s that the handler
 * gives a caller.
 */
const ATTEMPT_MS = 3_000;
const ATTEMPTS = 3;
/** The most before another attempt: a failover or a restart takes longer than any pause here, a lost connection none at all. */
const LONGEST_PAUSE_MS = 100;

/**
 * @template Client, Request, Answer
 * @param {object} protocol
 * @param {() => Client} protocol.open A new connection, which need not be there yet.
 * @param {(client: Client, request: Request) => Promise<Answer>} protocol.send
 * @param {(client: Client) => void} protocol.close At once, whatever is under way on it.
 * @param {(error: unknown) => boolean} protocol.mayPass Whether another connection, or another moment, may have another answer.
 * @returns {(request: Request, signal: AbortSignal) => Promise<Answer>}
 */
export function sharedConnection({ open, send, close, mayPass }) {
  /**
   * None before the first call and after a failure.
   *
   * @type {Client | undefined}
   */
  let current;

  /** @type {(request: Request, signal: AbortSignal) => Promise<Answer>} */
  async function attempt(request, signal) {
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
      return await Promise.race([send(client, request), failed]);
    } catch (error) {
      // A late answer is nobody's: the connection goes. What it still reports is the error that is thrown.
      if (mayPass(error)) {
        if (current === client) current = undefined;
        close(client);
      }
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  return async (request, signal) => {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt(request, signal);
      } catch (error) {
        if (!mayPass(error) || signal.aborted || attempts === ATTEMPTS) throw error;
      }
      await sleep(Math.random() * LONGEST_PAUSE_MS, undefined, { signal });
    }
  };
}
