/**
 * A folder that is made whole or not at all, and again only when what it is made of has changed. Must not know
 * what is in it.
 */

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";

/**
 * @param {string} destination
 * @param {string} stamp What it is made of; see {@link fingerprint}.
 * @param {(folder: string, scratch: string) => void | Promise<void>} fill Fills `folder`; `scratch` is a folder for
 *   whatever else it needs. Both are beside the destination, so on its disk.
 */
export async function makeOnce(destination, stamp, fill) {
  const whole = resolve(destination);
  const parent = dirname(whole);
  const stampFile = join(parent, `.${basename(whole)}.stamp`);
  if (existsSync(whole) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  mkdirSync(parent, { recursive: true });
  const scratch = mkdtempSync(join(parent, `.${basename(whole)}-`));
  try {
    const [next, previous] = [join(scratch, "next"), join(scratch, "previous")];
    mkdirSync(next);
    await fill(next, scratch);
    rmSync(stampFile, { force: true });
    if (existsSync(whole)) renameSync(whole, previous);
    renameSync(next, whole);
    writeFileSync(stampFile, stamp);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * A hash over names and bytes.
 *
 * @param {string} root Names are relative to it, so that the same sources give the same hash wherever they lie.
 * @param {string[]} paths Files, or folders with all that is in them.
 * @param {string[]} [words] What else matters.
 */
export function fingerprint(root, paths, words = []) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap(files).sort()) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.update(words.join("\0")).digest("hex");
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function files(path) {
  /** @type {import("node:fs").Dirent[]} */
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOTDIR") return [path];
    throw error;
  }
  return entries.flatMap((entry) => files(join(path, entry.name)));
}
