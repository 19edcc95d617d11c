"""What a store is, and the number that it holds.

The stores are the modules beside this one; this file must not know any of them. They block: a
function calls them as they are, the server through `batched`.
"""

from typing import Protocol

from counter.config import quoted
from counter.errors import StoreError

HIGHEST = 2**64 - 1
"""The highest count, as in every language."""


class Store(Protocol):
    """A counter that outlives its callers."""

    def add(self, n: int) -> int:
        """Adds `n` and returns the count after it: the caller owns the last `n` numbers.

        `add(0)` reads the count and proves that the store can be written: every readiness check is
        that, so a counter needs no permission beyond what counting needs. After an error the
        numbers may have been used up; nobody else gets them.
        """
        ...


class AsyncStore(Protocol):
    """A store for callers who share a thread."""

    async def add(self, n: int, within_seconds: float) -> int:
        """The same, or `TimeoutError`. The bound is the store's own business, because a timer
        costs 10 µs and the one in memory never waits."""
        ...


def checked_sum(count: int, n: int) -> int:
    """`count + n`, or an error where no count is."""
    if count + n > HIGHEST:
        raise StoreError("the count would pass 2^64 - 1")
    return count + n


def parse_count(place: str, text: bytes) -> int:
    """The count in `text`: decimal digits, at most one newline after them, nothing else."""
    digits = text.removesuffix(b"\n")
    # Of bytes, `isdigit` takes ASCII alone; and more than 4,300 digits Python will not convert.
    if digits.isdigit() and len(digits) <= 4_300 and int(digits) <= HIGHEST:
        return int(digits)
    raise corrupt(place, text)


def corrupt(place: str, found: bytes) -> StoreError:
    """What is stored is not a count."""
    # Enough to recognise what it is, short enough for one line of a log.
    shown = quoted(found[:40].decode(errors="replace"))
    return StoreError(f"{place} holds {shown} where a decimal count belongs")


def read_failed(place: str) -> StoreError:
    """The count could not be read."""
    return StoreError(f"reading the count from {place} failed")


def write_failed(place: str) -> StoreError:
    """The count could not be written, or it is unknown whether it was."""
    return StoreError(f"writing the count to {place} failed")
