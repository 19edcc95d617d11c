/**
 * What both SDK clients are told: everything that they would otherwise look up in files, in the environment or
 * at the instance's metadata service on the way to the first call; and bounds for all that waits. Must not know
 * tables or buckets.
 */

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
      // Connecting inside a region takes under 2 ms and a call rarely 200: 1 s and 3 s are lost causes. Three
      // attempts take 9 s and a little, which fits the 15 s that the handler gives a caller. Connections are
      // kept alive by default.
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      // Without it a late answer is only warned of.
      throwOnRequestTimeout: true,
    },
  };
}

/**
 * Takes out what every call runs through for nothing: a user agent that nobody reads here, the look for a
 * recursion through X-Ray headers (this function calls no function), and a debug logger that is not set.
 *
 * @template {{ middlewareStack: { remove(name: string): boolean } }} Client
 * @param {Client} client
 * @returns {Client}
 */
export function trimmed(client) {
  for (const name of ["getUserAgentMiddleware", "recursionDetectionMiddleware", "loggerMiddleware"]) {
    client.middlewareStack.remove(name);
  }
  return client;
}
