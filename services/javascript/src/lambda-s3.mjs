/** The function that counts in S3. */

import { readConfig } from "./config.mjs";
import { start } from "./start.mjs";
import { s3Store } from "./stores/s3.mjs";

export const handler = start((environment) => s3Store(readConfig(environment, "s3")));
