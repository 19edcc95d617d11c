"""The function that counts in DynamoDB."""

from counter.lambda_function import handler_of
from counter.stores.dynamodb import DynamoDb

handler = handler_of("dynamodb", "dynamodb://TABLE/KEY", DynamoDb)
