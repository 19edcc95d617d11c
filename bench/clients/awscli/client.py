"""The scenarios through the AWS CLI, as it comes."""

import json
import os
import re
import subprocess
import sys
import tempfile

NAME = os.environ["CLIENT_NAME"]


class Refused(Exception):
    """The CLI's error, by the service's code where there is one."""


def aws(*arguments, stdin=None):
    done = subprocess.run(["aws", *arguments, "--output", "json"], input=stdin, capture_output=True, timeout=60)
    if done.returncode != 0:
        printed = done.stderr.decode().strip()
        code = re.search(r"An error occurred \((\w+)\)", printed)
        raise Refused(code.group(1) if code else printed)
    return json.loads(done.stdout) if done.stdout.strip().startswith(b"{") else {}


def s3api(operation, *arguments):
    return aws("s3api", operation, "--bucket", NAME, *arguments)


def dynamodb(operation, *arguments):
    return aws("dynamodb", operation, "--table-name", NAME, *arguments)


def put(step):
    options = {"content_type": "--content-type", "if_none_match": "--if-none-match", "if_match": "--if-match"}
    arguments = [text for field, option in options.items() if field in step for text in (option, step[field])]
    if "metadata" in step:
        arguments += ["--metadata", json.dumps(step["metadata"])]
    with tempfile.NamedTemporaryFile() as body:
        body.write(step["body"].encode())
        body.flush()
        answer = s3api("put-object", "--key", step["key"], "--body", body.name, *arguments)
    return {"etag": answer["ETag"].strip('"')}


def stream(step):
    aws("s3", "cp", "-", f"s3://{step.get('bucket', NAME)}/{step['key']}", stdin=b"x" * step["size"])
    return {}


def get(step):
    with tempfile.NamedTemporaryFile() as body:
        ranged = ["--range", step["range"]] if "range" in step else []
        answer = s3api("get-object", "--key", step["key"], *ranged, body.name)
        with open(body.name, "rb") as content:
            text = content.read().decode()
    return {
        "body": text,
        "content_type": answer["ContentType"],
        "content_encoding": answer.get("ContentEncoding"),
        "metadata": answer["Metadata"],
    }


def head(step):
    answer = s3api("head-object", "--key", step["key"])
    return {"size": answer["ContentLength"], "content_encoding": answer.get("ContentEncoding")}


def listing(step):
    delimiter = ["--delimiter", step["delimiter"]] if "delimiter" in step else []
    answer = s3api("list-objects-v2", "--prefix", step["prefix"], "--page-size", str(step["page"]), *delimiter)
    return {
        "keys": [entry["Key"] for entry in answer.get("Contents") or []],
        "prefixes": [entry["Prefix"] for entry in answer.get("CommonPrefixes") or []],
    }


def delete(step):
    wanted = json.dumps({"Objects": [{"Key": key} for key in step["keys"]]})
    return {"deleted": len(s3api("delete-objects", "--delete", wanted).get("Deleted", []))}


def copy(step):
    s3api("copy-object", "--key", step["key"], "--copy-source", f"{NAME}/{step['from']}")
    return {}


def create_bucket(_step):
    s3api("create-bucket", "--create-bucket-configuration", f"LocationConstraint={os.environ['AWS_REGION']}")
    return {}


def create_table(_step):
    names = ["--attribute-definitions", "AttributeName=p,AttributeType=S", "AttributeName=s,AttributeType=S"]
    names += ["--key-schema", "AttributeName=p,KeyType=HASH", "AttributeName=s,KeyType=RANGE"]
    dynamodb("create-table", "--billing-mode", "PAY_PER_REQUEST", *names)
    return {}


def item(step, value=True):
    found = {"p": {"S": step["partition"]}, "s": {"S": step["sort"]}}
    return json.dumps({**found, "n": {"N": str(step["value"])}} if value else found)


def put_item(step, *condition):
    dynamodb("put-item", "--item", item(step), *condition)
    return {}


def get_item(step):
    found = dynamodb("get-item", "--key", item(step, value=False), "--consistent-read").get("Item")
    return {"value": int(found["n"]["N"]) if found else None}


def add(step):
    value = json.dumps({":n": {"N": str(step["value"])}})
    update = ["--update-expression", "ADD n :n", "--expression-attribute-values", value]
    answer = dynamodb("update-item", "--key", item(step, value=False), *update, "--return-values", "UPDATED_NEW")
    return {"value": int(answer["Attributes"]["n"]["N"])}


def batch(step):
    puts = [{"PutRequest": {"Item": json.loads(item({**step, "sort": sort}))}} for sort in step["sorts"]]
    aws("dynamodb", "batch-write-item", "--request-items", json.dumps({NAME: puts}))
    return {}


def transact(step):
    place = {"TableName": NAME, "ConditionExpression": "attribute_not_exists(p)"}
    puts = [{"Put": {**place, "Item": json.loads(item({**step, "sort": sort}))}} for sort in step["sorts"]]
    aws("dynamodb", "transact-write-items", "--transact-items", json.dumps(puts))
    return {}


def query(step):
    values = json.dumps({":p": {"S": step["partition"]}})
    condition = ["--key-condition-expression", "p = :p", "--expression-attribute-values", values]
    answer = dynamodb("query", *condition, "--page-size", str(step["page"]))
    return {"sorts": [found["s"]["S"] for found in answer["Items"]]}


def multipart(step):
    place = ["--bucket", NAME, "--key", step["key"]]
    upload = ["--upload-id", aws("s3api", "create-multipart-upload", *place)["UploadId"]]
    parts = []
    for number, size in enumerate(step["sizes"], 1):
        with tempfile.NamedTemporaryFile() as part:
            part.write(b"x" * size)
            part.flush()
            sent = aws("s3api", "upload-part", *place, *upload, "--part-number", str(number), "--body", part.name)
        checksums = {name: value for name, value in sent.items() if name.startswith("Checksum")}
        parts.append({"PartNumber": number, "ETag": sent["ETag"], **checksums})
    wanted = json.dumps({"Parts": parts})
    done = aws("s3api", "complete-multipart-upload", *place, *upload, "--multipart-upload", wanted)
    return {"parts": int(done["ETag"].strip('"').split("-")[1])}


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
    "dynamodb.put_new": lambda step: put_item(step, "--condition-expression", "attribute_not_exists(p)"),
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
        except Refused as error:
            result = {"error": str(error)}
        print(json.dumps({"result": result}), flush=True)


main()
