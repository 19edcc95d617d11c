/**
 * The bytes of every response; the table is in services/counter/src/response.rs. All but the counts are made
 * once. Must not know stores or routes.
 *
 * @typedef {{
 *   statusCode: number,
 *   headers: Readonly<Record<string, string>>,
 *   body: string,
 *   isBase64Encoded: false,
 * }} Response
 */

import { PAGE } from "./page.mjs";

/** @type {(statusCode: number, headers: Record<string, string>, body: string) => Readonly<Response>} */
const response = (statusCode, headers, body) =>
  Object.freeze({ statusCode, headers: Object.freeze(headers), body, isBase64Encoded: false });

/** @type {(contentType: string) => Record<string, string>} */
const fresh = (contentType) => ({ "content-type": contentType, "cache-control": "no-store" });

/** @type {(status: number, title: string, headers?: Record<string, string>) => Readonly<Response>} */
const problem = (status, title, headers = {}) =>
  response(
    status,
    { ...fresh("application/problem+json"), ...headers },
    JSON.stringify({ type: "about:blank", title, status }),
  );

const COUNT_HEADERS = Object.freeze(fresh("text/plain; charset=utf-8"));
const HEALTH = fresh("application/health+json");

export const page = response(
  200,
  { "content-type": "text/html; charset=utf-8", "x-content-type-options": "nosniff" },
  PAGE,
);
export const healthy = response(200, HEALTH, '{"status":"pass"}');
export const unhealthy = response(503, HEALTH, '{"status":"fail"}');
export const unavailable = problem(503, "Service Unavailable");
export const notFound = problem(404, "Not Found");
export const notImplemented = problem(501, "Not Implemented");
export const onlyGetAndHead = problem(405, "Method Not Allowed", { allow: "GET, HEAD" });
export const onlyGetAndPost = problem(405, "Method Not Allowed", { allow: "GET, POST" });

/**
 * @param {bigint} hits
 * @returns {Response}
 */
export function count(hits) {
  return { statusCode: 200, headers: COUNT_HEADERS, body: hits.toString(), isBase64Encoded: false };
}

/**
 * What HEAD gets: the same headers, no body.
 *
 * @param {Response} full
 * @returns {Response}
 */
export function withoutBody(full) {
  return { ...full, body: "" };
}
