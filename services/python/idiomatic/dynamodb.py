"""The count as the attribute `hits` of one DynamoDB item."""

import os
from typing import Any

import boto3
from botocore.config import Config
from respond import respond

# boto3 waits 60 s by default: longer than the function may take.
CONFIG = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 3})
TABLE, KEY = os.environ["STORE"].removeprefix("dynamodb://").split("/", 1)
READ_THEN_WRITE = os.environ.get("COUNTER_UPDATE") == "read-then-write"

# boto3 reads AWS_DEFAULT_REGION alone.
dynamodb = boto3.client("dynamodb", region_name=os.environ["AWS_REGION"], config=CONFIG)


def add(n: int) -> int:
    """Adds `n`, and returns the count after it."""
    if READ_THEN_WRITE:
        return read_then_write(n)
    updated = dynamodb.update_item(
        TableName=TABLE,
        Key={"id": {"S": KEY}},
        UpdateExpression="ADD hits :n",
        ExpressionAttributeValues={":n": {"N": str(n)}},
        ReturnValues="UPDATED_NEW",
    )
    return int(updated["Attributes"]["hits"]["N"])


def read_then_write(n: int) -> int:
    """What the original study did: concurrent calls lose updates."""
    got = dynamodb.get_item(TableName=TABLE, Key={"id": {"S": KEY}})
    count = int(got["Item"]["hits"]["N"]) + n if "Item" in got else n
    if n > 0:
        item = {"id": {"S": KEY}, "hits": {"N": str(count)}}
        dynamodb.put_item(TableName=TABLE, Item=item)
    return count


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """What Lambda calls."""
    return respond(event, add)
