/** What configuration values mean, and what a wrong one is answered with. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, readConfig, readCount } from "../src/config.mjs";
import { environment } from "./help/environment.mjs";

/** @type {(more: Record<string, string | undefined>, scheme?: "dynamodb" | "s3") => ReturnType<typeof readConfig>} */
const read = (more, scheme = "s3") => readConfig(environment(scheme, "http://127.0.0.1:9", more), scheme);

/** @type {(more: Record<string, string | undefined>, line: string, scheme?: "dynamodb" | "s3") => void} */
function refused(more, line, scheme) {
  assert.throws(
    () => read(more, scheme),
    (error) => error instanceof ConfigError && error.message === line,
    line,
  );
}

test("a store is read from its URL", () => {
  assert.deepEqual(read({ STORE: "s3://bucket/a/b/hits" }).location, {
    place: "bucket",
    key: "a/b/hits",
    url: "s3://bucket/a/b/hits",
  });
  assert.equal(read({ STORE: "dynamodb://a_b.c-d/x/y" }, "dynamodb").location.key, "x/y");
  for (const [STORE, place, key] of [
    ["valkey://localhost:6379/hits", "localhost:6379", "hits"],
    ["valkeys://[::1]:1/a/b", "[::1]:1", "a/b"],
  ]) {
    assert.deepEqual(readCount({ STORE }, "valkey"), { location: { place, key, url: STORE }, update: "atomic" });
  }
});

test("a login is read from PostgreSQL's URL, and is in no message", () => {
  const STORE = "postgres://counter:s3-cret@db.example:5432/counts/a/b";
  const url = "postgres://counter@db.example:5432/counts/a/b";
  const login = { user: "counter", password: "s3-cret", database: "counts", authority: undefined };
  const location = { place: "db.example:5432", key: "a/b", url, login };
  assert.deepEqual(readCount({ STORE }, "postgres"), { location, update: "atomic" });
  const authority = Buffer.from("fo");
  const encrypted = readCount({ STORE: `${STORE}?ca=Zm8` }, "postgres").location;
  assert.deepEqual(encrypted, { ...location, login: { ...login, authority } });
  for (const wrong of [
    "postgres://counter:s3-cret@host/counts/hits",
    "postgres://counter@host:5432/counts/hits",
    "postgres://counter:s3-cret%20@host:5432/counts/hits",
    "postgres://counter:s3-cret@host:5432/counts",
    "postgres://counter:s3-cret@host:5432/counts/hits?ca=",
    "postgres://counter:s3-cret@host:5432/counts/hits?ca=Z",
    "postgres://counter:s3-cret@host:5432/counts/hits?ca=Zg==",
    "postgresql://counter:s3-cret@host:5432/counts/hits",
  ]) {
    assert.throws(
      () => readCount({ STORE: wrong }, "postgres"),
      (error) => error instanceof ConfigError && /names no store/.test(error.message) && !/s3-cret/.test(error.message),
      wrong,
    );
  }
});

test("a function takes its own store only", () => {
  for (const STORE of [undefined, "", "memory:", "file:///var/lib/counter/hits", "file:///a b%20c"]) {
    refused({ STORE }, "this function needs STORE=s3://BUCKET/KEY");
    refused({ STORE }, "this function needs STORE=dynamodb://TABLE/KEY", "dynamodb");
  }
  refused({ STORE: "dynamodb://counters/hits" }, "this function needs STORE=s3://BUCKET/KEY");
  refused({ STORE: "valkeys://localhost:6379/hits" }, "this function needs STORE=s3://BUCKET/KEY");
  assert.throws(() => readCount({ STORE: "s3://bucket/hits" }, "valkey"), /STORE=valkey:\/\/HOST:PORT\/KEY$/);
});

test("a URL of no store is refused with those that there are", () => {
  for (const STORE of [
    "memory",
    "memory:x",
    "Memory:",
    "redis://host/0",
    "file:hits",
    "file://hits",
    "file:///",
    "file:///dir/",
    "file://host/hits",
    "dynamodb://table",
    "dynamodb://table/",
    "dynamodb:///key",
    "s3://",
    "s3://bucket",
    "s3:bucket/key",
    "://",
    "/var/lib/hits",
    " memory:",
    "valkey://host/hits",
    "valkey://host:0/hits",
    "valkey://host:65536/hits",
    "valkey://:6379/hits",
    "valkey://user@host:6379/hits",
    "valkey://[host]:6379/hits",
    "valkey://host:6379/",
  ]) {
    refused(
      { STORE },
      `STORE="${STORE}" names no store; use memory: or file:///var/lib/counter/hits ` +
        "or dynamodb://TABLE/KEY or s3://BUCKET/KEY or valkey://HOST:PORT/KEY " +
        "or postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY",
    );
  }
});

test("an update is one of two words, and empty means atomic", () => {
  for (const COUNTER_UPDATE of [undefined, "", "atomic"]) assert.equal(read({ COUNTER_UPDATE }).update, "atomic");
  assert.equal(read({ COUNTER_UPDATE: "read-then-write" }).update, "read-then-write");
  refused({ COUNTER_UPDATE: "Atomic" }, 'COUNTER_UPDATE="Atomic" is not a way to count; use atomic or read-then-write');
});

test("a missing variable is named", () => {
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"]) {
    for (const value of [undefined, ""]) {
      refused({ [name]: value }, `${name} is not set; the s3 store needs it`);
      refused({ [name]: value }, `${name} is not set; the dynamodb store needs it`, "dynamodb");
    }
  }
});

test("the region has a default, and the service's endpoint comes before the general one", () => {
  assert.equal(read({ AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-1" }).connection.region, "eu-west-1");
  assert.equal(read({}).connection.endpoint, "http://127.0.0.1:9");
  assert.equal(read({ AWS_ENDPOINT_URL_S3: "http://s3" }).connection.endpoint, "http://s3");
  assert.equal(read({ AWS_ENDPOINT_URL_DYNAMODB: "http://db" }, "dynamodb").connection.endpoint, "http://db");
  assert.equal(read({ AWS_ENDPOINT_URL: "" }).connection.endpoint, undefined);
});
