"""Short links: PUT /links/{code} keeps where a code leads, GET /links/{code} goes there."""

import json
import os

import boto3
from botocore.exceptions import ClientError

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def answer(status, body=None, **headers):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **headers},
        "body": json.dumps(body) if body is not None else "",
    }


def handler(event, context):
    method = event["requestContext"]["http"]["method"]
    code = event["rawPath"].removeprefix("/links/")
    if method == "PUT":
        url = json.loads(event["body"])["url"]
        try:
            table.put_item(
                Item={"code": code, "url": url, "visits": 0},
                ConditionExpression="attribute_not_exists(code)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return answer(409, {"error": "the code is taken"})
        return answer(201, {"code": code})
    item = table.get_item(Key={"code": code}).get("Item")
    if item is None:
        return answer(404, {"error": "no such code"})
    table.update_item(
        Key={"code": code},
        UpdateExpression="ADD visits :one",
        ExpressionAttributeValues={":one": 1},
    )
    return answer(302, location=item["url"])
