/** What the tests of stores share that stand in for a server on loopback. */

import { once } from "node:events";
import { createServer } from "node:net";

/** Of a caller who waits. */
export const never = new AbortController().signal;

/**
 * Listens on loopback until a test ends, and has each connection served.
 *
 * @param {import("node:test").TestContext} test
 * @param {(socket: import("node:net").Socket) => void} serve
 * @returns {Promise<number>} The port.
 */
export async function listening(test, serve) {
  /** @type {import("node:net").Socket[]} */
  const sockets = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

/** @type {(n: number) => bigint[]} */
export const upTo = (n) => Array.from({ length: n }, (_, index) => BigInt(index + 1));
/** @type {(numbers: bigint[]) => bigint[]} */
export const sorted = (numbers) => numbers.sort((a, b) => (a < b ? -1 : 1));
