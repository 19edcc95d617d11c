/**
 * The parts of DynamoDB's and S3's HTTP interfaces that the counter uses, over one item and one object in memory.
 * Requests are answered one after the other, each whole: what AWS guarantees per item and key. Must not know the code
 * under test.
 */

import { once } from "node:events";
import { createServer } from "node:http";

/**
 * @typedef {{ status: number, headers?: Record<string, string>, body?: string }} Answer
 * @typedef {{ method: string, url: string, headers: import("node:http").IncomingHttpHeaders, body: string }} Asked
 */

/**
 * @param {import("node:test").TestContext} test Closes the server at its end.
 * @param {(asked: Asked) => Answer | Promise<Answer>} answer
 * @returns {Promise<string>} The server's URL.
 */
export async function serve(test, answer) {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url = "", headers } = request;
    const answered = await answer({ method, url, headers, body });
    // As AWS answers; without it Node.js would send chunks.
    const length = { "content-length": String(Buffer.byteLength(answered.body ?? "")) };
    response.writeHead(answered.status, { ...length, ...answered.headers }).end(answered.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return `http://127.0.0.1:${port}`;
}

/** A DynamoDB table with one item. */
export class Table {
  /** @type {string | undefined} */
  hits;
  /** @type {string[]} */
  operations = [];

  /**
   * @param {Asked} asked
   * @returns {Answer}
   */
  answer({ headers, body }) {
    const operation = String(headers["x-amz-target"]).replace("DynamoDB_20120810.", "");
    const input = JSON.parse(body);
    this.operations.push(operation);
    if (input.TableName !== "counters" || (input.Key ?? input.Item)?.id?.S !== "hits") {
      return json(400, { __type: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", message: "no table" });
    }
    switch (operation) {
      case "UpdateItem":
        if (input.UpdateExpression !== "ADD hits :n" || input.ReturnValues !== "UPDATED_NEW") return json(400, {});
        this.hits = String(BigInt(this.hits ?? 0) + BigInt(input.ExpressionAttributeValues[":n"].N));
        return json(200, { Attributes: { hits: { N: this.hits } } });
      case "GetItem":
        return json(200, this.hits === undefined ? {} : { Item: { id: { S: "hits" }, hits: { N: this.hits } } });
      case "PutItem":
        this.hits = input.Item.hits.N;
        return json(200, {});
      default:
        return json(400, {});
    }
  }
}

/** An S3 bucket with one object. */
export class Bucket {
  /** @type {string | undefined} */
  body;
  #version = 0;
  /** @type {string[]} */
  operations = [];

  /**
   * @param {Asked} asked
   * @returns {Answer}
   */
  answer({ method, url, headers, body }) {
    const path = url.replace(/\?.*/, "");
    this.operations.push(method);
    if (path !== "/counters/hits") return error(404, "NoSuchBucket");
    if (method === "GET") {
      if (this.body === undefined) return error(404, "NoSuchKey");
      return { status: 200, headers: { etag: this.#etag() }, body: this.body };
    }
    const match = headers["if-match"];
    if (match !== undefined && this.body === undefined) return error(404, "NoSuchKey");
    if (match !== undefined && match !== this.#etag()) return error(412, "PreconditionFailed");
    if (headers["if-none-match"] === "*" && this.body !== undefined) return error(412, "PreconditionFailed");
    this.set(body);
    return { status: 200, headers: { etag: this.#etag() } };
  }

  /** @param {string | undefined} body What another writer leaves. */
  set(body) {
    this.body = body;
    this.#version += 1;
  }

  #etag() {
    return `"${this.#version}"`;
  }
}

/** @type {(status: number, value: unknown) => Answer} */
const json = (status, value) => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.0" },
  body: JSON.stringify(value),
});

/** @type {(status: number, code: string) => Answer} */
export const error = (status, code) => ({
  status,
  headers: { "content-type": "application/xml" },
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
});
