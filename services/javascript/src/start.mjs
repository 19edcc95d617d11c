/**
 * The init phase: the configuration is read and the store opened once, before the first invocation. What can't be
 * used ends the process with one line on stderr and code 2, which Lambda logs and reports as Runtime.ExitError.
 */

import { writeSync } from "node:fs";
import { ConfigError } from "./config.mjs";
import { handlerFor } from "./handler.mjs";

/** @param {(environment: import("./config.mjs").Environment) => import("./handler.mjs").Store} open */
export function start(open) {
  // AWS's runtime client sets a variable for each call (aws-lambda-ric 4.0.2, `_X_AMZN_TRACE_ID`), and glibc's setenv
  // never frees a value: 144 bytes a call. A plain object is read by all that reads `process.env`, and frees them.
  process.env = { ...process.env };
  try {
    return handlerFor(open(process.env));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Synchronous, since nothing after `exit` is written.
    writeSync(process.stderr.fd, `${error.message}\n`);
    process.exit(2);
  }
}
