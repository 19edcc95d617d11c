/**
 * How a store fails, and how that is reported: one line with the whole chain of causes. Must not know a store.
 */

/** Why a store gave no number. Its message never repeats its cause's. */
export class StoreError extends Error {}

/** @type {(url: string) => (cause: unknown) => never} */
export const readFailed = (url) => (cause) => {
  throw new StoreError(`reading the count from ${url} failed`, { cause });
};

/** @type {(url: string) => (cause: unknown) => never} */
export const writeFailed = (url) => (cause) => {
  throw new StoreError(`writing the count to ${url} failed`, { cause });
};

/**
 * @param {unknown} error
 * @returns {string} The error and its causes, in one line.
 */
export function chain(error) {
  const parts = [];
  for (let link = error; link !== undefined && link !== null; link = cause(link)) parts.push(describe(link));
  return parts.join(": ").replace(/\s+/g, " ");
}

/** @param {unknown} error */
function cause(error) {
  // A host with several addresses is refused by all of them: the last is as good as any.
  if (error instanceof AggregateError) return error.errors.at(-1);
  return error instanceof Error ? error.cause : undefined;
}

/** @param {unknown} error */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  // The names of the SDK's errors mean more than their messages, which may be empty or "UnknownError".
  const named = error instanceof StoreError || error.name === "Error" ? "" : error.name;
  return [named, error.message].filter((part) => part !== "").join(" ") || "Error";
}
