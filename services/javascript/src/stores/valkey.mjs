/**
 * The count as the value of one key of Valkey, a decimal number. One `INCRBY` per call. Must not know the environment: the
 * configuration comes in.
 *
 * Valkey keeps the count in memory: it lives no longer than its server, and what a failover loses is lost.
 */

import { createClient, ErrorReply, RESP_TYPES } from "@redis/client";
import { checkedAdd, parseCount } from "../count.mjs";
import { readFailed, writeFailed } from "../errors.mjs";
import { sharedConnection } from "./connection.mjs";

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

  /** @type {(client: ReturnType<typeof open>, command: string[]) => Promise<any>} */
  async function send(client, command) {
    if (!client.isOpen) await client.connect();
    return client.sendCommand(command);
  }

  const call = sharedConnection({
    open,
    send,
    close: (client) => client.destroy(),
    mayPass: (error) => !(error instanceof ErrorReply) || PASSING.test(error.message),
  });

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
