/** The function that counts in DynamoDB. */

import { readConfig } from "./config.mjs";
import { start } from "./start.mjs";
import { dynamoDbStore } from "./stores/dynamodb.mjs";

export const handler = start((environment) => dynamoDbStore(readConfig(environment, "dynamodb")));
