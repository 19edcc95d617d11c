"""The bytes of every response; the table is in `services/counter/src/response.rs`.

Must not know stores, routes or hosts.
"""

from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

GET_OR_HEAD = "GET, HEAD"
GET_OR_POST = "GET, POST"


class Response(NamedTuple):
    """A response; the host adds `content-length`, and leaves the body out for `HEAD`."""

    status: int
    headers: dict[str, str]
    body: str


def _fresh(status: int, content_type: str, body: str) -> Response:
    return Response(status, {"content-type": content_type, "cache-control": "no-store"}, body)


def _page() -> Response:
    """The page, the same in every language: beside the package where it is deployed, in
    `services/` where it is not."""
    here = Path(__file__).resolve()
    deployed = here.with_name("page.html")
    path = deployed if deployed.exists() else here.parents[3] / "page.html"
    headers = {"content-type": "text/html; charset=utf-8", "x-content-type-options": "nosniff"}
    return Response(200, headers, path.read_text(encoding="utf-8"))


def count(number: int) -> Response:
    """A number of the caller's own."""
    return _fresh(200, "text/plain; charset=utf-8", str(number))


def _problem(status: HTTPStatus) -> Response:
    """The problem of `status`: its number and phrase. The details are for the log."""
    return problem(status.value, status.phrase)


def problem(status: int, title: str) -> Response:
    """A problem by its number and phrase."""
    body = f'{{"type":"about:blank","title":"{title}","status":{status}}}'
    return _fresh(status, "application/problem+json", body)


def method_not_allowed(allowed: str) -> Response:
    """405 with the methods that there are."""
    problem = _problem(HTTPStatus.METHOD_NOT_ALLOWED)
    return problem._replace(headers={**problem.headers, "allow": allowed})


PAGE = _page()
HEALTHY = _fresh(200, "application/health+json", '{"status":"pass"}')
UNHEALTHY = _fresh(503, "application/health+json", '{"status":"fail"}')
NO_NUMBER = _problem(HTTPStatus.SERVICE_UNAVAILABLE)
NOT_FOUND = _problem(HTTPStatus.NOT_FOUND)
NOT_IMPLEMENTED = _problem(HTTPStatus.NOT_IMPLEMENTED)

METHODS = frozenset(
    ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
)
"""RFC 9110's methods and PATCH; any other is a 501 (RFC 9110 §9.1)."""
