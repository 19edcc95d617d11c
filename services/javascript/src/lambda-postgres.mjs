/** The function that counts in PostgreSQL. */

import { readCount } from "./config.mjs";
import { start } from "./start.mjs";
import { postgresStore } from "./stores/postgres.mjs";

export const handler = start((environment) => postgresStore(readCount(environment, "postgres")));
