"""What is answered to a request, whichever store counts. The same bytes as the tuned build's, whose
table is in `services/counter/src/response.rs`."""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")

logger = logging.getLogger()


def respond(event: dict[str, Any], add: Callable[[int], int]) -> dict[str, Any]:
    """Answers an event of payload format 2.0, or of a load balancer."""
    http = event["requestContext"].get("http")
    method, path = (
        (http["method"], event["rawPath"]) if http else (event["httpMethod"], event["path"])
    )
    if method not in METHODS:
        return problem(HTTPStatus.NOT_IMPLEMENTED)
    match path, method:
        case "/hits", "GET" | "POST":
            try:
                return answer(200, "text/plain; charset=utf-8", str(add(1)))
            except Exception:
                logger.exception("no number")
                return problem(HTTPStatus.SERVICE_UNAVAILABLE)
        case "/hits", _:
            return problem(HTTPStatus.METHOD_NOT_ALLOWED, allow="GET, POST")
        case "/", "GET" | "HEAD":
            headers = {
                "content-type": "text/html; charset=utf-8",
                "x-content-type-options": "nosniff",
            }
            return {"statusCode": 200, "headers": headers, "body": PAGE}
        case "/healthz", "GET" | "HEAD":
            return answer(200, "application/health+json", '{"status":"pass"}')
        case "/readyz", "GET" | "HEAD":
            try:
                add(0)
                return answer(200, "application/health+json", '{"status":"pass"}')
            except Exception:
                logger.exception("not ready")
                return answer(503, "application/health+json", '{"status":"fail"}')
        case "/" | "/healthz" | "/readyz", _:
            return problem(HTTPStatus.METHOD_NOT_ALLOWED, allow="GET, HEAD")
    return problem(HTTPStatus.NOT_FOUND)


def problem(status: HTTPStatus, **headers: str) -> dict[str, Any]:
    """A problem by its number and phrase; the details are for the log."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value}
    text = json.dumps(body, separators=(",", ":"))
    return answer(status.value, "application/problem+json", text, **headers)


def answer(status: int, content_type: str, body: str, **headers: str) -> dict[str, Any]:
    """An answer that no cache keeps."""
    headers = {"content-type": content_type, "cache-control": "no-store", **headers}
    return {"statusCode": status, "headers": headers, "body": body}
