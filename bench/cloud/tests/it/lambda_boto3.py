"""A function of one's own through boto3: put there, invoked, changed, listed, deleted; and what is refused. One argument: the
Lambda endpoint."""
import io, json, sys, zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

BOOTSTRAP = """#!/usr/bin/env python3
import http.client, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
base = "/2018-06-01/runtime/invocation/"
while True:
    api.request("GET", base + "next")
    got = api.getresponse()
    event = got.read()
    api.request("POST", base + got.getheader("Lambda-Runtime-Aws-Request-Id") + "/response", b'{"%s": ' + event + b"}")
    api.getresponse().read()
"""


def package(word):
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as out:
        info = zipfile.ZipInfo("bootstrap")
        info.external_attr = 0o100755 << 16
        out.writestr(info, BOOTSTRAP % word)
    return zipped.getvalue()


client = boto3.client(
    "lambda", endpoint_url=sys.argv[1], region_name="eu-west-2", aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
    aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", config=Config(retries={"total_max_attempts": 1}))


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error.response
    raise AssertionError(f"{call} is not refused")


own = dict(Runtime="provided.al2023", Handler="bootstrap", Role="arn:aws:iam::123456789012:role/mine")
made = client.create_function(FunctionName="own", Code={"ZipFile": package("first")}, Timeout=10, **own)
assert made["ResponseMetadata"]["HTTPStatusCode"] == 201 and made["Timeout"] == 10, made
client.get_waiter("function_active_v2").wait(FunctionName="own")
assert [it["FunctionName"] for it in client.list_functions()["Functions"]] == ["own"]
assert [page["Functions"] for page in client.get_paginator("list_functions").paginate()]

answer = client.invoke(FunctionName="own", Payload=b'{"a": 1}', LogType="Tail")
assert json.loads(answer["Payload"].read()) == {"first": {"a": 1}} and "FunctionError" not in answer, answer
client.update_function_code(FunctionName="own", ZipFile=package("second"))
client.get_waiter("function_updated_v2").wait(FunctionName="own")
answer = client.invoke(FunctionName=made["FunctionArn"], Qualifier="$LATEST", Payload=b"[2]")
assert json.loads(answer["Payload"].read()) == {"second": [2]}, answer
changed = client.update_function_configuration(FunctionName="own", Environment={"Variables": {"MINE": "1"}})
assert changed["Environment"] == {"Variables": {"MINE": "1"}} and changed["RevisionId"] != made["RevisionId"], changed
assert client.get_function(FunctionName="own")["Configuration"]["CodeSha256"] == changed["CodeSha256"]

stream = client.invoke_with_response_stream(FunctionName="own", Payload=b"{}")["EventStream"]
events = [name for event in stream for name in event]
assert events == ["PayloadChunk", "InvokeComplete"], events

refused("ResourceConflictException", client.create_function, FunctionName="own", Code={"ZipFile": package("x")}, **own)
refused("ResourceNotFoundException", client.invoke, FunctionName="nobody")
refused("ResourceNotFoundException", client.invoke, FunctionName="own", Qualifier="7")
refused("InvalidParameterValueException", client.create_function, FunctionName="x", Code={"ZipFile": b"no zip"}, **own)
refused("InvalidParameterValueException", client.create_function, FunctionName="x", Code={"ImageUri": "x"}, **own)
refused("InvalidRequestContentException", client.invoke, FunctionName="own", Payload=b"{")
refused("UnknownOperationException", client.list_aliases, FunctionName="own")
client.delete_function(FunctionName="own")
refused("ResourceNotFoundException", client.get_function, FunctionName="own")
