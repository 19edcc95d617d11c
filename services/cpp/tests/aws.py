"""DynamoDB and S3 as far as a counter needs them: signatures verified, writes atomic, failures on demand."""

import hashlib
import hmac
import json
import threading

from function import Server

ACCESS_KEY_ID, SECRET, TOKEN, REGION = "AKIAIOSFODNN7EXAMPLE", "secret/+key", "session+token/=", "eu-west-2"


def environment(store, endpoint, **more):
    return {
        "STORE": store,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": TOKEN,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
    } | more


def signed(request, body, service):
    """Whether the request's Signature Version 4 is right, and covers all that matters.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""
    scheme, _, fields = request.headers["authorization"].partition(" ")
    fields = dict(field.strip().split("=", 1) for field in fields.split(","))
    names = fields["SignedHeaders"].split(";")
    needed = {"host", "x-amz-date"} | {name.lower() for name in request.headers if name.lower().startswith("x-amz-")}
    if request.headers.get("x-amz-security-token") != TOKEN or not needed <= set(names) or names != sorted(names):
        return False
    payload = request.headers.get("x-amz-content-sha256") or hashlib.sha256(body).hexdigest()
    if payload not in (hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"):
        return False
    if service == "s3" and "x-amz-content-sha256" not in names:
        return False
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
    canonical = f"{request.command}\n{request.path}\n\n{headers}\n{fields['SignedHeaders']}\n{payload}"
    date = request.headers["x-amz-date"]
    scope = f"{date[:8]}/{REGION}/{service}/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = ("AWS4" + SECRET).encode()
    for part in (*scope.split("/"), to_sign):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    expected = (f"{ACCESS_KEY_ID}/{scope}", key.hex())
    return scheme == "AWS4-HMAC-SHA256" and (fields["Credential"], fields["Signature"]) == expected


class Service(Server):
    """A service that records its calls. `failures` holds what the next calls are answered instead: (status, body),
    "drop" (the connection ends before an answer) or "lose" (the same after the work is done); None: no failure."""

    name = ""

    def __init__(self):
        super().__init__(self._handle)
        self.calls, self.failures, self.lock = [], [], threading.Lock()

    @property
    def url(self):
        return f"http://{self.address}"

    def _handle(self, request):
        body = request.body()
        with self.lock:
            failure = self.failures.pop(0) if self.failures else None
            if not signed(request, body, self.name):
                answer = (403, b"<Code>SignatureDoesNotMatch</Code>", {})
            elif isinstance(failure, tuple):
                answer = (*failure, {})
            elif failure == "drop":
                answer = None
            else:
                answer = self.work(request, body)
        if failure in ("drop", "lose"):
            self.calls.append(failure)
            request.close_connection = True
            return
        self.calls.append(f"{self.called(request)} {answer[0]}")
        status, text, headers = answer
        request.answer(status, text, **headers)


class DynamoDb(Service):
    name = "dynamodb"

    def __init__(self):
        super().__init__()
        self.items = {}

    def called(self, request):
        return request.headers["x-amz-target"].removeprefix("DynamoDB_20120810.")

    def work(self, request, body):
        call, operation = json.loads(body), self.called(request)
        assert request.headers["content-type"] == "application/x-amz-json-1.0"
        if operation == "UpdateItem":
            key = call["TableName"], call["Key"]["id"]["S"]
            assert call["UpdateExpression"] == "ADD hits :n" and call["ReturnValues"] == "UPDATED_NEW", call
            number = str(int(self.items.get(key, "0")) + int(call["ExpressionAttributeValues"][":n"]["N"]))
            self.items[key] = number
            return self.json({"Attributes": {"hits": {"N": number}}})
        if operation == "GetItem":
            found = self.items.get((call["TableName"], call["Key"]["id"]["S"]))
            return self.json({} if found is None else {"Item": {"hits": {"N": found}}})
        assert operation == "PutItem", operation
        item = call["Item"]
        self.items[call["TableName"], item["id"]["S"]] = item["hits"]["N"]
        return self.json({})

    @staticmethod
    def json(answer):
        return 200, json.dumps(answer).encode(), {"content_type": "application/x-amz-json-1.0"}


class S3(Service):
    name = "s3"

    def __init__(self):
        super().__init__()
        self.objects, self.version = {}, 0

    def called(self, request):
        condition = [name for name in ("if-match", "if-none-match") if name in request.headers]
        return " ".join([request.command, *condition])

    def work(self, request, body):
        found = self.objects.get(request.path)
        if request.command == "GET":
            if found is None:
                return 404, b"<Error><Code>NoSuchKey</Code></Error>", {}
            return 200, found[0], {"ETag": found[1]}
        if "if-match" in request.headers:
            if found is None:
                return 404, b"<Error><Code>NoSuchKey</Code></Error>", {}
            if found[1] != request.headers["if-match"]:
                return 412, b"<Error><Code>PreconditionFailed</Code></Error>", {}
        if request.headers.get("if-none-match") == "*" and found is not None:
            return 412, b"<Error><Code>PreconditionFailed</Code></Error>", {}
        self.put(request.path, body)
        return 200, b"", {"ETag": self.objects[request.path][1]}

    def put(self, path, body):
        self.version += 1
        self.objects[path] = body, f'"{self.version:032x}"'
