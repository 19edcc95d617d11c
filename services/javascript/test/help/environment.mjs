/** The environment of a function whose services are at `endpoint`. */

/**
 * @param {"dynamodb" | "s3"} scheme
 * @param {string} endpoint
 * @param {Record<string, string | undefined>} [more]
 */
export function environment(scheme, endpoint, more = {}) {
  return {
    STORE: `${scheme}://counters/hits`,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "eu-west-2",
    AWS_ENDPOINT_URL: endpoint,
    ...more,
  };
}

/** @type {(path: string, method?: string) => object} */
export const payload2 = (path, method = "GET") => ({
  version: "2.0",
  rawPath: path,
  requestContext: { http: { method, path } },
});

/** @type {(path: string, method?: string) => object} */
export const loadBalancers = (path, method = "GET") => ({
  requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:eu-west-2:1:targetgroup/t/1" } },
  httpMethod: method,
  path,
});
