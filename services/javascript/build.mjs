/**
 * Builds what deploys and runs the JavaScript functions; called by the lab, by Nix and by hand:
 *
 *   node build.mjs functions DEST [--node-modules DIR]   DEST/lambda-STORE for each store, to be zipped
 *   node build.mjs idiomatic DEST [--node-modules DIR]   the same as AWS's documentation leads to them
 *   node build.mjs runtime DEST                          DEST/bin/node and AWS's runtime interface client
 *
 * What npm fetches lies beside DEST while it is of use; the source tree is only read. A DEST appears whole or not
 * at all, and stays as it is while the sources and the lock do. DIR, a folder called node_modules, is used instead
 * of `npm ci`. Exit code 2: a wrong command line or a missing tool. Runs on Node 18, which Debian 12 has.
 */

import { parseArgs } from "node:util";
import { UsageError } from "./build/errors.mjs";
import { buildFunctions } from "./build/functions.mjs";
import { buildRuntime } from "./build/runtime.mjs";

const USAGE =
  "use: node build.mjs functions DEST [--node-modules DIR], the same with `idiomatic`, or: node build.mjs runtime DEST";

function commandLine() {
  try {
    const options = /** @type {const} */ ({ "node-modules": { type: "string" } });
    const { positionals, values } = parseArgs({ allowPositionals: true, options });
    return { words: positionals, nodeModules: values["node-modules"] };
  } catch (error) {
    throw new UsageError(`${/** @type {Error} */ (error).message}; ${USAGE}`);
  }
}

async function main() {
  const { words, nodeModules } = commandLine();
  const [what, destination] = words;
  if (destination === undefined || words.length > 2) throw new UsageError(USAGE);
  if (what === "functions" || what === "idiomatic") return buildFunctions(what, destination, nodeModules);
  if (what === "runtime" && nodeModules === undefined) return buildRuntime(destination);
  throw new UsageError(USAGE);
}

try {
  await main();
} catch (error) {
  const usage = error instanceof UsageError;
  console.error(usage ? error.message : `building failed: ${/** @type {Error} */ (error)?.message ?? error}`);
  process.exitCode = usage ? 2 : 1;
}
