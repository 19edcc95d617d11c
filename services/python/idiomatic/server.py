"""The server: FastAPI under uvicorn, over the module that is called as the store is."""

import importlib
import logging
import os
import socket
from http import HTTPStatus
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException

PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
NO_STORE = {"cache-control": "no-store"}

logger = logging.getLogger("uvicorn.error")
os.environ.setdefault("STORE", "memory:")
# `valkeys:` is `valkey:` with TLS.
scheme = os.environ["STORE"].partition(":")[0].replace("valkeys", "valkey")
add = importlib.import_module(scheme).add
app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)


@app.api_route("/", methods=["GET", "HEAD"])
async def page() -> HTMLResponse:
    return HTMLResponse(PAGE, headers={"x-content-type-options": "nosniff"})


@app.api_route("/hits", methods=["GET", "POST"])
def hits() -> PlainTextResponse:
    try:
        return PlainTextResponse(str(add(1)), headers=NO_STORE)
    except Exception as error:
        logger.exception("no number")
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE) from error


@app.api_route("/healthz", methods=["GET", "HEAD"])
def healthz() -> Response:
    return health(200, "pass")


@app.api_route("/readyz", methods=["GET", "HEAD"])
def readyz() -> Response:
    try:
        add(0)
    except Exception:
        logger.exception("not ready")
        return health(503, "fail")
    return health(200, "pass")


def health(status: int, word: str) -> Response:
    """How the server is."""
    return JSONResponse({"status": word}, status, NO_STORE, "application/health+json")


@app.exception_handler(HTTPException)
async def problem(request: Request, error: HTTPException) -> Response:
    """A problem by its number and phrase; the details are for the log."""
    status = HTTPStatus(error.status_code)
    body = {"type": "about:blank", "title": status.phrase, "status": status.value}
    headers = dict(NO_STORE)
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = "GET, POST" if request.url.path == "/hits" else "GET, HEAD"
    return JSONResponse(body, status.value, headers, "application/problem+json")


if __name__ == "__main__":
    host, _, port = os.environ.get("LISTEN", "0.0.0.0:8000").rpartition(":")
    listener = socket.create_server((host, int(port)), backlog=2048)
    print(f"listening on http://{host}:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, server_header=False)).run([listener])
