"""The scenarios through boto3, as it comes."""

import io
import json
import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

NAME = os.environ["CLIENT_NAME"]
s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")


class Unseekable(io.RawIOBase):
    """A body that can only be read on, as a pipe is."""

    def __init__(self, size):
        self.left = size

    def readable(self):
        return True

    def readinto(self, buffer):
        length = min(self.left, len(buffer))
        buffer[:length] = b"x" * length
        self.left -= length
        return length


def key(step, sort="sort"):
    return {"p": {"S": step["partition"]}, "s": {"S": step[sort] if sort in step else sort}}


def put(step):
    names = {"content_type": "ContentType", "metadata": "Metadata", "if_none_match": "IfNoneMatch", "if_match": "IfMatch"}
    optional = {name: step[field] for field, name in names.items() if field in step}
    answer = s3.put_object(Bucket=NAME, Key=step["key"], Body=step["body"].encode(), **optional)
    return {"etag": answer["ETag"].strip('"')}


def stream(step):
    s3.upload_fileobj(Unseekable(step["size"]), step.get("bucket", NAME), step["key"])
    return {}


def get(step):
    answer = s3.get_object(Bucket=NAME, Key=step["key"], **({"Range": step["range"]} if "range" in step else {}))
    return {
        "body": answer["Body"].read().decode(),
        "content_type": answer["ContentType"],
        "content_encoding": answer.get("ContentEncoding"),
        "metadata": answer["Metadata"],
    }


def head(step):
    answer = s3.head_object(Bucket=NAME, Key=step["key"])
    return {"size": answer["ContentLength"], "content_encoding": answer.get("ContentEncoding")}


def copy(step):
    s3.copy_object(Bucket=NAME, Key=step["key"], CopySource={"Bucket": NAME, "Key": step["from"]})
    return {}


def multipart(step):
    place = {"Bucket": NAME, "Key": step["key"]}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    parts = []
    for number, size in enumerate(step["sizes"], 1):
        part = s3.upload_part(**place, UploadId=upload, PartNumber=number, Body=b"x" * size)
        checksums = {name: value for name, value in part.items() if name.startswith("Checksum")}
        parts.append({"PartNumber": number, "ETag": part["ETag"], **checksums})
    done = s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
    return {"parts": int(done["ETag"].strip('"').split("-")[1])}


def listing(step):
    keys, prefixes = [], []
    arguments = {"Bucket": NAME, "Prefix": step["prefix"], "Delimiter": step.get("delimiter", "")}
    for page in s3.get_paginator("list_objects_v2").paginate(**arguments, PaginationConfig={"PageSize": step["page"]}):
        keys += [entry["Key"] for entry in page.get("Contents", [])]
        prefixes += [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
    return {"keys": keys, "prefixes": prefixes}


def delete(step):
    answer = s3.delete_objects(Bucket=NAME, Delete={"Objects": [{"Key": key} for key in step["keys"]]})
    return {"deleted": len(answer.get("Deleted", []))}


def create_table(_step):
    names = ("p", "HASH"), ("s", "RANGE")
    dynamodb.create_table(
        TableName=NAME,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in names],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in names],
    )
    dynamodb.get_waiter("table_exists").wait(TableName=NAME)
    return {}


def item(step, sort="sort"):
    return {**key(step, sort), "n": {"N": str(step["value"])}}


def put_item(step, **condition):
    dynamodb.put_item(TableName=NAME, Item=item(step), **condition)
    return {}


def get_item(step):
    found = dynamodb.get_item(TableName=NAME, Key=key(step), ConsistentRead=True).get("Item")
    return {"value": int(found["n"]["N"]) if found else None}


def add(step):
    answer = dynamodb.update_item(
        TableName=NAME,
        Key=key(step),
        UpdateExpression="ADD n :n",
        ExpressionAttributeValues={":n": {"N": str(step["value"])}},
        ReturnValues="UPDATED_NEW",
    )
    return {"value": int(answer["Attributes"]["n"]["N"])}


def batch(step):
    puts = [{"PutRequest": {"Item": item(step, sort)}} for sort in step["sorts"]]
    dynamodb.batch_write_item(RequestItems={NAME: puts})
    return {}


def transact(step):
    condition = {"TableName": NAME, "ConditionExpression": "attribute_not_exists(p)"}
    dynamodb.transact_write_items(TransactItems=[{"Put": {"Item": item(step, sort), **condition}} for sort in step["sorts"]])
    return {}


def query(step):
    pages = dynamodb.get_paginator("query").paginate(
        TableName=NAME,
        KeyConditionExpression="p = :p",
        ExpressionAttributeValues={":p": {"S": step["partition"]}},
        PaginationConfig={"PageSize": step["page"]},
    )
    return {"sorts": [found["s"]["S"] for page in pages for found in page["Items"]]}


def create_bucket(_step):
    s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_REGION"]})
    return {}


OPERATIONS = {
    "s3.create_bucket": create_bucket,
    "s3.put": put,
    "s3.stream": stream,
    "s3.get": get,
    "s3.head": head,
    "s3.copy": copy,
    "s3.multipart": multipart,
    "s3.list": listing,
    "s3.delete": delete,
    "dynamodb.create_table": create_table,
    "dynamodb.put": put_item,
    "dynamodb.put_new": lambda step: put_item(step, ConditionExpression="attribute_not_exists(p)"),
    "dynamodb.get": get_item,
    "dynamodb.add": add,
    "dynamodb.batch": batch,
    "dynamodb.transact": transact,
    "dynamodb.query": query,
}


def main():
    with open(sys.argv[1], encoding="utf-8") as table:
        scenarios = json.load(table)["scenarios"]
    for step in (step for scenario in scenarios for step in scenario["steps"]):
        try:
            result = OPERATIONS[step["do"]](step)
        except ClientError as error:
            result = {"error": error.response["Error"]["Code"]}
        except (BotoCoreError, boto3.exceptions.Boto3Error) as error:
            cause = error.__context__
            code = cause.response["Error"]["Code"] if isinstance(cause, ClientError) else str(error)
            result = {"error": code}
        print(json.dumps({"result": result}), flush=True)


main()
