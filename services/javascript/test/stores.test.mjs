/** Both stores through the real SDK, against stand-ins on loopback. */

import assert from "node:assert/strict";
import { createServer, Socket } from "node:net";
import { test } from "node:test";
import { readConfig } from "../src/config.mjs";
import { chain } from "../src/errors.mjs";
import { dynamoDbStore } from "../src/stores/dynamodb.mjs";
import { s3Store } from "../src/stores/s3.mjs";
import { environment } from "./help/environment.mjs";
import { Bucket, error, serve, Table } from "./help/stand-ins.mjs";

const never = new AbortController().signal;

/** @type {(endpoint: string, update?: string) => import("../src/handler.mjs").Store} */
const dynamoDb = (endpoint, COUNTER_UPDATE) =>
  dynamoDbStore(readConfig(environment("dynamodb", endpoint, { COUNTER_UPDATE }), "dynamodb"));
/** @type {(endpoint: string, update?: string) => import("../src/handler.mjs").Store} */
const s3 = (endpoint, COUNTER_UPDATE) => s3Store(readConfig(environment("s3", endpoint, { COUNTER_UPDATE }), "s3"));

const STORES = [
  { name: "DynamoDB", open: dynamoDb, service: () => new Table(), count: (/** @type {any} */ table) => table.hits },
  { name: "S3", open: s3, service: () => new Bucket(), count: (/** @type {any} */ bucket) => bucket.body?.trim() },
];

/** @type {(n: number) => bigint[]} */
const upTo = (n) => Array.from({ length: n }, (_, index) => BigInt(index + 1));
/** @type {(numbers: bigint[]) => bigint[]} */
const sorted = (numbers) => numbers.sort((a, b) => (a < b ? -1 : 1));

