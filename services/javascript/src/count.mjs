/**
 * A count as text: decimal, from 0 to 2^64 - 1. A bigint everywhere, since a number is exact only to 2^53.
 */

import { StoreError } from "./errors.mjs";

const LARGEST = 2n ** 64n - 1n;

/**
 * The count in `text`: decimal digits, at most one line feed after them, nothing else.
 *
 * @param {string | undefined} text
 * @param {string} url Where it was found.
 * @returns {bigint}
 */
export function parseCount(text, url) {
  const digits = /^(\d+)\n?$/.exec(text ?? "")?.[1];
  const count = digits === undefined ? undefined : BigInt(digits);
  if (count !== undefined && count <= LARGEST) return count;
  // Enough to recognise what it is, short enough for one line of a log.
  const found = JSON.stringify(text?.slice(0, 40) ?? null);
  throw new StoreError(`${url} holds ${found} where a decimal count belongs`);
}

/**
 * @param {bigint} count
 * @param {bigint} n
 * @returns {bigint}
 */
export function checkedAdd(count, n) {
  if (count + n > LARGEST) throw new StoreError("the count would pass 2^64 - 1");
  return count + n;
}
