/**
 * The configuration of both SDK clients: everything that they would otherwise look up in files, in the environment or
 * at the instance's metadata service on the way to the first call; and bounds for all that waits or is read. Must not
 * know tables or buckets.
 */

import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { pipeline, Transform } from "node:stream";

/** A count has 20 bytes, an error of S3 some thousand. */
const LONGEST_BODY = 1 << 20;

/**
 * @param {import("./config.mjs").Connection} connection
 */
export function clientConfig({ region, credentials, endpoint }) {
  return {
    region,
    credentials,
    endpoint,
    // Read from the environment by config.mjs, so not once more from there and ~/.aws/config.
    ignoreConfiguredEndpointUrls: true,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    authSchemePreference: [],
    defaultsMode: /** @type {const} */ ("standard"),
    retryMode: "standard",
    maxAttempts: 3,
    requestHandler: {
      ...connections(),
      // A call inside a region rarely takes 200 ms: 3 s are a lost cause. Three attempts take 9 s and a little, which
      // fits the 15 s that the handler gives a caller. Connecting may take as long: at a fourteenth of a processor Node
      // reads its certificates for a second.
      connectionTimeout: 3_000,
      requestTimeout: 3_000,
      // Without it a late answer is only warned of.
      throwOnRequestTimeout: true,
    },
  };
}

/**
 * `AWS_NODEJS_CONNECTION_REUSE_ENABLED=0` does what the original study's SDK v2 did unless that variable was 1: each call
 * opens a connection of its own. Connections are kept alive otherwise.
 */
function connections() {
  if (process.env.AWS_NODEJS_CONNECTION_REUSE_ENABLED !== "0") return {};
  return { httpAgent: new HttpAgent({ keepAlive: false }), httpsAgent: new HttpsAgent({ keepAlive: false }) };
}

/**
 * Takes out what every call runs through for nothing: a user agent that nobody reads here, the look for a
 * recursion through X-Ray headers (this function calls no function), and a debug logger that is not set. Adds a bound
 * on answers, which the SDK gathers whole.
 *
 * @template {{ middlewareStack: any }} Client
 * @param {Client} client
 * @returns {Client}
 */
export function trimmed(client) {
  for (const name of ["getUserAgentMiddleware", "recursionDetectionMiddleware", "loggerMiddleware"]) {
    client.middlewareStack.remove(name);
  }
  // Within the step that reads answers, next to the connection.
  client.middlewareStack.add(bounded, { step: "deserialize", priority: "low", name: "boundedBody" });
  return client;
}

/** @param {(args: unknown) => Promise<{ response: any }>} next */
function bounded(next) {
  return async (/** @type {unknown} */ args) => {
    const result = await next(args);
    const { headers, body } = result.response;
    // Node.js holds an answer to the length that it states.
    if (Number(headers["content-length"] ?? Number.POSITIVE_INFINITY) > LONGEST_BODY) {
      result.response.body = pipeline(body, limiter(), () => {});
    }
    return result;
  };
}

/** Ends with an error once more than the longest body has passed. */
function limiter() {
  let bytes = 0;
  return new Transform({
    transform(chunk, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= LONGEST_BODY) done(null, chunk);
      else done(new Error(`the answer is longer than ${LONGEST_BODY} bytes`));
    },
  });
}
