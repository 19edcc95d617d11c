"""The app as a value: a FastAPI application over a store. Must not know which store it has, nor
open a socket. The bytes are in `responses`.

Each route returns a finished `Response`, FastAPI's own advice where nothing is to be serialised: no
model is validated and no JSON encoded.
"""

import logging

from fastapi import FastAPI, Request
from starlette.responses import Response

from counter import responses
from counter.errors import one_line
from counter.limits import HIT_SECONDS, READY_SECONDS
from counter.request_bounds import ASGIApp, bounded
from counter.stores import AsyncStore, checked_sum
from counter.throttled_log import ThrottledLog

_hits = ThrottledLog(logging.getLogger(__name__))
_readiness = ThrottledLog(logging.getLogger(__name__))


def application(store: AsyncStore) -> ASGIApp:
    """The counter over `store`: `GET /`, `GET|POST /hits`, `GET /healthz`, `GET /readyz`, and
    problems for everything else. Each response ends in bounded time, whatever the store does."""
    return bounded(_routes(store))


def _routes(store: AsyncStore) -> FastAPI:
    # Starlette would redirect `/hits/`, and FastAPI serve its documentation.
    app = FastAPI(openapi_url=None, redirect_slashes=False)

    @app.api_route("/", methods=["GET", "HEAD"])
    async def page() -> Response:
        return _response(responses.PAGE)

    # No HEAD: it would use up a number.
    @app.api_route("/hits", methods=["GET", "POST"])
    async def hits() -> Response:
        try:
            number = await store.add(1, HIT_SECONDS)
        except Exception as error:
            _report(_hits, "no number", error, HIT_SECONDS)
            return _response(responses.NO_NUMBER)
        return _response(responses.count(number))

    @app.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> Response:
        return _response(responses.HEALTHY)

    @app.api_route("/readyz", methods=["GET", "HEAD"])
    async def readyz() -> Response:
        try:
            # A count at its end is one that no hit can be added to.
            checked_sum(await store.add(0, READY_SECONDS), 1)
        except Exception as error:
            _report(_readiness, "not ready", error, READY_SECONDS)
            return _response(responses.UNHEALTHY)
        return _response(responses.HEALTHY)

    @app.exception_handler(404)
    async def not_found(_request: Request, _error: Exception) -> Response:
        return _response(responses.NOT_FOUND)

    @app.exception_handler(405)
    async def method_not_allowed(request: Request, _error: Exception) -> Response:
        counts = request.url.path == "/hits"
        allowed = responses.GET_OR_POST if counts else responses.GET_OR_HEAD
        return _response(responses.method_not_allowed(allowed))

    return app


def _response(response: responses.Response) -> Response:
    return Response(response.body, response.status, response.headers)


def _report(log: ThrottledLog, what: str, error: Exception, within_seconds: float) -> None:
    """One line with the whole chain. It is for the log: a client gets the status alone."""
    if isinstance(error, TimeoutError):
        log.error(f"{what}: the store took longer than {within_seconds:g} s")
    else:
        log.error(f"{what}: {one_line(error)}")
