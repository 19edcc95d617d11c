/** The function that counts in S3. */

import { start } from "./start.mjs";
import { s3Store } from "./stores/s3.mjs";

export const handler = start("s3", s3Store);
