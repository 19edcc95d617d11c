/**
 * What is answered to a request, whichever store counts. The same bytes as the tuned build's, whose table is in
 * services/counter/src/response.rs.
 */

import page from "../../page.html";

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/**
 * Answers an event of payload format 2.0, or of a load balancer.
 *
 * @param {any} event
 * @param {(n: number) => Promise<number>} add
 */
export async function respond(event, add) {
  const http = event.requestContext.http;
  const method = http ? http.method : event.httpMethod;
  const path = http ? event.rawPath : event.path;
  const reads = method === "GET" || method === "HEAD";
  if (!METHODS.includes(method)) return problem(501, "Not Implemented");
  switch (path) {
    case "/hits":
      if (method !== "GET" && method !== "POST") return problem(405, "Method Not Allowed", { allow: "GET, POST" });
      try {
        return answer(200, "text/plain; charset=utf-8", String(await add(1)));
      } catch (error) {
        console.error("no number", error);
        return problem(503, "Service Unavailable");
      }
    case "/":
      if (!reads) return problem(405, "Method Not Allowed", { allow: "GET, HEAD" });
      return {
        statusCode: 200,
        headers: { "content-type": "text/html; charset=utf-8", "x-content-type-options": "nosniff" },
        body: page,
      };
    case "/healthz":
      if (!reads) return problem(405, "Method Not Allowed", { allow: "GET, HEAD" });
      return answer(200, "application/health+json", '{"status":"pass"}');
    case "/readyz":
      if (!reads) return problem(405, "Method Not Allowed", { allow: "GET, HEAD" });
      try {
        await add(0);
        return answer(200, "application/health+json", '{"status":"pass"}');
      } catch (error) {
        console.error("not ready", error);
        return answer(503, "application/health+json", '{"status":"fail"}');
      }
    default:
      return problem(404, "Not Found");
  }
}

/** @type {(status: number, title: string, headers?: Record<string, string>) => object} */
function problem(status, title, headers = {}) {
  const body = JSON.stringify({ type: "about:blank", title, status });
  return answer(status, "application/problem+json", body, headers);
}

/** @type {(statusCode: number, contentType: string, body: string, headers?: Record<string, string>) => object} */
function answer(statusCode, contentType, body, headers = {}) {
  return { statusCode, headers: { "content-type": contentType, "cache-control": "no-store", ...headers }, body };
}
