"""The count as the attribute `hits` of one DynamoDB item, whose partition key is the string
attribute `id`.

One `UpdateItem` per call and no other permission. Must not know the environment: the SDK's client
comes in.
"""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from counter.config import Update
from counter.stores import checked_sum, corrupt, parse_count, read_failed, write_failed


class DynamoDb:
    """A count in a DynamoDB item; a missing item is 0."""

    def __init__(self, client: Any, table: str, key: str, update: Update) -> None:
        """Makes no call."""
        self._client = client
        self._table = table
        self._id = {"S": key}
        self._place = f"dynamodb://{table}/{key}"
        self.add = self._add if update is Update.ATOMIC else self._read_then_write

    def _add(self, n: int) -> int:
        """An `ADD` that timed out may have been done and is done again by the SDK's retry: that
        skips numbers and repeats none, since only the last answer is read."""
        try:
            updated = self._client.update_item(
                TableName=self._table,
                Key={"id": self._id},
                UpdateExpression="ADD hits :n",
                ExpressionAttributeValues={":n": {"N": str(n)}},
                ReturnValues="UPDATED_NEW",
            )
        except (BotoCoreError, ClientError) as error:
            raise write_failed(self._place) from error
        return self._count(updated.get("Attributes", {}))

    def _read_then_write(self, n: int) -> int:
        """What the original study did: read, add here, write."""
        try:
            got = self._client.get_item(TableName=self._table, Key={"id": self._id})
        except (BotoCoreError, ClientError) as error:
            raise read_failed(self._place) from error
        count = checked_sum(self._count(got["Item"]) if "Item" in got else 0, n)
        # A readiness check must not undo what others write meanwhile.
        if n > 0:
            item = {"id": self._id, "hits": {"N": str(count)}}
            try:
                self._client.put_item(TableName=self._table, Item=item)
            except (BotoCoreError, ClientError) as error:
                raise write_failed(self._place) from error
        return count

    def _count(self, item: dict[str, dict[str, str]]) -> int:
        hits = item.get("hits")
        if hits is None or "N" not in hits:
            raise corrupt(self._place, str(hits).encode())
        return parse_count(self._place, hits["N"].encode())
