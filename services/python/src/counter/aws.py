"""The SDK's client, built by hand from the environment: no file, no metadata service on the way to
the first call unless they are really needed. Must not know tables or buckets.

It is botocore, boto3's own core, and not boto3: that adds resource classes and a transfer manager
which a counter has no use for, and 20 to 50 ms of each cold start (DynamoDB, S3).
"""

from collections.abc import Mapping
from typing import Any

from botocore.config import Config
from botocore.handlers import add_expect_header
from botocore.session import Session

from counter.errors import ConfigError
from counter.http_session import Watch, bound_answers


def client_from_environment(
    service: str, variables: Mapping[str, str], calls: int = 1, watch: Watch | None = None
) -> Any:
    """A client for `dynamodb` or `s3` from environment variables alone, as Lambda sets them: the
    credentials, `AWS_REGION` or `AWS_DEFAULT_REGION`, and the endpoint if it is not AWS's own."""
    # Given here, so that no chain of providers is built to look for them.
    credentials = {
        "aws_access_key_id": _needed("AWS_ACCESS_KEY_ID", service, variables),
        "aws_secret_access_key": _needed("AWS_SECRET_ACCESS_KEY", service, variables),
        "aws_session_token": variables.get("AWS_SESSION_TOKEN") or None,
    }
    region = _region(variables) or _missing("AWS_REGION", service)
    client = _client(Session(), service, variables, calls, region_name=region, **credentials)
    bound_answers(client, watch)
    return client


def client_from_environment_or_host(service: str, variables: Mapping[str, str], calls: int) -> Any:
    """The same for `calls` at once, and where the environment has no credentials, the SDK's chain:
    the role of the task, pod or instance. For servers, which have no alarm that ends a call: a
    watch ends each attempt."""
    if variables.get("AWS_ACCESS_KEY_ID"):
        return client_from_environment(service, variables, calls, Watch())
    session = Session()
    region = _region(variables) or session.get_config_variable("region")
    if not region:
        _missing("AWS_REGION", service)
    if session.get_credentials() is None:
        _missing("AWS_ACCESS_KEY_ID", service)
    client = _client(session, service, variables, calls, region_name=region)
    bound_answers(client, Watch())
    return client


def _client(
    session: Session, service: str, variables: Mapping[str, str], calls: int, **given: Any
) -> Any:
    variable = f"AWS_ENDPOINT_URL_{service.upper()}"
    endpoint = variables.get(variable) or variables.get("AWS_ENDPOINT_URL") or None
    config = Config(
        # Connecting inside a region takes under 2 ms and a call rarely 200: 1 s and 3 s are lost
        # causes. Three attempts and the pauses between them fit the 15 s that a caller waits.
        connect_timeout=1,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 3},
        # A function is frozen between calls: what became of the connection shows at the next one.
        tcp_keepalive=True,
        max_pool_connections=calls,
        # The calls are fixed and tested: checking them against the service's description each time
        # costs 20 to 30 µs of their 700.
        parameter_validation=False,
        # TLS and SigV4 already protect these twenty bytes.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        # An endpoint that is not AWS's own rarely has a name for every bucket.
        s3={"addressing_style": "path"} if endpoint else None,
    )
    client = session.create_client(service, config=config, endpoint_url=endpoint, **given)
    # botocore would wait for S3's permission to send the body: a round trip more,
    # and 130 µs of CPU, for twenty bytes.
    client.meta.events.unregister("before-call.s3", add_expect_header)
    return client


def _region(variables: Mapping[str, str]) -> str | None:
    return variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION")


def _needed(name: str, service: str, variables: Mapping[str, str]) -> str:
    return variables.get(name) or _missing(name, service)


def _missing(name: str, service: str) -> Any:
    raise ConfigError(f"{name} is not set; the {service} store needs it")
