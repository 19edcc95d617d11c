/**
 * The count as one row of a table of PostgreSQL. One statement per call, on one connection. Must not know the environment: the
 * configuration comes in.
 */

import { X509Certificate } from "node:crypto";
import pg from "pg";
import { ConfigError } from "../config.mjs";
import { checkedAdd, parseCount } from "../count.mjs";
import { readFailed, writeFailed } from "../errors.mjs";
import { sharedConnection } from "./connection.mjs";

/**
 * Made by the first call that finds none. The fillfactor leaves room for the row's next versions on its page: an update then touches
 * no index.
 */
const TABLE = "CREATE TABLE IF NOT EXISTS counts (key text PRIMARY KEY, count bigint NOT NULL) WITH (fillfactor = 10)";
/** By their names, under which a connection prepares each when it first meets it. */
const STATEMENTS = {
  add:
    "INSERT INTO counts AS old (key, count) VALUES ($1, $2) " +
    "ON CONFLICT (key) DO UPDATE SET count = old.count + excluded.count RETURNING count",
  read: "SELECT count FROM counts WHERE key = $1",
  write:
    "INSERT INTO counts (key, count) VALUES ($1, $2) " +
    "ON CONFLICT (key) DO UPDATE SET count = excluded.count RETURNING count",
};

/** SQLSTATE (PostgreSQL, appendix A). */
const UNDEFINED_TABLE = "42P01";
const DUPLICATE_TABLE = "42P07";
const UNIQUE_VIOLATION = "23505";
/** The classes of a connection, of a lack of resources, and of a server that ends, starts or takes no writes. */
const PASSING = ["08", "25", "40", "53", "57"];

/**
 * The count under the key `key` of a database; a missing row is 0. Makes no call.
 *
 * @param {{ location: import("../config.mjs").Location, update: import("../config.mjs").Update }} config
 * @returns {import("../handler.mjs").Store}
 */
export function postgresStore({ location: { place, key, url, login }, update }) {
  if (!login) throw new ConfigError("this store needs STORE=postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY");
  const [host, port] = place.split(/:(?=\d+$)/);
  const options = {
    user: login.user,
    password: login.password,
    host: host?.replace(/^\[|\]$/g, ""),
    port: Number(port),
    database: login.database,
    application_name: "counter",
    ssl: login.authority === undefined ? false : trusting(login.authority, url),
  };

  function open() {
    const client = new pg.Client(options);
    // Calls report it; without a listener it would end the process.
    client.on("error", () => {});
    return { client, connected: client.connect() };
  }

  /** @type {(connection: ReturnType<typeof open>, statement: [keyof typeof STATEMENTS, ...string[]]) => Promise<string | undefined>} */
  async function send({ client, connected }, [name, ...values]) {
    await connected;
    const query = { name, text: STATEMENTS[name], values };
    const { rows } = await client.query(query).catch(async (error) => {
      if (state(error) !== UNDEFINED_TABLE) throw error;
      await client.query(TABLE).catch(unlessThere);
      return client.query(query);
    });
    // A bigint comes as text: a number is exact to 2^53 only.
    return rows[0]?.count;
  }

  const call = sharedConnection({
    open,
    send,
    close: ({ client }) => streamOf(client).destroy(),
    mayPass: (error) => state(error) === undefined || PASSING.includes(state(error)?.slice(0, 2) ?? ""),
  });

  /**
   * A sum whose answer was lost may have been stored and is added again: that skips numbers and repeats none, since only the last
   * answer is read.
   *
   * @param {bigint} n
   * @param {AbortSignal} signal
   */
  async function addAtomically(n, signal) {
    return parseCount(await call(["add", key, n.toString()], signal).catch(writeFailed(url)), url);
  }

  /**
   * What the original study did: read, add here, write.
   *
   * @param {bigint} n
   * @param {AbortSignal} signal
   */
  async function readThenWrite(n, signal) {
    const got = await call(["read", key], signal).catch(readFailed(url));
    const after = checkedAdd(got === undefined ? 0n : parseCount(got, url), n);
    // A readiness check must not undo what others write meanwhile.
    if (n > 0n) await call(["write", key, after.toString()], signal).catch(writeFailed(url));
    return after;
  }

  return { add: update === "atomic" ? addAtomically : readThenWrite };
}

/**
 * Trusts one authority, and verifies the server's name.
 *
 * @param {Uint8Array} authority A certificate in DER.
 * @param {string} url
 */
function trusting(authority, url) {
  try {
    return { ca: new X509Certificate(authority).toString(), rejectUnauthorized: true };
  } catch {
    throw new ConfigError(`STORE=${JSON.stringify(url)} has a certificate that is none`);
  }
}

/**
 * What a client reads and writes; its own `end` waits for a server that hangs.
 *
 * @param {pg.Client} client
 * @returns {import("node:net").Socket}
 */
function streamOf(client) {
  return /** @type {any} */ (client).connection.stream;
}

/**
 * The server's code of an error; none where it is not the server's.
 *
 * @param {unknown} error
 */
function state(error) {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/**
 * Of those that make the table at once one succeeds; another may find the entry of its name taken.
 *
 * @param {unknown} error
 */
function unlessThere(error) {
  if (state(error) !== UNIQUE_VIOLATION && state(error) !== DUPLICATE_TABLE) throw error;
}
