"""The function that counts in S3."""

from collections.abc import Mapping

from counter.aws import client_from_environment
from counter.config import StoreUrl, Update
from counter.lambda_function import handler_of
from counter.stores.s3 import S3


def _open(url: StoreUrl, update: Update, variables: Mapping[str, str]) -> S3:
    return S3(client_from_environment(url.scheme, variables), url.place, url.key, update)


handler = handler_of(("s3",), "s3://BUCKET/KEY", _open)
