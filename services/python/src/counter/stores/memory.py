"""The count in this process: the fastest store, lost with the process. Must not do I/O."""

from counter.stores import checked_sum


class Memory:
    """A count in memory, for callers who share a thread.

    Nothing comes between its read and its write, so that both ways to update are exact: the
    original study's counter in memory was, too.
    """

    def __init__(self, count: int = 0) -> None:
        self._count = count

    async def add(self, n: int, _within_seconds: float) -> int:
        self._count = checked_sum(self._count, n)
        return self._count
