"""The function that counts in DynamoDB."""

from collections.abc import Mapping

from counter.aws import client_from_environment
from counter.config import StoreUrl, Update
from counter.lambda_function import handler_of
from counter.stores.dynamodb import DynamoDb


def _open(url: StoreUrl, update: Update, variables: Mapping[str, str]) -> DynamoDb:
    return DynamoDb(client_from_environment(url.scheme, variables), url.place, url.key, update)


handler = handler_of(("dynamodb",), "dynamodb://TABLE/KEY", _open)
