/** The store in Valkey through the real client, against a stand-in of its protocol on loopback. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readCount } from "../src/config.mjs";
import { chain } from "../src/errors.mjs";
import { valkeyStore } from "../src/stores/valkey.mjs";
import { listening, never, sorted, upTo } from "./stand-in.mjs";

/** @type {(port: number, update?: string) => import("../src/handler.mjs").Store} */
const open = (port, COUNTER_UPDATE) =>
  valkeyStore(readCount({ STORE: `valkey://127.0.0.1:${port}/hits`, COUNTER_UPDATE }, "valkey"));

/** As much of a server as a counter needs: one key, and commands as arrays of texts. */
class Server {
  /** @type {string | undefined} */
  hits;
  /** @type {string[]} */
  commands = [];
  connections = 0;
  /** Called once a command is done; what it returns is sent in place of the answer, and nothing breaks the connection. */
  disturb = (/** @type {string} */ answer) => /** @type {string | undefined} */ (answer);

  /**
   * @param {import("node:test").TestContext} test Closes it at its end.
   * @returns {Promise<number>} Its port.
   */
  start(test) {
    return listening(test, (socket) => {
      this.connections += 1;
      let text = "";
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        text += chunk;
        for (let command = take(); command !== undefined; command = take()) {
          const answer = this.disturb(this.#answer(command));
          if (answer === undefined) return socket.destroy();
          socket.write(answer);
        }
      });
      function take() {
        const head = /^\*(\d+)\r\n/.exec(text);
        if (!head) return undefined;
        const words = Number(head[1]);
        const whole = new RegExp(`^\\*\\d+\\r\\n(?:\\$\\d+\\r\\n([^\\r]*)\\r\\n){${words}}`).exec(text);
        if (!whole) return undefined;
        text = text.slice(whole[0].length);
        return whole[0].split("\r\n").filter((_, index) => index > 0 && index % 2 === 0);
      }
    });
  }

  /** @param {string[]} command */
  #answer([name = "", key, value = ""]) {
    this.commands.push(name);
    if (key !== "hits") return `-ERR unknown command '${name}'\r\n`;
    if (name === "GET") return this.hits === undefined ? "$-1\r\n" : `$${this.hits.length}\r\n${this.hits}\r\n`;
    if (name === "SET") this.hits = value;
    if (name === "SET") return "+OK\r\n";
    if (!/^\d*$/.test(this.hits ?? "")) return "-ERR value is not an integer or out of range\r\n";
    this.hits = String(BigInt(this.hits ?? 0) + BigInt(value));
    return `:${this.hits}\r\n`;
  }
}

test("fifty concurrent callers get fifty numbers, of one environment and of fifty", async (context) => {
  for (const environments of [1, 50]) {
    const server = new Server();
    const port = await server.start(context);
    const stores = Array.from({ length: environments }, () => open(port));
    const numbers = upTo(50).map((_, index) => stores[index % environments]?.add(1n, new AbortController().signal));
    assert.deepEqual(sorted(/** @type {bigint[]} */ (await Promise.all(numbers))), upTo(50));
    assert.deepEqual([server.hits, server.connections], ["50", environments]);
    // Nothing else is asked of it.
    assert.deepEqual(new Set(server.commands), new Set(["INCRBY"]));
  }
});

test("a count beyond 2^53 is exact", async (context) => {
  const server = new Server();
  server.hits = String(2n ** 53n);
  const store = open(await server.start(context));
  assert.equal(await store.add(1n, never), 2n ** 53n + 1n);
  assert.equal(await store.add(0n, never), 2n ** 53n + 1n);
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
    assert.match(chain(failure), /^writing the count to valkey:\/\/127\.0\.0\.1:\d+\/hits failed: /);
    return true;
  });
  assert.equal(await store.add(1n, never), 8n);
});

test("an error that may pass is tried again on another connection, any other is not", async (context) => {
  const server = new Server();
  const store = open(await server.start(context));
  let first = true;
  server.disturb = (answer) => {
    const passes = first;
    first = false;
    return passes ? "-READONLY You can't write against a read only replica.\r\n" : answer;
  };
  assert.equal(await store.add(1n, never), 2n);
  assert.equal(server.connections, 2);
  server.disturb = (answer) => answer;
  server.hits = "many";
  server.commands = [];
  await assert.rejects(store.add(1n, never), (failure) => chain(failure).includes("value is not an integer"));
  assert.deepEqual(server.commands, ["INCRBY"]);
});

test("read-then-write reads, and writes unless it is a health check", async (context) => {
  const server = new Server();
  const store = open(await server.start(context), "read-then-write");
  assert.deepEqual([await store.add(0n, never), await store.add(1n, never), await store.add(1n, never)], [0n, 1n, 2n]);
  assert.deepEqual(server.commands, ["GET", "GET", "SET", "GET", "SET"]);
  server.hits = "1.5";
  await assert.rejects(store.add(1n, never), (failure) => chain(failure).includes('holds "1.5" where a decimal'));
  server.hits = String(2n ** 64n - 1n);
  await assert.rejects(store.add(1n, never), /2\^64 - 1/);
});

test("a server that refuses connections is an error that names the place", async () => {
  // Port 9 of loopback: nothing listens there.
  await assert.rejects(open(9).add(1n, never), (failure) => {
    assert.match(chain(failure), /^writing the count to valkey:\/\/127\.0\.0\.1:9\/hits failed: .*ECONNREFUSED/);
    return true;
  });
});

test("a server that never answers is given up after three attempts of 3 s, or with the caller's patience", async (context) => {
  const server = new Server();
  server.disturb = () => "";
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
