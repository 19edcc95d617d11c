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

    # No HEAD: it would use up a number.
    @app.api_route("/hits", methods=["GET", "POST"])
    async def hits() -> Response:
        try:
            number = await store.add(1, HIT_SECONDS)
        except Exception as error:
            _tell("no number", error, HIT_SECONDS)
            return _response(responses.NO_NUMBER)
        return _response(responses.count(number))

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
    async def method_not_allowed(request: Request, _error: Exception) -> Response:
        counts = request.url.path == "/hits"
        allowed = responses.GET_OR_POST if counts else responses.GET_OR_HEAD
        return _response(responses.method_not_allowed(allowed))

    return app


def _response(response: responses.Response) -> Response:
    return Response(response.body, response.status, response.headers)


def _tell(what: str, error: Exception, within_seconds: float) -> None:
    """One line with the whole chain: the client is told none of it."""
    if isinstance(error, TimeoutError):
        _log.error("%s: the store took longer than %g s", what, within_seconds)
    else:
        _log.error("%s: %s", what, one_line(error))
