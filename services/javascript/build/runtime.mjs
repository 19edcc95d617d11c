/**
 * What stands in for Lambda's managed runtime nodejs22.x: AWS's runtime interface client for Node, with the native
 * part that the managed runtime has too, and a Node 22 of its own, since Debian's is another. Never in a zip.
 */

import { copyFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "./errors.mjs";
import { fingerprint, makeOnce } from "./folder.mjs";
import { need, npm } from "./tools.mjs";

const HERE = join(dirname(dirname(fileURLToPath(import.meta.url))), "runtime");
/** What `npm ci` reads. */
const LOCKED = ["package.json", "package-lock.json", ".npmrc"].map((name) => join(HERE, name));
/** All that the client has at run time; what remains are sources and the tools that built from them. */
const CLIENT = ["index.mjs", "rapid-client.node", "package.json", "LICENSE", "NOTICE", "THIRD-PARTY-LICENSES"];

/** @param {string} destination */
export async function buildRuntime(destination) {
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    throw new UsageError(
      `the runtime interface client runs on Linux, x64 or arm64, not ${process.platform} ${process.arch}`,
    );
  }
  await makeOnce(destination, fingerprint(HERE, [...LOCKED, fileURLToPath(import.meta.url)], [process.arch]), build);
}

/** @type {(folder: string, scratch: string) => void} */
function build(folder, scratch) {
  need("building AWS's runtime interface client for Node", ["npm", "cmake", "g++", "make", "python3", "xz"]);
  console.error("building AWS's runtime interface client for Node, once: about a minute");
  const work = join(scratch, "work");
  mkdirSync(work);
  for (const file of LOCKED) copyFileSync(file, join(work, basename(file)));
  npm(work, ["ci", "--ignore-scripts", "--loglevel=error"]);
  const node = join(work, "node_modules", `node-linux-${process.arch}`);
  if (!existsSync(node)) throw new Error(`npm left out node-linux-${process.arch}; run this again`);
  // Its own scripts, of this one package: they build curl and aws-lambda-cpp, both in the package, and the addon.
  npm(work, ["rebuild", "aws-lambda-ric", "--loglevel=error"], {
    // Headers that are here already, where node-gyp would fetch them.
    npm_config_nodedir: node,
    // aws-lambda-cpp says a minimum that cmake 4 has forgotten.
    CMAKE_POLICY_VERSION_MINIMUM: "3.5",
  });
  const client = join(folder, "node_modules/aws-lambda-ric");
  mkdirSync(client, { recursive: true });
  for (const file of CLIENT) renameSync(join(work, "node_modules/aws-lambda-ric", file), join(client, file));
  mkdirSync(join(folder, "bin"));
  renameSync(join(node, "bin/node"), join(folder, "bin/node"));
}
