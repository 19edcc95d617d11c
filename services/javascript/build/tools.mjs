/**
 * The programs that a build runs, and the Debian packages that bring them. Must not install anything.
 */

import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { UsageError } from "./errors.mjs";

/** @type {Record<string, string>} */
const PACKAGES = {
  cmake: "cmake",
  "g++": "build-essential",
  make: "build-essential",
  npm: "npm",
  python3: "python3",
  xz: "xz-utils",
};

/**
 * @param {string} purpose What needs them, as the subject of a sentence.
 * @param {(keyof typeof PACKAGES)[]} tools
 */
export function need(purpose, tools) {
  const missing = tools.filter((tool) => !onPath(tool));
  if (missing.length === 0) return;
  const packages = new Set(missing.map((tool) => PACKAGES[tool]));
  throw new UsageError(`${purpose} needs ${missing.join(", ")}: apt-get install ${[...packages].join(" ")}`);
}

/** @param {string} program */
function onPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Runs npm in `folder`; what it says goes to stderr, so that stdout stays the caller's.
 *
 * @param {string} folder
 * @param {string[]} words
 * @param {Record<string, string>} [environment]
 */
export function npm(folder, words, environment = {}) {
  const env = { ...process.env, npm_config_update_notifier: "false", ...environment };
  const { status, error } = spawnSync("npm", words, { cwd: folder, env, stdio: ["ignore", 2, 2] });
  if (error) throw error;
  if (status !== 0) throw new Error(`npm ${words.join(" ")} failed (${status}): its output is above`);
}
