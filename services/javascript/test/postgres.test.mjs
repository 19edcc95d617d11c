/** The store in PostgreSQL through the real client, against a stand-in of its protocol on loopback. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { TLSSocket } from "node:tls";
import { readCount } from "../src/config.mjs";
import { chain } from "../src/errors.mjs";
import { postgresStore } from "../src/stores/postgres.mjs";
import { listening, never, sorted, upTo } from "./stand-in.mjs";

/** @type {(place: string, update?: string) => import("../src/handler.mjs").Store} */
const at = (place, COUNTER_UPDATE) =>
  postgresStore(readCount({ STORE: `postgres://counter:s3-cret@${place}`, COUNTER_UPDATE }, "postgres"));
/** @type {(port: number, update?: string) => import("../src/handler.mjs").Store} */
const open = (port, update) => at(`127.0.0.1:${port}/counts/hits`, update);

/**
 * A message of the server's: its type, its length, its parts (PostgreSQL, "Message Formats").
 *
 * @type {(type: string, ...parts: (Buffer | string)[]) => Buffer}
 */
function message(type, ...parts) {
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(`${part}\0`) : part)));
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}
/** @type {(value: number) => Buffer} */
const int32 = (value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
/** @type {(value: number) => Buffer} */
const int16 = (value) => Buffer.from([value >>> 8, value]);
/** @type {(code: string, text: string) => Buffer} */
const failure = (code, text) => message("E", `SERROR`, `C${code}`, `M${text}`, Buffer.from([0]));
const READY = message("Z", Buffer.from("I"));
const SSL_REQUEST = 80_877_103;

/** As much of a server as a counter needs: one row, and statements known by how they begin. */
class Server {
  /** @type {bigint | undefined} */
  hits;
  hasTable = true;
  /** @type {string[]} What was parsed, and what was done. */
  statements = [];
  connections = 0;
  /** @type {{ key: string, cert: string } | undefined} */
  tls;
  /** Called once statements are done; what it returns is sent in place of the answer, and nothing breaks the connection. */
  disturb = (/** @type {Buffer} */ answer) => /** @type {Buffer | undefined} */ (answer);

  /**
   * @param {import("node:test").TestContext} test Closes it at its end.
   * @returns {Promise<number>} Its port.
   */
  start(test) {
    return listening(test, (socket) => {
      this.connections += 1;
      this.#serve(socket);
    });
  }

  /** @param {import("node:net").Socket} socket */
  #serve(socket) {
    let bytes = Buffer.alloc(0);
    let hasStarted = false;
    /** @type {Buffer[]} */
    let answers = [];
    let failed = false;
    /** @type {Map<string, string>} */
    const prepared = new Map();
    let bound = { text: "", values: /** @type {string[]} */ ([]) };
    const read = (/** @type {Buffer} */ chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (true) {
        const head = hasStarted ? 1 : 0;
        if (bytes.length < head + 4 || bytes.length < head + bytes.readInt32BE(head)) return;
        const end = head + bytes.readInt32BE(head);
        const [type, body] = [bytes.toString("latin1", 0, head), bytes.subarray(head + 4, end)];
        bytes = bytes.subarray(end);
        if (!hasStarted && body.readInt32BE(0) === SSL_REQUEST) {
          if (!this.tls) return socket.write("N");
          socket.write("S");
          socket.off("data", read);
          const encrypted = new TLSSocket(socket, { isServer: true, ...this.tls });
          encrypted.on("error", () => {});
          return this.#serve(encrypted);
        }
        if (!hasStarted) {
          hasStarted = true;
          socket.write(Buffer.concat([message("R", int32(0)), READY]));
          continue;
        }
        if (type === "X") return socket.end();
        if (type === "S" || type === "Q") {
          if (type === "Q") answers.push(this.#run(body.toString("utf8").slice(0, -1), []));
          const answer = this.disturb(Buffer.concat([...answers, READY]));
          [answers, failed] = [[], false];
          if (answer === undefined) return socket.destroy();
          socket.write(answer);
        } else if (!failed) {
          const words = body.toString("utf8").split("\0");
          if (type === "P") answers.push(this.#parse(prepared, words[0] ?? "", words[1] ?? ""));
          if (type === "B") [bound, answers] = [this.#bind(prepared, body), [...answers, message("2")]];
          if (type === "E") answers.push(this.#run(bound.text, bound.values));
          failed = answers.at(-1)?.[0] === "E".charCodeAt(0);
        }
      }
    };
    socket.on("error", () => {});
    socket.on("data", read);
  }

  /** @type {(prepared: Map<string, string>, name: string, text: string) => Buffer} */
  #parse(prepared, name, text) {
    this.statements.push(`parse ${name}`);
    if (!this.hasTable) return failure("42P01", 'relation "counts" does not exist');
    prepared.set(name, text);
    return message("1");
  }

  /** @type {(prepared: Map<string, string>, body: Buffer) => { text: string, values: string[] }} */
  #bind(prepared, body) {
    const name = body.toString("utf8", 1, body.indexOf(0, 1));
    let offset = 1 + name.length + 1;
    offset += 2 + 2 * body.readInt16BE(offset);
    const values = [];
    for (let left = body.readInt16BE(offset), begin = offset + 2; left > 0; left -= 1) {
      const length = body.readInt32BE(begin);
      values.push(body.toString("utf8", begin + 4, begin + 4 + length));
      begin += 4 + length;
    }
    return { text: prepared.get(name) ?? "", values };
  }

  /** @type {(text: string, values: string[]) => Buffer} */
  #run(text, [key, value = ""]) {
    if (text.startsWith("CREATE TABLE IF NOT EXISTS counts")) {
      this.statements.push("create");
      this.hasTable = true;
      return message("C", "CREATE TABLE");
    }
    if (key !== "hits") return failure("42601", "no such statement");
    const does = text.startsWith("SELECT") ? "read" : text.includes("AS old") ? "add" : "write";
    this.statements.push(does);
    const after = { read: this.hits, add: (this.hits ?? 0n) + BigInt(value || 0), write: BigInt(value || 0) }[does];
    if (after !== undefined && after >= 2n ** 63n) return failure("22003", "bigint out of range");
    this.hits = after;
    if (after === undefined) return message("C", "SELECT 0");
    const [column, row] = [
      Buffer.concat([int32(0), int16(0), int32(20), int16(8), int32(-1), int16(0)]),
      String(after),
    ];
    return Buffer.concat([
      message("T", int16(1), "count", column),
      message("D", int16(1), int32(row.length), Buffer.from(row)),
      message("C", does === "read" ? "SELECT 1" : "INSERT 0 1"),
    ]);
  }
}

test("fifty concurrent callers get fifty numbers, of one environment and of fifty, each on one connection", async (context) => {
  for (const environments of [1, 50]) {
    const server = new Server();
    const port = await server.start(context);
    const stores = Array.from({ length: environments }, () => open(port));
    const numbers = upTo(50).map((_, index) => stores[index % environments]?.add(1n, new AbortController().signal));
    assert.deepEqual(sorted(/** @type {bigint[]} */ (await Promise.all(numbers))), upTo(50));
    assert.deepEqual([server.hits, server.connections], [50n, environments]);
    // Prepared once a connection, and nothing else is asked of it.
    assert.equal(server.statements.filter((it) => it === "parse add").length, environments);
    assert.equal(server.statements.length, environments + 50);
  }
});

test("the first call makes a missing table", async (context) => {
  const server = new Server();
  server.hasTable = false;
  const store = open(await server.start(context));
  assert.deepEqual([await store.add(0n, never), await store.add(1n, never)], [0n, 1n]);
  assert.deepEqual(server.statements, ["parse add", "create", "parse add", "add", "add"]);
});

test("a count beyond 2^53 is exact, and one beyond 2^63 is refused", async (context) => {
  const server = new Server();
  server.hits = 2n ** 53n;
  const store = open(await server.start(context));
  assert.equal(await store.add(1n, never), 2n ** 53n + 1n);
  server.hits = 2n ** 63n - 1n;
  await assert.rejects(store.add(1n, never), (failure) => chain(failure).includes("out of range"));
  assert.deepEqual([await store.add(0n, never), server.connections], [2n ** 63n - 1n, 1]);
});

test("an answer that is lost skips a number and repeats none", async (context) => {
  const server = new Server();
  const store = open(await server.start(context));
  assert.equal(await store.add(1n, never), 1n);
  let lost = 2;
  server.disturb = (answer) => (lost-- > 0 ? undefined : answer);
  assert.equal(await store.add(1n, never), 4n);
  lost = 3;
  await assert.rejects(store.add(1n, never), (failure) => {
    assert.match(chain(failure), /^writing the count to postgres:\/\/counter@127\.0\.0\.1:\d+\/counts\/hits failed: /);
    return true;
  });
  assert.equal(await store.add(1n, never), 8n);
});

test("an error that may pass is tried again on another connection, any other is not", async (context) => {
  const server = new Server();
  const store = open(await server.start(context));
  let errors = ["57P03"];
  server.disturb = (answer) => {
    const code = errors.shift();
    return code ? Buffer.concat([failure(code, "the database system is starting up"), READY]) : answer;
  };
  assert.equal(await store.add(1n, never), 2n);
  assert.equal(server.connections, 2);
  errors = ["42501"];
  await assert.rejects(store.add(1n, never), (failure) => chain(failure).includes("starting up"));
  assert.equal(server.connections, 2);
});

test("read-then-write reads, and writes unless it is a health check", async (context) => {
  const server = new Server();
  const store = open(await server.start(context), "read-then-write");
  assert.deepEqual([await store.add(0n, never), await store.add(1n, never), await store.add(1n, never)], [0n, 1n, 2n]);
  const done = server.statements.filter((it) => !it.startsWith("parse"));
  assert.deepEqual(done, ["read", "read", "write", "read", "write"]);
});

test("a server that refuses connections is an error that names the place, without the password", async () => {
  // Port 9 of loopback: nothing listens there.
  await assert.rejects(open(9).add(1n, never), (failure) => {
    assert.match(
      chain(failure),
      /^writing the count to postgres:\/\/counter@127\.0\.0\.1:9\/counts\/hits failed: .*ECONNREFUSED/,
    );
    return !chain(failure).includes("s3-cret");
  });
});

test("a server that never answers is given up after three attempts of 3 s, or with the caller's patience", async (context) => {
  const server = new Server();
  server.disturb = () => Buffer.alloc(0);
  const store = open(await server.start(context));
  let started = performance.now();
  await assert.rejects(store.add(1n, never), (failure) => chain(failure).includes("no answer within 3 s"));
  const tookMs = performance.now() - started;
  assert.ok(tookMs > 8_900 && tookMs < 11_000, `${tookMs} ms`);
  started = performance.now();
  await assert.rejects(store.add(1n, AbortSignal.timeout(300)));
  assert.ok(performance.now() - started < 2_000);
  server.disturb = (answer) => answer;
  assert.equal(await store.add(0n, never), 4n);
});

/**
 * A certificate of its own authority's, for `localhost`.
 *
 * @param {import("node:test").TestContext} context
 */
function certified(context) {
  const folder = mkdtempSync(join(tmpdir(), "certificate-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", [...request, "-keyout", key, "-out", cert, ...names], { stdio: "ignore" });
  const text = readFileSync(cert, "utf8");
  return { key: readFileSync(key, "utf8"), cert: text, ca: new X509Certificate(text).raw.toString("base64url") };
}

test("by TLS a server is called whose authority and name are verified, and no other", async (context) => {
  const [own, other] = [certified(context), certified(context)];
  const server = new Server();
  server.tls = own;
  const port = await server.start(context);
  assert.equal(await at(`localhost:${port}/counts/hits?ca=${own.ca}`).add(1n, never), 1n);
  for (const [place, why] of [
    [`localhost:${port}/counts/hits?ca=${other.ca}`, /self-signed certificate/],
    [`127.0.0.1:${port}/counts/hits?ca=${own.ca}`, /does not match certificate's altnames/],
  ]) {
    await assert.rejects(at(/** @type {string} */ (place)).add(1n, never), (failure) => {
      assert.match(chain(failure), /** @type {RegExp} */ (why));
      return true;
    });
  }
  assert.equal(server.hits, 1n);
  // One that does not encrypt is none.
  server.tls = undefined;
  await assert.rejects(at(`localhost:${port}/counts/hits?ca=${own.ca}`).add(1n, never), (failure) =>
    chain(failure).includes("does not support SSL"),
  );
  assert.throws(() => at(`localhost:${port}/counts/hits?ca=Zm8`), /has a certificate that is none$/);
});
