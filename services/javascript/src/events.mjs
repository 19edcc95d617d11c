/**
 * The two forms in which a function gets a request: payload 2.0 (HTTP API, function URL) and a load
 * balancer's. Must not know routes.
 *
 * @typedef {{ method: string, path: string }} Request
 */

/**
 * @param {any} event
 * @returns {Request}
 * @throws {TypeError} For an event of any other form: the runtime reports it as the function's error.
 */
export function request(event) {
  const http = event?.requestContext?.http;
  const method = http ? http.method : event?.httpMethod;
  const path = http ? event.rawPath : event?.path;
  if (typeof method === "string" && typeof path === "string") return { method, path };
  throw new TypeError("the event is not an HTTP request: neither payload 2.0 nor a load balancer's");
}
