"""Both forms of a request that Lambda hands to a function, and the answer to it. Must not know
routes."""

from typing import Any

from counter.responses import Response


def method_and_path(event: dict[str, Any]) -> tuple[str, str]:
    """Of payload 2.0 (HTTP API, function URL) or of an ALB's event."""
    http = event["requestContext"].get("http")
    if http is not None:
        return http["method"], event["rawPath"]
    return event["httpMethod"], event["path"]


def answer_to(method: str, response: Response) -> dict[str, Any]:
    """The same for both forms."""
    return {
        "statusCode": response.status,
        "headers": response.headers,
        "body": "" if method == "HEAD" else response.body,
        "isBase64Encoded": False,
    }
