"""The count as the body of one S3 object, written only where it is still what was read."""

import os
import random
import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from respond import respond

# boto3 waits 60 s by default: longer than the function may take.
CONFIG = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 3})
BUCKET, KEY = os.environ["STORE"].removeprefix("s3://").split("/", 1)
READ_THEN_WRITE = os.environ.get("COUNTER_UPDATE") == "read-then-write"

ROUNDS_SECONDS = 12
"""How long rounds are begun that another writer may win: less than a front waits for a function."""

# boto3 reads AWS_DEFAULT_REGION alone.
s3 = boto3.client("s3", region_name=os.environ["AWS_REGION"], config=CONFIG)


def add(n: int) -> int:
    """Adds `n`, and returns the count after it."""
    began, ceiling_seconds = time.monotonic(), 0.02
    while True:
        round_began = time.monotonic()
        before, condition = read()
        count = before + n
        if READ_THEN_WRITE:
            # What the original study did. A health check must not undo what others write.
            if n > 0:
                s3.put_object(Bucket=BUCKET, Key=KEY, Body=f"{count}\n".encode())
            return count
        try:
            s3.put_object(Bucket=BUCKET, Key=KEY, Body=f"{count}\n".encode(), **condition)
            return count
        except ClientError as error:
            # Written or deleted since it was read: another round, after a pause with full jitter.
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status not in (404, 409, 412) or time.monotonic() - began > ROUNDS_SECONDS:
                raise
        now = time.monotonic()
        left_seconds = max(0, ROUNDS_SECONDS - (now - began))
        time.sleep(random.random() * min(ceiling_seconds, left_seconds))
        # Of twenty rounds at most: callers who share a processor make them long.
        ceiling_seconds = min(ceiling_seconds * 2, max(1, 20 * (now - round_began)))


def read() -> tuple[int, dict[str, str]]:
    """The count, and on what condition it may be replaced; a missing object is 0."""
    try:
        got = s3.get_object(Bucket=BUCKET, Key=KEY)
    except s3.exceptions.NoSuchKey:
        return 0, {"IfNoneMatch": "*"}
    return int(got["Body"].read()), {"IfMatch": got["ETag"]}


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """What Lambda calls."""
    return respond(event, add)
