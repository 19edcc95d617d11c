/**
 * The count as the body of one S3 object, written only where it is still what was read. Must not know the
 * environment: the configuration comes in.
 *
 * @typedef {{ count: bigint, etag: string | undefined }} Seen A count and the state of the object that holds it; no
 *   etag: there is no object.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { clientConfig, trimmed } from "../client.mjs";
import { checkedAdd, parseCount } from "../count.mjs";
import { readFailed, StoreError, writeFailed } from "../errors.mjs";

/**
 * New rounds begin until this has passed, not until some number of rounds: of fifty callers on one key each
 * wins at last, but after how many is not known. Below the handler's 15 s.
 */
const ROUNDS_MS = 12_000;
/**
 * The ceiling of the first pause. Most conflicts are with one other writer who is then done, so it is well below
 * the 60–90 ms of a round inside a region.
 */
const FIRST_PAUSE_MS = 20;
/**
 * The ceiling of all later ones. One writer wins per round whatever the pauses; these keep most of fifty callers
 * off the wire, and leave each some twenty tries.
 */
const LONGEST_PAUSE_MS = 1_000;
/**
 * Or so many rounds as the last one was: callers who share a processor make each other's rounds long, and fewer at
 * a time are through sooner. Never beyond `ROUNDS_MS`: then no pause is longer than what is left.
 */
const PAUSE_ROUNDS = 20;

/**
 * With a newline, which proves to the next reader that nothing of it is missing.
 *
 * @param {bigint} count
 */
const body = (count) => `${count}\n`;

/**
 * S3 sends an ETag with every 200: an answer without one is not S3's, but for example a proxy's page.
 *
 * @param {string | undefined} etag
 * @returns {string}
 */
function stated(etag) {
  if (etag) return etag;
  throw new Error("the answer has no ETag, so it is not S3's");
}

/**
 * The count in the object `key` of the bucket `place`; a missing object is 0. Makes no call.
 *
 * @param {{
 *   location: import("../config.mjs").Location,
 *   update: import("../config.mjs").Update,
 *   connection: import("../config.mjs").Connection,
 * }} config
 * @returns {import("../handler.mjs").Store}
 */
export function s3Store({ location: { place, key, url }, update, connection }) {
  const object = { Bucket: place, Key: key };
  const client = trimmed(
    new S3Client({
      ...clientConfig(connection),
      // An endpoint that is not AWS's own rarely has a name for every bucket.
      forcePathStyle: connection.endpoint !== undefined,
      // TLS and SigV4 already protect these twenty bytes.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      disableS3ExpressSessionAuth: true,
      useArnRegion: false,
      sigv4aSigningRegionSet: [],
    }),
  );

  /**
   * What the last undisturbed write left behind: the only writer needs no GET.
   *
   * @type {Seen | undefined}
   */
  let seen;
  /** The ceiling of the next pause, kept between calls: no newcomer is sooner at the key than those who wait. */
  let ceilingMs = FIRST_PAUSE_MS;

  /**
   * @param {bigint} n
   * @param {AbortSignal} abortSignal
   */
  async function addAtomically(n, abortSignal) {
    const started = performance.now();
    let known = seen;
    seen = undefined;
    for (let attempts = 1; ; attempts += 1) {
      const remembered = known !== undefined;
      const begun = performance.now();
      const before = known ?? (await get(abortSignal));
      known = undefined;
      const after = await putIfUnchanged(before, n, abortSignal);
      if (after !== undefined) {
        // With others around, the next call had better read first.
        if (attempts === 1) {
          ceilingMs = Math.max(ceilingMs / 2, FIRST_PAUSE_MS);
          seen = after;
        }
        return after.count;
      }
      // What was remembered is old, which does not mean that others write now: read at once.
      if (remembered) continue;
      const now = performance.now();
      const leftMs = ROUNDS_MS - (now - started);
      if (leftMs < 0) throw new StoreError(`other writers won all ${attempts} rounds on ${url}`);
      await sleep(pauseMs(leftMs, now - begun), undefined, { signal: abortSignal });
    }
  }

  /**
   * How long to keep off a contended key. Full jitter: who has just met is spread over the whole pause. And the
   * less time is left, the shorter: who has lost often goes first.
   *
   * @param {number} leftMs
   * @param {number} roundMs
   */
  function pauseMs(leftMs, roundMs) {
    const now = ceilingMs;
    ceilingMs = Math.min(now * 2, Math.max(LONGEST_PAUSE_MS, PAUSE_ROUNDS * roundMs), ROUNDS_MS);
    return now * Math.random() * (leftMs / ROUNDS_MS);
  }

  /**
   * @param {AbortSignal} abortSignal
   * @returns {Promise<Seen>}
   */
  async function get(abortSignal) {
    try {
      const got = await client.send(new GetObjectCommand(object), { abortSignal });
      const text = await got.Body?.transformToString();
      // The connection's end ends a body without a length, so that 1234 may be the beginning of 12345. Objects written
      // before the newline was are read by their length, which S3 always sends.
      if (got.ContentLength === undefined && !text?.endsWith("\n")) {
        throw new Error("the answer has neither a Content-Length nor a newline after the count");
      }
      return { count: parseCount(text, url), etag: stated(got.ETag) };
    } catch (error) {
      if (error instanceof NoSuchKey) return { count: 0n, etag: undefined };
      if (error instanceof StoreError) throw error;
      return readFailed(url)(error);
    }
  }

  /**
   * An attempt whose answer was lost and that the SDK repeats meets its own write: a conflict, after which
   * everything is read again. Numbers are skipped, none repeated.
   *
   * @param {Seen} before
   * @param {bigint} n
   * @param {AbortSignal} abortSignal
   * @returns {Promise<Seen | undefined>} Nothing where another writer was faster.
   */
  async function putIfUnchanged(before, n, abortSignal) {
    const count = checkedAdd(before.count, n);
    const condition = before.etag === undefined ? { IfNoneMatch: "*" } : { IfMatch: before.etag };
    const command = new PutObjectCommand({ ...object, Body: body(count), ...condition });
    try {
      const put = await client.send(command, { abortSignal });
      return { count, etag: stated(put.ETag) };
    } catch (error) {
      // 412: changed since. 409: being changed. 404: deleted since (to If-Match).
      const status = /** @type {any} */ (error)?.$metadata?.httpStatusCode;
      if (status === 412 || status === 409 || (status === 404 && before.etag !== undefined)) return undefined;
      return writeFailed(url)(error);
    }
  }

  /**
   * What the original study did: read, add here, write.
   *
   * @param {bigint} n
   * @param {AbortSignal} abortSignal
   */
  async function readThenWrite(n, abortSignal) {
    const count = checkedAdd((await get(abortSignal)).count, n);
    // A readiness check must not undo what others write meanwhile.
    if (n > 0n) {
      const put = new PutObjectCommand({ ...object, Body: body(count) });
      await client
        .send(put, { abortSignal })
        .then((done) => stated(done.ETag))
        .catch(writeFailed(url));
    }
    return count;
  }

  return { add: update === "atomic" ? addAtomically : readThenWrite };
}
