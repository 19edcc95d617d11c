/** The count as the body of one S3 object, written only where it is still what was read. */

import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { respond } from "./respond.mjs";

const [Bucket, ...key] = process.env.STORE.replace("s3://", "").split("/");
const object = { Bucket, Key: key.join("/") };
// The SDK waits without end by default.
const client = new S3Client({
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
});

/** How long rounds are begun that another writer may win: less than a front waits for a function. */
const ROUNDS_MS = 12_000;

/** @param {number} n */
async function add(n) {
  const began = Date.now();
  for (let ceilingMs = 20; ; ) {
    const roundBegan = Date.now();
    const { before, condition } = await read();
    const count = before + n;
    // What the original study did. A health check must not undo what others write meanwhile.
    const plain = process.env.COUNTER_UPDATE === "read-then-write";
    if (plain && n === 0) return count;
    try {
      await client.send(new PutObjectCommand({ ...object, Body: `${count}\n`, ...(plain ? {} : condition) }));
      return count;
    } catch (error) {
      // Written or deleted since it was read: another round, after a pause with full jitter.
      const contended = [404, 409, 412].includes(error.$metadata?.httpStatusCode);
      if (!contended || Date.now() - began > ROUNDS_MS) throw error;
    }
    const now = Date.now();
    await sleep(Math.random() * Math.min(ceilingMs, Math.max(0, ROUNDS_MS - (now - began))));
    // Of twenty rounds at most: callers who share a processor make them long.
    ceilingMs = Math.min(ceilingMs * 2, Math.max(1_000, 20 * (now - roundBegan)));
  }
}

/** The count, and on what condition it may be replaced; a missing object is 0. */
async function read() {
  try {
    const got = await client.send(new GetObjectCommand(object));
    return { before: Number(await got.Body.transformToString()), condition: { IfMatch: got.ETag } };
  } catch (error) {
    if (error instanceof NoSuchKey) return { before: 0, condition: { IfNoneMatch: "*" } };
    throw error;
  }
}

/** @param {any} event */
export const handler = async (event) => respond(event, add);
