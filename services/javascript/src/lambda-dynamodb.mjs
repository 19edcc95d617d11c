/** The function that counts in DynamoDB. */

import { start } from "./start.mjs";
import { dynamoDbStore } from "./stores/dynamodb.mjs";

export const handler = start("dynamodb", dynamoDbStore);
