/** The count as the value of a key of Valkey. */

import { createClient } from "redis";
import { respond } from "./respond.mjs";

const [, scheme, server, key] = /^(valkeys?):\/\/([^/]+)\/(.+)$/s.exec(process.env.STORE);
let client;

/** @param {number} n */
async function add(n) {
  client ??= createClient({
    // node-redis knows the protocol's older name alone, and connects without end by default.
    url: `${scheme.replace("valkey", "redis")}://${server}`,
    socket: { reconnectStrategy: false },
  }).on("error", (error) => console.error("valkey", error));
  let timer;
  // It waits for an answer without end by default.
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("no answer within 4 s")), 4_000);
  });
  try {
    return await Promise.race([count(n), late]);
  } catch (error) {
    client.destroy();
    client = undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** @param {number} n */
async function count(n) {
  if (!client.isOpen) await client.connect();
  if (process.env.COUNTER_UPDATE !== "read-then-write") return client.incrBy(key, n);
  // What the original study did: concurrent calls lose updates.
  const after = Number((await client.get(key)) ?? 0) + n;
  if (n > 0) await client.set(key, after);
  return after;
}

/** @param {any} event */
export const handler = async (event) => respond(event, add);
