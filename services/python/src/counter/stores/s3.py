"""The count as the body of one S3 object, written only where it is still what was read.

Must not know the environment: the SDK's client comes in. Must not be called by two threads at once
with `Update.ATOMIC`: a function has one invocation at a time, the server goes through `Batched`.
"""

import random
import time
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from counter.config import Update
from counter.errors import StoreError
from counter.stores import checked_sum, parse_count, read_failed, write_failed

ROUNDS_SECONDS = 12.0
"""New rounds begin until this has passed, not until some number of rounds: of fifty callers on one
key each wins at last, but after how many is not known. Below the 15 s that a caller waits."""

FIRST_PAUSE_SECONDS = 0.02
"""The ceiling of the first pause. Most conflicts are with one other writer who is then done, so it
is well below the 60–90 ms of a round inside a region."""

LONGEST_PAUSE_SECONDS = 1.0
"""The ceiling of all later ones. One writer wins per round whatever the pauses; these keep most of
fifty callers off the wire, and leave each some twenty tries."""

PAUSE_ROUNDS = 20
"""Or so many rounds as the last one was: callers who share a processor make each other's rounds
long, and fewer at a time are through sooner. Never beyond `ROUNDS_SECONDS`: then no pause is longer
than what is left."""


_NO_ETAG = StoreError("the answer has no ETag, so it is not S3's")
"""Why a 200 is not taken for S3's, which sends one each time: for example a proxy's page."""


class _Seen(NamedTuple):
    """A count and the state of the object that holds it."""

    hits: int
    etag: str | None
    """`None`: there is no object."""


def _body(count: int) -> bytes:
    """With a newline, which proves to the next reader that nothing of it is missing."""
    return b"%d\n" % count


class S3:
    """A count in an S3 object; a missing object is 0."""

    def __init__(self, client: Any, bucket: str, key: str, update: Update) -> None:
        """Makes no call."""
        self._client = client
        self._object = {"Bucket": bucket, "Key": key}
        self._place = f"s3://{bucket}/{key}"
        # What the last undisturbed write left behind: the only writer needs no GET.
        self._seen: _Seen | None = None
        # The ceiling of the next pause. Kept between calls, so that a newcomer is not sooner at the
        # key than those who have waited.
        self._ceiling_seconds = FIRST_PAUSE_SECONDS
        self.add = self._add if update is Update.ATOMIC else self._read_then_write

    def _add(self, n: int) -> int:
        started = time.monotonic()
        known, self._seen = self._seen, None
        attempts = 0
        while True:
            remembered = known is not None
            begun = time.monotonic()
            before = known or self._get()
            known = None
            attempts += 1
            after = self._put_if_unchanged(before, n)
            if after is not None:
                if attempts == 1:
                    self._ceiling_seconds = max(self._ceiling_seconds / 2, FIRST_PAUSE_SECONDS)
                    # With others around, the next call had better read first.
                    self._seen = after
                return after.hits
            # What was remembered is old, which does not mean that others write now: read at once.
            if not remembered:
                now = time.monotonic()
                left_seconds = ROUNDS_SECONDS - (now - started)
                if left_seconds < 0:
                    raise StoreError(f"other writers won all {attempts} rounds on {self._place}")
                time.sleep(self._pause_seconds(left_seconds, now - begun))

    def _pause_seconds(self, left_seconds: float, round_seconds: float) -> float:
        """How long to keep off a contended key. Full jitter: who has just met is spread over the
        whole pause. And the less time is left, the shorter: who has lost often goes first."""
        ceiling_seconds = self._ceiling_seconds
        longest_seconds = max(LONGEST_PAUSE_SECONDS, PAUSE_ROUNDS * round_seconds)
        self._ceiling_seconds = min(ceiling_seconds * 2, longest_seconds, ROUNDS_SECONDS)
        return ceiling_seconds * random.random() * left_seconds / ROUNDS_SECONDS

    def _get(self) -> _Seen:
        try:
            got = self._client.get_object(**self._object)
            body = got["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return _Seen(0, None)
            raise read_failed(self._place) from error
        except BotoCoreError as error:
            raise read_failed(self._place) from error
        # The connection's end ends a body without a length, so that 1234 may be the beginning of
        # 12345. Objects written before the newline was are read by their length, which S3 always
        # sends.
        if not body.endswith(b"\n") and got.get("ContentLength") is None:
            raise read_failed(self._place) from StoreError(
                "the answer has neither a Content-Length nor a newline after the count"
            )
        if not got.get("ETag"):
            raise read_failed(self._place) from _NO_ETAG
        return _Seen(parse_count(self._place, body), got["ETag"])

    def _put_if_unchanged(self, before: _Seen, n: int) -> _Seen | None:
        """`None` where another writer was faster.

        An attempt whose answer was lost and that the SDK repeats meets its own write: a conflict,
        after which everything is read again. Numbers are skipped, none repeated.
        """
        count = checked_sum(before.hits, n)
        condition = {"IfNoneMatch": "*"} if before.etag is None else {"IfMatch": before.etag}
        try:
            put = self._client.put_object(**self._object, Body=_body(count), **condition)
        except ClientError as error:
            # 412: changed since. 409: being changed. 404: deleted since (to If-Match).
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status in (409, 412) or (status == 404 and before.etag is not None):
                return None
            raise write_failed(self._place) from error
        except BotoCoreError as error:
            raise write_failed(self._place) from error
        return _Seen(count, self._written(put))

    def _written(self, put: dict[str, Any]) -> str:
        """The ETag of what was written."""
        etag = put.get("ETag")
        if not isinstance(etag, str) or not etag:
            raise write_failed(self._place) from _NO_ETAG
        return etag

    def _read_then_write(self, n: int) -> int:
        """What the original study did: read, add here, write."""
        count = checked_sum(self._get().hits, n)
        # A readiness check must not undo what others write meanwhile.
        if n > 0:
            try:
                put = self._client.put_object(**self._object, Body=_body(count))
            except (BotoCoreError, ClientError) as error:
                raise write_failed(self._place) from error
            self._written(put)
        return count
