/** The function that counts in Valkey. */

import { readCount } from "./config.mjs";
import { start } from "./start.mjs";
import { valkeyStore } from "./stores/valkey.mjs";

export const handler = start((environment) => valkeyStore(readCount(environment, "valkey")));