for (const { name, open, service, count } of STORES) {
  test(`${name}: fifty concurrent callers of as many environments get fifty numbers`, async (context) => {
    const stored = service();
    const endpoint = await serve(context, (asked) => stored.answer(asked));
    const numbers = await Promise.all(upTo(50).map(() => open(endpoint).add(1n, never)));
    assert.deepEqual(sorted(numbers), upTo(50));
    assert.equal(count(stored), "50");
  });

  test(`${name}: fifty concurrent callers of one environment get fifty numbers`, async (context) => {
    const stored = service();
    const endpoint = await serve(context, (asked) => stored.answer(asked));
    const store = open(endpoint);
    assert.deepEqual(sorted(await Promise.all(upTo(50).map(() => store.add(1n, never)))), upTo(50));
    assert.equal(count(stored), "50");
  });

  test(`${name}: a processor that is away for more than a second while it connects costs no attempt`, async (context) => {
    const stored = service();
    const endpoint = await serve(context, (asked) => stored.answer(asked));
    const connect = Socket.prototype.connect;
    let connections = 0;
    /** @type {(rounds: number) => void} Behind everything that is to be done at once. */
    const away = (rounds) => {
      if (rounds > 0) return process.nextTick(away, rounds - 1);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
    };
    /** @this {Socket} @param {any[]} to */
    function connecting(...to) {
      connections += 1;
      if (connections === 1) away(10);
      return Reflect.apply(connect, this, to);
    }
    context.mock.method(Socket.prototype, "connect", connecting);
    assert.equal(await open(endpoint).add(1n, never), 1n);
    assert.equal(connections, 1);
  });

  test(`${name}: adding nothing reads the count and goes the way of a write`, async (context) => {
    const stored = service();
    const store = open(await serve(context, (asked) => stored.answer(asked)));
    assert.equal(await store.add(0n, never), 0n);
    assert.equal(await store.add(1n, never), 1n);
    assert.equal(await store.add(0n, never), 1n);
    assert.equal(count(stored), "1");
  });

  test(`${name}: read-then-write loses what is written between the two`, async (context) => {
    const stored = service();
    const reads = /** @type {(() => void)[]} */ ([]);
    const endpoint = await serve(context, async (asked) => {
      const answer = stored.answer(asked);
      // Both have read before either writes.
      if (reads.length < 2) {
        const both = new Promise((resolve) => reads.push(() => resolve(undefined)));
        if (reads.length === 2) for (const goOn of reads) goOn();
        await both;
      }
      return answer;
    });
    const [one, other] = [open(endpoint, "read-then-write"), open(endpoint, "read-then-write")];
    assert.deepEqual(await Promise.all([one.add(1n, never), other.add(1n, never)]), [1n, 1n]);
    assert.equal(count(stored), "1");
  });

  test(`${name}: read-then-write only reads for a health check`, async (context) => {
    const stored = service();
    const store = open(await serve(context, (asked) => stored.answer(asked)), "read-then-write");
    assert.equal(await store.add(0n, never), 0n);
    assert.equal(stored.operations.length, 1);
    assert.match(stored.operations[0] ?? "", /^GET$|^GetItem$/);
  });

  test(`${name}: a service that refuses connections is an error that names the place`, async () => {
    // Port 9 of loopback: nothing listens there.
    await assert.rejects(open("http://127.0.0.1:9").add(1n, never), (failure) => {
      assert.match(
        chain(failure),
        /^(reading|writing) the count (from|to) (s3|dynamodb):\/\/counters\/hits failed: .*ECONNREFUSED/,
      );
      return true;
    });
  });

  test(`${name}: a service that never answers is given up after three attempts of 3 s`, async (context) => {
    const silent = createServer(() => {});
    await new Promise((resolve) => silent.listen(0, "127.0.0.1", () => resolve(undefined)));
    context.after(() => silent.close());
    const { port } = /** @type {import("node:net").AddressInfo} */ (silent.address());
    const started = performance.now();
    await assert.rejects(open(`http://127.0.0.1:${port}`).add(1n, never), (failure) =>
      /TimeoutError/.test(chain(failure)),
    );
    const tookMs = performance.now() - started;
    assert.ok(tookMs > 8_900 && tookMs < 11_000, `${tookMs} ms`);
  });

  test(`${name}: what stalls in an answer's body ends with the caller's patience`, async (context) => {
    const stalls = createServer((socket) => {
      socket.on("error", () => {});
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n4");
    });
    await new Promise((resolve) => stalls.listen(0, "127.0.0.1", () => resolve(undefined)));
    context.after(() => stalls.close());
    const { port } = /** @type {import("node:net").AddressInfo} */ (stalls.address());
    const started = performance.now();
    await assert.rejects(open(`http://127.0.0.1:${port}`).add(1n, AbortSignal.timeout(300)));
    assert.ok(performance.now() - started < 2_000);
  });

  test(`${name}: an answer that never ends is refused before it fills memory`, async (context) => {
    for (const head of ["transfer-encoding: chunked\r\n\r\n", "content-length: 99999999999\r\n\r\n", "\r\n"]) {
      let [sent, closed] = [0, false];
      const endless = createServer((socket) => {
        socket.on("error", () => {});
        socket.on("close", () => {
          closed = true;
        });
        socket.write(`HTTP/1.1 200 OK\r\netag: "1"\r\n${head}`);
        const chunk = "9".repeat(1 << 16);
        const more = () => {
          while (!closed && socket.write(head.startsWith("transfer") ? `10000\r\n${chunk}\r\n` : chunk))
            sent += 1 << 16;
        };
        socket.on("drain", more);
        more();
      });
      await new Promise((resolve) => endless.listen(0, "127.0.0.1", () => resolve(undefined)));
      context.after(() => endless.close());
      const { port } = /** @type {import("node:net").AddressInfo} */ (endless.address());
      const failing = open(`http://127.0.0.1:${port}`).add(1n, AbortSignal.timeout(10_000));
      await assert.rejects(failing, (failure) => /longer than 1048576 bytes/.test(chain(failure)));
      assert.ok(sent < 100 << 20, `${sent} bytes were taken`);
    }
  });

  test(`${name}: what is not a count is refused and left as it is`, async (context) => {
    const stored = /** @type {any} */ (service());
    const endpoint = await serve(context, (asked) => stored.answer(asked));
    if (name === "S3") stored.set("lots");
    else stored.hits = "1.5";
    const found = count(stored);
    await assert.rejects(open(endpoint, "read-then-write").add(1n, never), (failure) =>
      chain(failure).includes(`holds "${found}" where a decimal count belongs`),
    );
    assert.equal(count(stored), found);
  });

  test(`${name}: the largest count is not passed`, async (context) => {
    const stored = /** @type {any} */ (service());
    const endpoint = await serve(context, (asked) => stored.answer(asked));
    const largest = String(2n ** 64n - 1n);
    if (name === "S3") stored.set(largest);
    else stored.hits = largest;
    await assert.rejects(open(endpoint, "read-then-write").add(1n, never), /2\^64 - 1/);
    assert.equal(await open(endpoint, "read-then-write").add(0n, never), 2n ** 64n - 1n);
  });
}

test("S3: the only writer reads once, and reads again after another has written", async (context) => {
  const bucket = new Bucket();
  bucket.set("41\n");
  const store = s3(await serve(context, (asked) => bucket.answer(asked)));
  assert.equal(await store.add(1n, never), 42n);
  assert.equal(await store.add(1n, never), 43n);
  assert.deepEqual(bucket.operations, ["GET", "PUT", "PUT"]);
  bucket.set("100");
  assert.equal(await store.add(1n, never), 101n);
  assert.deepEqual(bucket.operations.slice(3), ["PUT", "GET", "PUT"]);
  // That call was disturbed, so the next one reads first; the one after it need not.
  assert.equal(await store.add(1n, never), 102n);
  assert.equal(await store.add(1n, never), 103n);
  assert.deepEqual(bucket.operations.slice(6), ["GET", "PUT", "PUT"]);
});

