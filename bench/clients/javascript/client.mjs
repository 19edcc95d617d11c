// The scenarios through AWS's SDK for JavaScript, as it comes.

import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as s3 from "@aws-sdk/client-s3";

const NAME = process.env.CLIENT_NAME;
const files = new s3.S3Client({});
const tables = new dynamodb.DynamoDBClient({});

const file = (Command, input) => files.send(new Command({ Bucket: NAME, ...input }));
const table = (Command, input) => tables.send(new Command({ TableName: NAME, ...input }));
const key = ({ partition, sort }) => ({ p: { S: partition }, s: { S: sort } });
const item = (step) => ({ ...key(step), n: { N: String(step.value) } });

async function create(Command, input, wait) {
  await table(Command, input);
  await wait({ client: tables, maxWaitTime: 30 }, { TableName: NAME });
  return {};
}

const putItem = async (step, condition) => {
  await table(dynamodb.PutItemCommand, { Item: item(step), ...condition });
  return {};
};

const operations = {
  "s3.create_bucket": async () => {
    const place = { LocationConstraint: process.env.AWS_REGION };
    await file(s3.CreateBucketCommand, { CreateBucketConfiguration: place });
    return {};
  },
  "s3.put": async (step) => {
    const answer = await file(s3.PutObjectCommand, {
      Key: step.key,
      Body: step.body,
      ContentType: step.content_type,
      Metadata: step.metadata,
      IfNoneMatch: step.if_none_match,
      IfMatch: step.if_match,
    });
    return { etag: answer.ETag.replaceAll('"', "") };
  },
  "s3.stream": async ({ bucket = NAME, key, size }) => {
    const chunk = Buffer.alloc(64 * 1024, "x");
    const pieces = function* () {
      for (let left = size; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
    };
    await file(s3.PutObjectCommand, { Bucket: bucket, Key: key, Body: Readable.from(pieces()), ContentLength: size });
    return {};
  },
  "s3.get": async ({ key, range }) => {
    const answer = await file(s3.GetObjectCommand, { Key: key, Range: range });
    return {
      body: await answer.Body.transformToString(),
      content_type: answer.ContentType,
      content_encoding: answer.ContentEncoding ?? null,
      metadata: answer.Metadata,
    };
  },
  "s3.head": async ({ key }) => {
    const answer = await file(s3.HeadObjectCommand, { Key: key });
    return { size: answer.ContentLength, content_encoding: answer.ContentEncoding ?? null };
  },
  "s3.copy": async ({ from, key }) => {
    await file(s3.CopyObjectCommand, { Key: key, CopySource: `${NAME}/${from}` });
    return {};
  },
  "s3.multipart": async ({ key, sizes }) => {
    const { UploadId } = await file(s3.CreateMultipartUploadCommand, { Key: key });
    const Parts = [];
    for (const [at, size] of sizes.entries()) {
      const place = { Key: key, UploadId, PartNumber: at + 1 };
      const { ETag, ChecksumCRC32 } = await file(s3.UploadPartCommand, { ...place, Body: Buffer.alloc(size, "x") });
      Parts.push({ PartNumber: at + 1, ETag, ChecksumCRC32 });
    }
    const done = await file(s3.CompleteMultipartUploadCommand, { Key: key, UploadId, MultipartUpload: { Parts } });
    return { parts: Number(done.ETag.replaceAll('"', "").split("-")[1]) };
  },
  "s3.list": async ({ prefix, delimiter, page }) => {
    const [keys, prefixes] = [[], []];
    const config = { client: files, pageSize: page };
    for await (const found of s3.paginateListObjectsV2(config, { Bucket: NAME, Prefix: prefix, Delimiter: delimiter })) {
      keys.push(...(found.Contents ?? []).map((entry) => entry.Key));
      prefixes.push(...(found.CommonPrefixes ?? []).map((entry) => entry.Prefix));
    }
    return { keys, prefixes };
  },
  "s3.delete": async ({ keys }) => {
    const answer = await file(s3.DeleteObjectsCommand, { Delete: { Objects: keys.map((Key) => ({ Key })) } });
    return { deleted: answer.Deleted.length };
  },
  "dynamodb.create_table": () => {
    const names = { p: "HASH", s: "RANGE" };
    const input = {
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: Object.entries(names).map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
      AttributeDefinitions: Object.keys(names).map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    };
    return create(dynamodb.CreateTableCommand, input, dynamodb.waitUntilTableExists);
  },
  "dynamodb.put": (step) => putItem(step, {}),
  "dynamodb.put_new": (step) => putItem(step, { ConditionExpression: "attribute_not_exists(p)" }),
  "dynamodb.get": async (step) => {
    const { Item } = await table(dynamodb.GetItemCommand, { Key: key(step), ConsistentRead: true });
    return { value: Item ? Number(Item.n.N) : null };
  },
  "dynamodb.add": async (step) => {
    const answer = await table(dynamodb.UpdateItemCommand, {
      Key: key(step),
      UpdateExpression: "ADD n :n",
      ExpressionAttributeValues: { ":n": { N: String(step.value) } },
      ReturnValues: "UPDATED_NEW",
    });
    return { value: Number(answer.Attributes.n.N) };
  },
  "dynamodb.batch": async (step) => {
    const puts = step.sorts.map((sort) => ({ PutRequest: { Item: item({ ...step, sort }) } }));
    await tables.send(new dynamodb.BatchWriteItemCommand({ RequestItems: { [NAME]: puts } }));
    return {};
  },
  "dynamodb.transact": async (step) => {
    const place = { TableName: NAME, ConditionExpression: "attribute_not_exists(p)" };
    const puts = step.sorts.map((sort) => ({ Put: { ...place, Item: item({ ...step, sort }) } }));
    await tables.send(new dynamodb.TransactWriteItemsCommand({ TransactItems: puts }));
    return {};
  },
  "dynamodb.query": async ({ partition, page }) => {
    const sorts = [];
    const input = {
      TableName: NAME,
      KeyConditionExpression: "p = :p",
      ExpressionAttributeValues: { ":p": { S: partition } },
    };
    for await (const found of dynamodb.paginateQuery({ client: tables, pageSize: page }, input)) {
      sorts.push(...found.Items.map((entry) => entry.s.S));
    }
    return { sorts };
  },
};

const { scenarios } = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const step of scenarios.flatMap((scenario) => scenario.steps)) {
  // Without an answer the error has no status: then its words are the result.
  const failed = (error) => ({ error: error.$metadata?.httpStatusCode ? error.name : String(error) });
  const result = await operations[step.do](step).catch(failed);
  console.log(JSON.stringify({ result }));
}
