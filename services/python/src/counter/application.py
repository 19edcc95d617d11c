"""The app as a value: a FastAPI application over a store, and ahead of it the one hot route.

Through FastAPI's middlewares and router a hit costs 40 µs of CPU and more, ahead of them 20: the
Rust server answers its hits ahead of axum in the same way. Must not know which store it has, nor
open a socket. The bytes are in `responses`.
"""

import logging
from collections.abc import Awaitable

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from counter import responses
from counter.errors import one_line
from counter.limits import HEALTH_SECONDS, HIT_SECONDS
from counter.stores import AsyncStore

_log = logging.getLogger(__name__)


def application(store: AsyncStore) -> FastAPI:
    """The counter over `store`: `GET /`, `GET|POST /hits`, `GET /healthz`, and problems for
    everything else. Each response ends in bounded time, whatever the store does."""
    # Starlette would redirect `/hits/`, and FastAPI serve its documentation.
    app = FastAPI(openapi_url=None, redirect_slashes=False)

    @app.api_route("/", methods=["GET", "HEAD"])
    async def page() -> Response:
        return _response(responses.PAGE)

    @app.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> Response:
        try:
            await store.add(0, HEALTH_SECONDS)
        except Exception as error:
            _tell("unhealthy", error, HEALTH_SECONDS)
            return _response(responses.UNHEALTHY)
        return _response(responses.HEALTHY)

    @app.exception_handler(404)
    async def not_found(_request: Request, _error: Exception) -> Response:
        return _response(responses.NOT_FOUND)

    @app.exception_handler(405)
    async def method_not_allowed(_request: Request, _error: Exception) -> Response:
        return _response(responses.method_not_allowed(responses.GET_OR_HEAD))

    app.router.routes.append(Route("/hits", Hits(store)))
    return app


def hits_first(app: ASGIApp, store: AsyncStore) -> ASGIApp:
    """`app`, but that hits don't go through it."""
    hits = Hits(store)

    # No `async`: each coroutine between the server and the answer costs a microsecond.
    def dispatch(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["path"] == "/hits":
            return hits(scope, receive, send)
        return app(scope, receive, send)

    return dispatch


class Hits:
    """`/hits` in plain ASGI: a request needs nothing that a framework could parse or validate."""

    def __init__(self, store: AsyncStore) -> None:
        self._add = store.add
        # All but its length is the same for each.
        self._headers = _raw(responses.count(0))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # HEAD would use up a number.
        if scope["method"] not in ("GET", "POST"):
            refused = responses.method_not_allowed(responses.GET_OR_POST)
            return await _response(refused)(scope, receive, send)
        try:
            number = await self._add(1, HIT_SECONDS)
        except Exception as error:
            _tell("no number", error, HIT_SECONDS)
            return await _response(responses.NO_NUMBER)(scope, receive, send)
        body = b"%d" % number
        headers = [*self._headers, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return None


def _response(response: responses.Response) -> Response:
    return Response(response.body, response.status, response.headers)


def _raw(response: responses.Response) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in response.headers.items()]


def _tell(what: str, error: Exception, within_seconds: float) -> None:
    """One line with the whole chain: the client is told none of it."""
    if isinstance(error, TimeoutError):
        _log.error("%s: the store took longer than %g s", what, within_seconds)
    else:
        _log.error("%s: %s", what, one_line(error))
