"""What comes before the routes: a request's body is read to its end before a number is used up for
its sender, and odd requests are answered as by the Rust server. Must not know routes."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.responses import Response

from counter import responses

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Message, Receive, Send], Awaitable[None]]

LONGEST_BODY = 1 << 20
"""The longest body that is read, in bytes: what a balancer takes for a function."""

BODY_SECONDS = 30.0
"""The time in which it must arrive."""

LINGER_SECONDS = 5.0
"""How long the rest of a refused body is read, for its sender to see the refusal: a connection that
is closed with unread bytes is reset, and the reset may overtake the answer."""

TOO_LARGE = responses.problem(413, "Payload Too Large")
TOO_SLOW = responses.problem(408, "Request Timeout")


def bounded(app: ASGIApp) -> ASGIApp:
    """`app` for requests that are whole."""

    async def call(scope: Message, receive: Receive, send: Send) -> None:
        # As it was sent: `/%68its` is another path than `/hits`, as it is to the Rust server.
        scope["path"] = scope["raw_path"].decode("ascii")
        refusal = await _drain(scope["headers"], receive)
        if refusal is not None:
            await _refuse(refusal, receive, send)
        elif scope["method"] not in responses.METHODS:
            await _response(responses.NOT_IMPLEMENTED)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return call


async def _drain(headers: list[tuple[bytes, bytes]], receive: Receive) -> responses.Response | None:
    """Reads a body to its end, or gives the answer that refuses it."""
    length = None
    for name, value in headers:
        if name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding":
            length = -1
    if not length:
        return None
    if length > LONGEST_BODY:
        return TOO_LARGE
    read = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                read += len(message.get("body", b""))
                if read > LONGEST_BODY:
                    return TOO_LARGE
                # Who has left, in the middle of its body too, gets no number.
                if message["type"] == "http.disconnect":
                    return TOO_SLOW
                if not message["more_body"]:
                    return None
    except TimeoutError:
        return TOO_SLOW


async def _refuse(refusal: responses.Response, receive: Receive, send: Send) -> None:
    """The connection's last answer, whole before what is left of the body is read."""
    body = refusal.body.encode()
    headers = {**refusal.headers, "content-length": str(len(body)), "connection": "close"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if refusal is TOO_LARGE:
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while (await receive()).get("more_body"):
                    pass
        except TimeoutError:
            pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _response(response: responses.Response) -> Any:
    return Response(response.body, response.status, response.headers)
