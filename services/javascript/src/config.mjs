/**
 * The environment, typed, and the one line that refuses it. The words are the same in every
 * language. Must not read `process.env` itself (a function passes it in, and so does a test), nor exit.
 *
 * @typedef {Readonly<Record<string, string | undefined>>} Environment
 * @typedef {"atomic" | "read-then-write"} Update How a store adds: exactly, or as the original study did, losing updates.
 * @typedef {{ place: string, key: string, url: string, login?: Login }} Location Table, bucket or server, key in it, and both
 *   as in `STORE`, without a password; and how one logs in there, if one does.
 * @typedef {{ user: string, password: string, database: string, authority?: Uint8Array }} Login With the certificate, in DER,
 *   of the authority that vouches for the server by TLS; without one nothing is encrypted.
 * @typedef {{
 *   region: string,
 *   credentials: { accessKeyId: string, secretAccessKey: string, sessionToken?: string },
 *   endpoint?: string,
 * }} Connection
 */

import { isIPv6 } from "node:net";

/** A value that cannot be used; its message is one line with what to write instead. */
export class ConfigError extends Error {}

/** The form of each function's `STORE`, by scheme. */
const FORMS = {
  dynamodb: "dynamodb://TABLE/KEY",
  s3: "s3://BUCKET/KEY",
  valkey: "valkey://HOST:PORT/KEY",
  postgres: "postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY",
};

/**
 * Where and how to count.
 *
 * @param {Environment} environment
 * @param {keyof typeof FORMS} scheme The store that the function is built with.
 * @returns {{ location: Location, update: Update }}
 */
export function readCount(environment, scheme) {
  const store = readStore(environment.STORE);
  const update = readUpdate(environment.COUNTER_UPDATE);
  if (store?.scheme !== scheme) throw new ConfigError(`this function needs STORE=${FORMS[scheme]}`);
  return { location: store.location, update };
}

/**
 * The same, and what a service of AWS's is called with.
 *
 * @param {Environment} environment
 * @param {"dynamodb" | "s3"} scheme
 * @returns {{ location: Location, update: Update, connection: Connection }}
 */
export function readConfig(environment, scheme) {
  return { ...readCount(environment, scheme), connection: readConnection(environment, scheme) };
}

/** @param {string | undefined} url Empty counts as not set. */
function readStore(url) {
  if (!url) return undefined;
  // `s`: a key may hold any character, a line feed too.
  const [, scheme = "", place = "", key = ""] = /^(dynamodb|s3):\/\/([^/]+)\/(.+)$/s.exec(url) ?? [];
  if (scheme) return { scheme, location: { place, key, url } };
  const [, server = "", name = ""] = /^valkeys?:\/\/([^/]+)\/(.+)$/s.exec(url) ?? [];
  if (isHostAndPort(server)) return { scheme: "valkey", location: { place: server, key: name, url } };
  const postgres = readPostgres(url);
  if (postgres) return { scheme: "postgres", location: postgres };
  // Stores of the servers: known, but no function's.
  if (url === "memory:" || /^file:\/\/\/.*[^/]$/s.test(url)) {
    return { scheme: "a server's", location: { place, key, url } };
  }
  throw new ConfigError(
    `STORE=${JSON.stringify(withoutLogin(url))} names no store; use memory: or file:///var/lib/counter/hits ` +
      `or ${Object.values(FORMS).join(" or ")}`,
  );
}

/**
 * `postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY`, and where the connection is encrypted `?ca=CERTIFICATE`.
 *
 * @param {string} url
 * @returns {Location | undefined}
 */
function readPostgres(url) {
  // Nothing that a URL would have to escape: each service would have to undo it.
  const form = /^postgres:\/\/([\w.~-]+):([\w.~-]+)@([^/@]+)\/([\w.~-]+)\/(.+?)(?:\?ca=([\w-]*))?$/s;
  const [, user = "", password = "", place = "", database = "", key = "", text] = form.exec(url) ?? [];
  if (!isHostAndPort(place) || key.includes("?ca=")) return undefined;
  // Without padding base64 has no such length.
  if (text !== undefined && (text === "" || text.length % 4 === 1)) return undefined;
  const authority = text === undefined ? undefined : Buffer.from(text, "base64url");
  return {
    place,
    key,
    url: `postgres://${user}@${place}/${database}/${key}`,
    login: { user, password, database, authority },
  };
}

/**
 * A URL without what stands before its server, where that is a password's place: no message shows one.
 *
 * @param {string} url
 */
function withoutLogin(url) {
  return url.replace(/^(postgres[^:]*:\/\/).*@/s, "$1…@");
}

/**
 * `HOST:PORT`, an IPv6 address in brackets: what is none would be found out at the first call.
 *
 * @param {string} text
 */
function isHostAndPort(text) {
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const isAddress = host.startsWith("[") && host.endsWith("]") && isIPv6(host.slice(1, -1));
  return (isAddress || /^[A-Za-z0-9._-]+$/.test(host)) && Number(port) > 0 && Number(port) <= 65_535;
}

/**
 * @param {string | undefined} word Empty counts as not set.
 * @returns {Update}
 */
function readUpdate(word) {
  if (!word || word === "atomic") return "atomic";
  if (word === "read-then-write") return word;
  throw new ConfigError(`COUNTER_UPDATE=${JSON.stringify(word)} is not a way to count; use atomic or read-then-write`);
}

/**
 * From environment variables alone, as Lambda sets them: no file, no metadata service, no provider chain.
 *
 * @param {Environment} environment
 * @param {"dynamodb" | "s3"} scheme
 * @returns {Connection}
 */
function readConnection(environment, scheme) {
  /** @type {(name: string, value?: string) => string} */
  const needed = (name, value = environment[name]) => {
    if (value) return value;
    throw new ConfigError(`${name} is not set; the ${scheme} store needs it`);
  };
  return {
    credentials: {
      accessKeyId: needed("AWS_ACCESS_KEY_ID"),
      secretAccessKey: needed("AWS_SECRET_ACCESS_KEY"),
      sessionToken: environment.AWS_SESSION_TOKEN || undefined,
    },
    region: needed("AWS_REGION", environment.AWS_REGION || environment.AWS_DEFAULT_REGION),
    endpoint: environment[`AWS_ENDPOINT_URL_${scheme.toUpperCase()}`] || environment.AWS_ENDPOINT_URL || undefined,
  };
}
