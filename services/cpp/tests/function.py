"""A function as a process, and the Runtime API that it talks to. Ends each process by its own id."""

import http.server
import json
import os
import pathlib
import queue
import subprocess
import threading

BUILD = pathlib.Path(os.environ["COUNTER_BUILD"])
#: Longer than any bound of the function itself (a hit: 15 s), even under sanitizers on a busy machine.
PATIENCE_S = 40
FAR_FUTURE_MS = 99_999_999_999_999


class Handler(http.server.BaseHTTPRequestHandler):
    """Keeps connections, logs nothing, answers in one segment."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def answer(self, status, body=b"", **headers):
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


class Server:
    """An HTTP server on a port of loopback, for the time of a `with`."""

    def __init__(self, handle):
        self.connections = 0
        outer = self

        class Bound(Handler):
            def setup(self):
                super().setup()
                outer.connections += 1

            def do_GET(self):
                handle(self)

            do_POST = do_PUT = do_GET

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.address = "127.0.0.1:%d" % self.server.server_port

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Function:
    """A running function with a Runtime API of its own."""

    def __init__(self, name, environment, deadline_ms=FAR_FUTURE_MS):
        self.events, self.answers = queue.Queue(), queue.Queue()
        self.deadline_ms = deadline_ms
        self.count = 0
        self.runtime_api = Server(self._handle)
        environment = {"AWS_LAMBDA_RUNTIME_API": self.runtime_api.address} | environment
        self.process = subprocess.Popen(
            [BUILD / name / "bootstrap"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self):
        self.runtime_api.__enter__()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.stdout, self.stderr = self.process.communicate()
        self.runtime_api.__exit__()

    def _handle(self, request):
        path = request.path.removeprefix("/2018-06-01/runtime/")
        body = request.body()
        if path == "invocation/next" and request.command == "GET":
            event = self.events.get()
            self.count += 1
            deadline = self.deadline_ms() if callable(self.deadline_ms) else self.deadline_ms
            request.answer(
                200,
                event,
                lambda_runtime_aws_request_id=f"request-{self.count}",
                Lambda_Runtime_Deadline_Ms=str(deadline),
                content_type="application/json",
            )
            return
        kind = request.headers.get("lambda-runtime-function-error-type")
        self.answers.put((path, kind, body))
        request.answer(202, b'{"status":"OK"}\n')

    def invoke_raw(self, event):
        """The path, the error's type if it is one, and the body of what the function posts for the event."""
        self.events.put(event)
        return self.answers.get(timeout=PATIENCE_S)

    def invoke(self, method, path, event=None):
        posted, kind, body = self.invoke_raw(json.dumps((event or payload_2)(method, path)).encode())
        assert (posted, kind) == (f"invocation/request-{self.count}/response", None), (posted, kind, body)
        return json.loads(body)

    def hit(self):
        """The number, or the status where there is none."""
        answer = self.invoke("GET", "/hits")
        return int(answer["body"]) if answer["statusCode"] == 200 else f"status {answer['statusCode']}"


def payload_2(method, path):
    http_part = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "t"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "x=1",
        "headers": {"host": "test"},
        "requestContext": {"accountId": "1", "http": http_part, "stage": "$default", "timeEpoch": 1583348638390},
        "isBase64Encoded": False,
    }


def load_balancer(method, path):
    return {
        "requestContext": {"elb": {"targetGroupArn": "arn"}},
        "httpMethod": method,
        "path": path,
        "queryStringParameters": {},
        "headers": {"host": "test"},
        "body": "",
        "isBase64Encoded": False,
    }
