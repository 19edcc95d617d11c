/**
 * The count as the attribute `hits` of one DynamoDB item, whose partition key is the string attribute `id`. One
 * `UpdateItem` per call and no other permission. Must not know the environment: the configuration comes in.
 */

import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { clientConfig, trimmed } from "../client.mjs";
import { checkedAdd, parseCount } from "../count.mjs";
import { readFailed, StoreError, writeFailed } from "../errors.mjs";

/**
 * The count in the item `key` of the table `place`; a missing item is 0. Makes no call.
 *
 * @param {{
 *   location: import("../config.mjs").Location,
 *   update: import("../config.mjs").Update,
 *   connection: import("../config.mjs").Connection,
 * }} config
 * @returns {import("../handler.mjs").Store}
 */
export function dynamoDbStore({ location: { place: table, key, url }, update, connection }) {
  const client = trimmed(
    new DynamoDBClient({
      ...clientConfig(connection),
      // Both would request an endpoint of the account's own, for one item that any endpoint has.
      accountIdEndpointMode: "disabled",
      endpointDiscoveryEnabled: false,
    }),
  );
  const id = { S: key };

  /**
   * An `ADD` that timed out may have been done and is done again by the SDK's retry: that skips numbers and
   * repeats none, since only the last answer is read.
   *
   * @param {bigint} n
   * @param {AbortSignal} abortSignal
   */
  async function addAtomically(n, abortSignal) {
    const command = new UpdateItemCommand({
      TableName: table,
      Key: { id },
      UpdateExpression: "ADD hits :n",
      ExpressionAttributeValues: { ":n": { N: n.toString() } },
      ReturnValues: "UPDATED_NEW",
    });
    const updated = await client.send(command, { abortSignal }).catch(writeFailed(url));
    return count(updated.Attributes?.hits);
  }

  /**
   * What the original study did: read, add here, write.
   *
   * @param {bigint} n
   * @param {AbortSignal} abortSignal
   */
  async function readThenWrite(n, abortSignal) {
    const get = new GetItemCommand({ TableName: table, Key: { id } });
    const got = await client.send(get, { abortSignal }).catch(readFailed(url));
    const before = got.Item === undefined ? 0n : count(got.Item.hits);
    const after = checkedAdd(before, n);
    // A readiness check must not undo what others write meanwhile.
    if (n > 0n) {
      const put = new PutItemCommand({ TableName: table, Item: { id, hits: { N: after.toString() } } });
      await client.send(put, { abortSignal }).catch(writeFailed(url));
    }
    return after;
  }

  /** @param {import("@aws-sdk/client-dynamodb").AttributeValue | undefined} hits */
  function count(hits) {
    if (hits?.N !== undefined) return parseCount(hits.N, url);
    throw new StoreError(`${url} holds ${JSON.stringify(hits ?? null)} where a decimal count belongs`);
  }

  return { add: update === "atomic" ? addAtomically : readThenWrite };
}
