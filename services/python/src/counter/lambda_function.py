"""The counter as a Lambda function, over any store; the modules beside it name theirs, so that each
carries the SDK's data of its own store and no other. Must not know a store, nor import what the
server is made of: a cold start pays for each module.
"""

import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from counter import responses
from counter.config import StoreUrl, Update, read_environment
from counter.errors import ConfigError, DeadlineExceeded, one_line
from counter.events import answer_to, method_and_path
from counter.limits import HIT_SECONDS, READY_SECONDS
from counter.responses import Response
from counter.stores import HIGHEST, Store

Open = Callable[[StoreUrl, Update, Mapping[str, str]], Store]
Handler = Callable[[dict[str, Any], object], dict[str, Any]]

_log = logging.getLogger(__name__)

# AWS's runtime client puts it into the environment for each call (awslambdaric 4.2.2).
_TRACE_ID = b"_X_AMZN_TRACE_ID"


def _putenv_but_of_trace_ids(putenv: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def but(name: Any, value: Any) -> None:
        if os.fsencode(name) != _TRACE_ID:
            putenv(name, value)

    return but


# glibc's setenv never frees a value: 144 bytes a call, and a function of 128 MB ends after some
# 600,000. os.environ has the trace ID all the same; a process that the function started would not.
os.putenv = _putenv_but_of_trace_ids(os.putenv)


def handler_of(schemes: tuple[str, ...], form: str, open_store: Open) -> Handler:
    """Opens the store that the environment names, during the init phase, and returns what answers
    each event. `schemes` are those of its URL, `form` is what that looks like. Where it can't be
    opened it prints the reason in one line and ends the process.

    The store is used bare: an execution environment has one request at a time, so there is nobody
    to share a call with.
    """
    try:
        store = _opened(schemes, form, open_store)
    except ConfigError as error:
        print(one_line(error), file=sys.stderr, flush=True)
        sys.exit(2)
    signal.signal(signal.SIGALRM, _ring)

    def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
        method, path = method_and_path(event)
        return answer_to(method, _respond(store, method, path))

    return handler


def _opened(schemes: tuple[str, ...], form: str, open_store: Open) -> Store:
    environment = read_environment(os.environ)
    url = environment.store
    if url is None or url.scheme not in schemes:
        raise ConfigError(f"this function needs STORE={form}")
    return open_store(url, environment.update, os.environ)


def _respond(store: Store, method: str, path: str) -> Response:
    if method not in responses.METHODS:
        return responses.NOT_IMPLEMENTED
    match path, method:
        case "/hits", "GET" | "POST":
            number = _add(store, 1, HIT_SECONDS, "no number")
            return responses.NO_NUMBER if number is None else responses.count(number)
        case "/hits", _:
            return responses.method_not_allowed(responses.GET_OR_POST)
        case "/", "GET" | "HEAD":
            return responses.PAGE
        case "/healthz", "GET" | "HEAD":
            return responses.HEALTHY
        case "/readyz", "GET" | "HEAD":
            count = _add(store, 0, READY_SECONDS, "not ready")
            # A count at its end is one that no hit can be added to.
            return (
                responses.HEALTHY if count is not None and count < HIGHEST else responses.UNHEALTHY
            )
        case "/" | "/healthz" | "/readyz", _:
            return responses.method_not_allowed(responses.GET_OR_HEAD)
    return responses.NOT_FOUND


def _add(store: Store, n: int, within_seconds: float, failing: str) -> int | None:
    """The count, or `None` and a line in the log, which the caller never sees."""
    try:
        # The SDK bounds each step of a call and not the whole; a timer does, for 2 µs and without
        # a thread. Handlers run in the main thread, where signals arrive.
        signal.setitimer(signal.ITIMER_REAL, within_seconds)
        try:
            return store.add(n)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except DeadlineExceeded:
        _log.error("%s: the store took longer than %g s", failing, within_seconds)
    except Exception as error:
        _log.error("%s: %s", failing, one_line(error))
    return None


def _ring(_signal: int, _frame: FrameType | None) -> None:
    raise DeadlineExceeded
