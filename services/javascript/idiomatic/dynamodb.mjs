/** The count as the attribute `hits` of one DynamoDB item. */

import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { respond } from "./respond.mjs";

const [TableName, id] = process.env.STORE.replace("dynamodb://", "").split("/");
// The SDK waits without end by default.
const client = new DynamoDBClient({
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
});

/** @param {number} n */
async function add(n) {
  if (process.env.COUNTER_UPDATE === "read-then-write") return readThenWrite(n);
  const updated = await client.send(
    new UpdateItemCommand({
      TableName,
      Key: { id: { S: id } },
      UpdateExpression: "ADD hits :n",
      ExpressionAttributeValues: { ":n": { N: String(n) } },
      ReturnValues: "UPDATED_NEW",
    }),
  );
  return Number(updated.Attributes.hits.N);
}

/**
 * What the original study did: concurrent calls lose updates.
 *
 * @param {number} n
 */
async function readThenWrite(n) {
  const got = await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }));
  const count = Number(got.Item?.hits.N ?? 0) + n;
  if (n > 0) {
    await client.send(new PutItemCommand({ TableName, Item: { id: { S: id }, hits: { N: String(count) } } }));
  }
  return count;
}

/** @param {any} event */
export const handler = async (event) => respond(event, add);