test("S3: an object deleted since, and one being written, are conflicts", async (context) => {
  const bucket = new Bucket();
  let busy = 0;
  const endpoint = await serve(context, (asked) => {
    if (asked.method === "PUT" && busy > 0) {
      busy -= 1;
      return error(409, "ConditionalRequestConflict");
    }
    return bucket.answer(asked);
  });
  const store = s3(endpoint);
  assert.equal(await store.add(1n, never), 1n);
  bucket.set(undefined);
  assert.equal(await store.add(1n, never), 1n);
  busy = 3;
  assert.equal(await store.add(1n, never), 2n);
});

test("S3: a 200 without an ETag is neither a read nor a write", async (context) => {
  const bucket = new Bucket();
  let method = "PUT";
  const endpoint = await serve(context, (asked) => {
    const answer = bucket.answer(asked);
    return asked.method === method ? { ...answer, headers: {} } : answer;
  });
  for (const update of ["atomic", "read-then-write"]) {
    const store = s3(endpoint, update);
    for (method of ["PUT", "GET"]) {
      await assert.rejects(store.add(1n, never), (failure) => chain(failure).includes("has no ETag"), method);
    }
    method = "none";
    const count = BigInt(bucket.body ?? 0);
    assert.equal(await store.add(1n, never), count + 1n, "the next call works");
  }
});

test("S3: a count whose end is missing is refused, and one without a newline is read by its length", async (context) => {
  const bucket = new Bucket();
  let cut = "";
  const proxy = createServer((socket) => {
    socket.on("error", () => {});
    // An HTTP/1.0 proxy: the connection's end is the body's.
    socket.once("data", () => socket.end(`HTTP/1.0 200 OK\r\netag: "1"\r\n\r\n${cut}`));
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", () => resolve(undefined)));
  context.after(() => proxy.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (proxy.address());
  for (cut of ["1234", "12345", ""]) {
    await assert.rejects(s3(`http://127.0.0.1:${port}`).add(0n, never), (failure) =>
      /neither a Content-Length nor a newline/.test(chain(failure)),
    );
  }
  bucket.set("12345");
  const store = s3(await serve(context, (asked) => bucket.answer(asked)));
  assert.equal(await store.add(1n, never), 12_346n);
  assert.equal(bucket.body, "12346\n");
});

test("S3: rounds end when the caller's patience does", async (context) => {
  const bucket = new Bucket();
  const endpoint = await serve(context, (asked) =>
    asked.method === "PUT" ? error(412, "PreconditionFailed") : bucket.answer(asked),
  );
  const started = performance.now();
  await assert.rejects(s3(endpoint).add(1n, AbortSignal.timeout(500)));
  assert.ok(performance.now() - started < 2_000);
});

test("S3: a missing bucket is an error, not a count of 0", async (context) => {
  const endpoint = await serve(context, () => error(404, "NoSuchBucket"));
  await assert.rejects(s3(endpoint).add(1n, never), (failure) => chain(failure).includes("NoSuchBucket"));
});

test("what a call does not need is not sent", async (context) => {
  for (const { open, service } of STORES) {
    const stored = service();
    /** @type {string[]} */
    const names = [];
    const endpoint = await serve(context, (asked) => {
      names.push(...Object.keys(asked.headers));
      return stored.answer(asked);
    });
    await open(endpoint).add(1n, never);
    for (const name of ["user-agent", "x-amz-user-agent", "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm"]) {
      assert.ok(!names.includes(name), name);
    }
    assert.ok(names.includes("authorization"));
  }
});

/**
 * The `connection` header, over three calls of each store.
 *
 * @param {import("node:test").TestContext} context
 */
async function connectionHeaders(context) {
  const seen = new Set();
  for (const { open, service } of STORES) {
    const stored = service();
    const endpoint = await serve(context, (asked) => {
      seen.add(asked.headers.connection);
      return stored.answer(asked);
    });
    const store = open(endpoint);
    for (let call = 0; call < 3; call += 1) await store.add(1n, never);
  }
  return [...seen];
}

test("connections are kept", async (context) => {
  assert.deepEqual(await connectionHeaders(context), ["keep-alive"]);
});

test("each call opens a connection of its own where the original study's calls are reproduced", async (context) => {
  process.env.AWS_NODEJS_CONNECTION_REUSE_ENABLED = "0";
  context.after(() => delete process.env.AWS_NODEJS_CONNECTION_REUSE_ENABLED);
  assert.deepEqual(await connectionHeaders(context), ["close"]);
});
