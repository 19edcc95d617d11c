/**
 * The page, the same in every language. The bundle has its text in place of this file's reading (build.mjs).
 */

import { readFileSync } from "node:fs";

export const PAGE = readFileSync(new URL("../../page.html", import.meta.url), "utf8");
