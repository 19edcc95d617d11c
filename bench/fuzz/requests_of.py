"""The requests that fuzz.py sends: a valid one of an endpoint, changed a few times, in its parts or in its bytes. All of it
follows from the random generator that is handed in."""

import base64
import hashlib
import hmac
import io
import json
import urllib.parse
import zipfile

ENDPOINTS = [
    "dynamodb", "s3", "lambda", "runtime-api", "http-api", "function-url", "alb-function", "server-rust", "server-python",
    "alb-server", "nlb-server",
]  # fmt: skip
KEY, SECRET, REGION = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "eu-west-2"
# What is outside of these is a fault of the endpoint's own. A front answers 500 and 502 for a function that fails; an S3 and
# servers may refuse what they don't have by 501 and 505.
FAULTS = {
    "dynamodb": {500, 502, 503, 504},
    "s3": {500, 502, 503, 504},
    "lambda": {500, 504},
    "runtime-api": {500, 502, 503, 504},
    "http-api": {504},
    "function-url": {500, 504},
    "alb-function": {500, 504},
    "server-rust": {500, 502, 503, 504},
    "server-python": {500, 502, 504},
    "alb-server": {500, 502, 504},
    "nlb-server": {500, 502, 503, 504},
}

METHODS = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "FOO", "PRI", "", "G\0T", "A" * 300,
]  # fmt: skip
VERSIONS = ["HTTP/1.1"] * 12 + ["HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "http/1.1", "", "HTTP/1.1 x"]
PIECES = [
    "..", "%2e%2e", "%2f", "%00", "%", "%zz", "%ff%fe", "☕", "a b", "*", "?", "#", "//", ";", "\\", "null", "true", "-1", "0",
    "1", "2147483648", "9223372036854775808", "18446744073709551616", "1e400", "NaN", "A" * 5000, "'", '"', "<", "&", "\t", "\x7f",
    "{}", "[]", "..%c0%af", "$LATEST", "next", "response", "uploads",
]  # fmt: skip
HEADERS = [
    "Content-Length", "Transfer-Encoding", "Expect", "Connection", "Host", "Content-Type", "Content-Encoding", "Range", "If-Match",
    "If-None-Match", "If-Modified-Since", "X-Forwarded-For", "X-Amzn-Trace-Id", "Cookie", "Origin", "Upgrade", "TE", "Trailer",
    "Accept-Encoding", "Authorization", "X-Amz-Date", "X-Amz-Content-Sha256", "X-Amz-Decoded-Content-Length", "X-Amz-Trailer",
    "X-Amz-Copy-Source", "X-Amz-Copy-Source-Range", "X-Amz-Checksum-Crc32", "X-Amz-Sdk-Checksum-Algorithm", "X-Amz-Acl",
    "X-Amz-Tagging", "X-Amz-Meta-X", "X-Amz-Storage-Class", "X-Amz-Target", "X-Amz-Invocation-Type", "X-Amz-Log-Type",
    "X-Amz-Client-Context", "Lambda-Runtime-Function-Error-Type", "Lambda-Runtime-Function-Response-Mode",
    "Lambda-Extension-Name", "Lambda-Extension-Identifier", "Lambda-Extension-Accept-Feature", "Content-MD5",
]  # fmt: skip
VALUES = [
    "", "0", "1", "5", "-1", "1, 1", "99999999999999999999", "chunked", "gzip, chunked", "identity", "100-continue", "close",
    "keep-alive", "upgrade", "x", "bytes=0-0", "bytes=5-1", "bytes=-0", "bytes=0-1,3-4", "bytes=99999999999999999999-",
    '"abc"', "W/", "*", "Sat, 28 Nov 2026 05:00:00 GMT", "application/json", "text/plain", "aws-chunked", "streaming", "Event",
    "DryRun", "Tail", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "UNSIGNED-PAYLOAD",
    "/box/key", "box/key?versionId=null", "/box/%", "a=1&b=2", "public-read", "GLACIER", "CRC32", "AAAAAA==", "Root=1-0-0",
    "é", "\x01", "a" * 9000, "evil.example", "null", "e30=", "!!!",
]  # fmt: skip

UUID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
XML = [
    "", "<", "<a/>", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "<Tagging><TagSet/></Tagging>",
    "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>", "<Delete><Object><Key>key</Key></Object></Delete>",
    "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>",
    "<CreateBucketConfiguration><LocationConstraint>eu-west-2</LocationConstraint></CreateBucketConfiguration>",
    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>", "<AccessControlPolicy/>", "<a>" * 3000,
]  # fmt: skip
SUBRESOURCES = [
    "acl", "tagging", "uploads", "versions", "versioning", "location", "policy", "cors", "lifecycle", "website", "logging",
    "encryption", "notification", "replication", "object-lock", "publicAccessBlock", "ownershipControls", "delete", "attributes",
    "retention", "legal-hold", "torrent", "restore", "select", "accelerate", "requestPayment", "inventory", "analytics",
    "metrics", "list-type", "max-keys", "marker", "prefix", "delimiter", "continuation-token", "start-after", "encoding-type",
    "partNumber", "uploadId", "versionId", "response-content-type", "x-id", "fetch-owner", "max-uploads", "max-parts",
]  # fmt: skip


def one(endpoint, rng, address, function):
    """The bytes of a request to this endpoint."""
    request = KINDS[endpoint](rng, function)
    for _ in range(rng.choice([0, 1, 1, 2, 2, 3, 5])):
        rng.choice(CHANGES)(rng, request)
    if endpoint == "lambda" and request[0] == "DELETE" and f"/{function['lambda']}" in request[1]:
        # What is called until the end: CreateFunction and DeleteFunction have one of their own, `fuzz`.
        request[0] = "GET"
    raw = encoded(rng, request, address, signed=endpoint in ("s3", "dynamodb") and rng.random() < 0.7)
    if rng.random() < 0.25:
        raw = damaged(rng, raw)
    return raw


# A request is [method, path, query pairs, headers, body].


def counters(rng, _function):
    path = rng.choice(["/", "/hits", "/hits", "/healthz", "/readyz", "/nowhere"])
    body = text(rng) if rng.random() < 0.4 else b""
    kind = rng.choice(["application/json", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream"])
    headers = [("Content-Type", kind)] if body else []
    query = [(rng.choice("abc"), rng.choice(PIECES)) for _ in range(rng.choice([0, 0, 1, 3, 40]))]
    return [rng.choice(METHODS[:7]), path, query, headers, body]


def dynamodb(rng, _function):
    table, key = {"TableName": rng.choice(["fuzz", "fuzz", "none"])}, {"p": {"S": rng.choice("abc")}}
    operation, body = rng.choice([
        ("ListTables", {"Limit": 3}),
        ("DescribeTable", table),
        ("PutItem", {**table, "Item": {**key, "n": {"N": "1"}, "l": {"L": [{"M": {"a": {"B": "AAAA"}}}]}}}),
        ("GetItem", {**table, "Key": key, "ProjectionExpression": "n, l[0].a", "ConsistentRead": True}),
        ("UpdateItem", {**table, "Key": key, "UpdateExpression": "ADD n :n SET #a = if_not_exists(x, :n)",
                        "ExpressionAttributeNames": {"#a": "x"}, "ExpressionAttributeValues": {":n": {"N": "1"}},
                        "ConditionExpression": "attribute_not_exists(y) OR size(p) > :n", "ReturnValues": "ALL_NEW"}),
        ("DeleteItem", {**table, "Key": key}),
        ("Query", {**table, "KeyConditionExpression": "p = :p", "ExpressionAttributeValues": {":p": {"S": "a"}}, "Limit": 1}),
        ("Scan", {**table, "FilterExpression": "contains(p, :p)", "ExpressionAttributeValues": {":p": {"S": "a"}}}),
        ("BatchGetItem", {"RequestItems": {"fuzz": {"Keys": [key]}}}),
        ("BatchWriteItem", {"RequestItems": {"fuzz": [{"PutRequest": {"Item": key}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {**table, "Item": key}}], "ClientRequestToken": "x"}),
        ("ExecuteStatement", {"Statement": "SELECT * FROM fuzz WHERE p = 'a'"}),
        ("CreateTable", {"TableName": "fuzz2", "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
                         "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST",
                         "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}),
        ("DeleteTable", {"TableName": "fuzz2"}),
        ("UpdateTimeToLive", {**table, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "t"}}),
        ("TagResource", {"ResourceArn": "arn", "Tags": [{"Key": "a", "Value": "b"}]}),
    ])  # fmt: skip
    service = rng.choice(["DynamoDB_20120810"] * 9 + ["DynamoDBStreams_20120810"])
    headers = [("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", f"{service}.{operation}")]
    return ["POST", "/", [], headers, json.dumps(other(rng, body)).encode()]


def s3(rng, _function):
    path = rng.choice(["/", "/box", "/box/", "/box/key", "/box/a/b c", "/none/key", "/box2", "/box/key"])
    query = [(rng.choice(SUBRESOURCES), rng.choice(["", "", "1", "url", "/", "2"])) for _ in range(rng.choice([0, 1, 1, 2]))]
    method = rng.choice(["GET", "GET", "HEAD", "PUT", "PUT", "POST", "DELETE"])
    body = b"" if method in ("GET", "HEAD", "DELETE") else rng.choice([text(rng), rng.choice(XML).encode()])
    headers = []
    if rng.random() < 0.1 and method == "PUT":
        headers = [("X-Amz-Copy-Source", rng.choice(["/box/key", "box/none", "/box/key?versionId=null"]))]
    if rng.random() < 0.15 and method == "PUT":
        trailer = "x-amz-checksum-crc32:AAAAAA==\r\n" if rng.random() < 0.5 else ""
        body = b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(body), body, trailer.encode())
        headers = [
            ("Content-Encoding", "aws-chunked"), ("X-Amz-Decoded-Content-Length", "5"), ("X-Amz-Trailer", "x-amz-checksum-crc32"),
            ("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ]  # fmt: skip
    if method == "POST" and rng.random() < 0.3:
        form = "".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{rng.choice(PIECES)}\r\n'
            for name in ("key", "policy", "x-amz-signature", "file")
        )
        headers, body = [("Content-Type", "multipart/form-data; boundary=x")], f"{form}--x--\r\n".encode()
    return [method, path, query, headers, body]


def lambda_api(rng, function):
    base, name = "/2015-03-31/functions", function["lambda"]
    spec = {"FunctionName": "fuzz", "Role": "arn:aws:iam::123456789012:role/r", "Runtime": "provided.al2023",
            "Handler": "bootstrap", "Code": {"ZipFile": base64.b64encode(archive(rng)).decode()}, "Timeout": 1,
            "MemorySize": 128, "Environment": {"Variables": {"A": "b"}}}  # fmt: skip
    event = {"version": "2.0", "rawPath": "/hits", "requestContext": {"http": {"method": "GET", "path": "/"}}}
    made = rng.choice([
        ["POST", f"{base}/{name}/invocations", [], [], event],
        ["POST", f"{base}/{name}/invocations", [("Qualifier", "$LATEST")], [("X-Amz-Log-Type", "Tail")], event],
        ["POST", f"{base}/{name}/invocations", [], [("X-Amz-Invocation-Type", "DryRun")], {}],
        ["POST", f"{base}/{name}/invocations", [], [("X-Amz-Invocation-Type", "Event")], {}],
        ["POST", f"/2021-11-15/functions/{name}/response-streaming-invocations", [], [], event],
        ["GET", f"{base}/", [("MaxItems", "1"), ("Marker", "x")], [], None],
        ["GET", f"{base}/{name}", [], [], None],
        ["GET", f"{base}/{name}/configuration", [], [], None],
        ["POST", base, [], [], spec],
        ["PUT", f"{base}/fuzz/code", [], [], spec["Code"]],
        ["PUT", f"{base}/fuzz/configuration", [], [], {"Timeout": 1, "MemorySize": 256}],
        ["DELETE", f"{base}/fuzz", [], [], None],
        ["GET", f"{base}/{name}/policy", [], [], None],
    ])  # fmt: skip
    body = made[4]
    made[4] = b"" if body is None else json.dumps(other(rng, body)).encode()
    return made


def runtime_api(rng, _function):
    runtime, extension = "/2018-06-01/runtime/", "/2020-01-01/extension/"
    identifier = [("Lambda-Extension-Identifier", UUID)]
    return rng.choice([
        ["GET", runtime + "invocation/next", [], [], b""],
        ["POST", runtime + f"invocation/{UUID}/response", [], [], text(rng)],
        ["POST", runtime + f"invocation/{UUID}/response", [], [("Lambda-Runtime-Function-Response-Mode", "streaming")], text(rng)],
        ["POST", runtime + f"invocation/{UUID}/error", [], [("Lambda-Runtime-Function-Error-Type", "A.B")], b'{"errorType":"a"}'],
        ["POST", runtime + "init/error", [], [], b"{}"],
        ["POST", extension + "register", [], [("Lambda-Extension-Name", "fuzz")], b'{"events":["INVOKE","SHUTDOWN"]}'],
        ["GET", extension + "event/next", [], identifier, b""],
        ["POST", extension + "init/error", [], identifier, b"{}"],
        ["POST", extension + "exit/error", [], identifier, b"{}"],
        ["PUT", "/2020-08-15/logs", [], identifier, b"{}"],
        ["PUT", "/2022-07-01/telemetry", [], identifier, b'{"types":["platform"]}'],
    ])  # fmt: skip


KINDS = {
    "dynamodb": dynamodb,
    "s3": s3,
    "lambda": lambda_api,
    "runtime-api": runtime_api,
    **{name: counters for name in ENDPOINTS[4:]},
}


def archive(rng):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr(rng.choice(["bootstrap", "../x", "/x", "a/b", "x" * 300]), b"#!/bin/sh\nexit 1\n")
    return out.getvalue() if rng.random() < 0.6 else damaged(rng, out.getvalue())


def text(rng):
    return rng.choice([b"x", b"{}", b"\0\xff", rng.randbytes(40), rng.choice(PIECES).encode(), b"y" * rng.choice([100, 70_000])])


def other(rng, value):
    """The same JSON with some values of another type or size."""
    if rng.random() < 0.06:
        return rng.choice([None, True, -1, 2**70, 1e308, "", "é" * 300, [], {}, [[[[]]]], {"S": 1}, {"N": "x"}, {"NULL": False}])
    if isinstance(value, dict):
        return {key: other(rng, member) for key, member in value.items() if rng.random() > 0.04}
    return [other(rng, member) for member in value] if isinstance(value, list) else value


def change_method(rng, request):
    request[0] = rng.choice(METHODS)


def change_path(rng, request):
    pieces = request[1].split("/")
    at = rng.randrange(len(pieces) + 1)
    pieces[at : at + rng.choice([0, 1])] = [rng.choice(PIECES)]
    request[1] = "/".join(pieces)


def add_query(rng, request):
    request[2].append((rng.choice(SUBRESOURCES + PIECES), rng.choice(PIECES)))


def add_header(rng, request):
    request[3].append((rng.choice(HEADERS), rng.choice(VALUES)))


def add_many_headers(rng, request):
    request[3] += [(f"X-{n}", "v" * rng.choice([1, 50])) for n in range(rng.choice([20, 101, 400]))]


def change_body(rng, request):
    request[4] = rng.choice([text(rng), damaged(rng, request[4]), rng.choice(XML).encode(), b"[" * 4000, b'{"a":' * 4000])


CHANGES = [change_method, change_path, change_path, add_query, add_query, add_header, add_header, add_header, add_many_headers,
           change_body, change_body]  # fmt: skip


def damaged(rng, raw):
    """The same bytes with a few changed, left out, doubled or cut off."""
    raw = bytearray(raw)
    for _ in range(rng.choice([1, 1, 2, 8])):
        at, length = rng.randrange(len(raw) + 1), rng.choice([1, 1, 2, 20])
        match rng.randrange(5):
            case 0:
                raw[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del raw[at : at + length]
            case 2:
                raw[at:at] = raw[at : at + length]
            case 3:
                raw[at:at] = rng.choice([b"\r\n", b"\n", b"\0", b" ", b":", b"\r\n\r\n", b"%", b"\xff"])
            case _:
                del raw[at:]
    return bytes(raw)


def encoded(rng, request, address, signed):
    method, path, query, headers, body = request
    plain = rng.random() < 0.8
    target = quote(path, "/") if plain else path
    pairs = "&".join(f"{quote(name)}={quote(value)}" if plain or signed else f"{name}={value}" for name, value in query)
    target += f"?{pairs}" if pairs else ""
    headers = [("Host", f"{address[0]}:{address[1]}"), *headers, ("Connection", "close")]
    if signed:
        headers = signature(method, path, query, headers, body)
    elif not any(name == "Content-Length" for name, _ in headers) and (body or method in ("POST", "PUT")):
        if rng.random() < 0.1:
            headers.append(("Transfer-Encoding", "chunked"))
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        else:
            headers.append(("Content-Length", str(len(body))))
    head = f"{method} {target} {rng.choice(VERSIONS)}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
    return head.encode(errors="surrogateescape") + b"\r\n" + body


def quote(value, safe=""):
    return urllib.parse.quote(value, safe=safe + "-_.~")


def signature(method, path, query, headers, body):
    """The headers with AWS's signature, so that what is behind it is tried too."""
    headers = [(name, value) for name, value in headers if name not in ("Authorization", "X-Amz-Date")]
    content = next((value for name, value in headers if name == "X-Amz-Content-Sha256"), hashlib.sha256(body).hexdigest())
    headers += [("X-Amz-Date", now()), ("X-Amz-Content-Sha256", content), ("Content-Length", str(len(body)))]
    by_name = {}
    for name, value in headers:
        if name.lower() not in ("connection", "content-length", "transfer-encoding", "expect", "te", "upgrade", "trailer"):
            by_name.setdefault(name.lower(), []).append(value.strip())
    names = sorted(by_name)
    pairs = "&".join(f"{quote(name)}={quote(value)}" for name, value in sorted(query))
    canonical = "\n".join([method, quote(path, "/"), pairs, *(f"{name}:{','.join(by_name[name])}" for name in names), "",
                           ";".join(names), content])  # fmt: skip
    scope = f"{now()[:8]}/{REGION}/s3/aws4_request"
    key = b"AWS4" + SECRET.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", now(), scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signed = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={KEY}/{scope}, SignedHeaders={';'.join(names)}, Signature={signed}"
    return [*headers, ("Authorization", f"AWS4-HMAC-SHA256 {credential}")]


def now():
    import datetime

    return datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")


def is_fault(endpoint, status):
    """Whether this answer is the endpoint's own fault."""
    return status in FAULTS[endpoint]


def prepare(addresses, send):
    """A table and a bucket to work on."""
    for endpoint, request in (
        ("s3", ["PUT", "/box", [], [], b""]),
        ("s3", ["PUT", "/box/key", [], [], b"hello"]),
        ("dynamodb", ["POST", "/", [], [("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.CreateTable")],
                      json.dumps({"TableName": "fuzz", "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
                                  "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}).encode()]),
    ):  # fmt: skip
        if endpoint in addresses:
            answer = send(addresses[endpoint], valid(request, addresses[endpoint]), 20)
            assert answer.startswith(b"HTTP/1.1 200"), answer


def plain_answer(endpoint, address, send):
    """The answer to a plain request, which should be a 200."""
    request = {
        "dynamodb": ["POST", "/", [], [("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.ListTables")], b"{}"],
        "s3": ["GET", "/", [], [], b""],
        "lambda": ["GET", "/2015-03-31/functions/", [], [], b""],
    }.get(endpoint, ["GET", "/hits", [], [], b""])  # fmt: skip
    return send(address, valid(request, address), 30)


def valid(request, address):
    method, path, query, headers, body = request
    headers = signature(method, path, query, [("Host", f"{address[0]}:{address[1]}"), *headers, ("Connection", "close")], body)
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
    return head.encode() + b"\r\n" + body
