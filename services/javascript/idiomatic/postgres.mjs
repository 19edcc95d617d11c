/** The count as a row of PostgreSQL. */

import { X509Certificate } from "node:crypto";
import pg from "pg";
import { respond } from "./respond.mjs";

const [, connectionString, key, authority] = /^([^/]+\/\/[^/]+\/[^/]+)\/(.+?)(?:\?ca=(.+))?$/s.exec(process.env.STORE);

const pool = new pg.Pool({
  connectionString,
  ssl: authority ? { ca: new X509Certificate(Buffer.from(authority, "base64url")).toString() } : false,
  // An environment has one call at a time.
  max: 1,
  // By default nothing bounds either wait.
  connectionTimeoutMillis: 4_000,
  query_timeout: 4_000,
}).on("error", (error) => console.error("postgres", error));

let table;

/** Makes the table, unless another process makes it at the same moment. */
async function createTable() {
  try {
    await pool.query("CREATE TABLE IF NOT EXISTS counts (key text PRIMARY KEY, count bigint NOT NULL)");
  } catch (error) {
    if (error.code !== "23505") throw error;
  }
}

/** @param {number} n */
async function add(n) {
  table ??= createTable();
  try {
    await table;
  } catch (error) {
    table = undefined;
    throw error;
  }
  if (process.env.COUNTER_UPDATE !== "read-then-write") {
    const { rows } = await pool.query(
      "INSERT INTO counts (key, count) VALUES ($1, $2) " +
        "ON CONFLICT (key) DO UPDATE SET count = counts.count + excluded.count RETURNING count",
      [key, n],
    );
    return rows[0].count;
  }
  // What the original study did: concurrent calls lose updates.
  const { rows } = await pool.query("SELECT count FROM counts WHERE key = $1", [key]);
  const after = BigInt(rows[0]?.count ?? 0) + BigInt(n);
  if (n > 0) {
    await pool.query(
      "INSERT INTO counts (key, count) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET count = excluded.count",
      [key, after],
    );
  }
  return after;
}

/** @param {any} event */
export const handler = async (event) => respond(event, add);
