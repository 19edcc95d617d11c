"""Blocking stores for callers who share a thread: a pool of threads does the waiting.

`Batched` answers all who wait with one call, `Threaded` makes a call for each. Must not know which
store it is, nor retry: a failed call fails its callers.

Threads and not an asynchronous SDK: with one call for all who wait there is at most one call under
way, which one thread makes as well as an event loop does; and server and functions share one store,
one SDK and one pinned version of it (aiobotocore pins its own).
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from counter.errors import StoreError
from counter.stores import Store

QUEUE = 1_024
"""Callers that may wait. Ten times the concurrency of the lab's largest run (100), so that only a
store that hangs fills it; then callers are refused at once instead of piling up."""

THREADS = 40
"""Calls under way at once where each caller has one of its own: what Starlette gives blocking
endpoints, and so what the original study's server had."""


class Threaded:
    """A store whose callers each have a call of their own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._threads = ThreadPoolExecutor(THREADS)

    async def add(self, n: int, within_seconds: float) -> int:
        async with asyncio.timeout(within_seconds):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._store.add, n)


class _Caller(NamedTuple):
    n: int
    answer: asyncio.Future[int]


class Batched:
    """A store whose waiting callers share its calls: while one is under way the next batch gathers,
    and each of its callers gets a number of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1)
        self._waiting: list[_Caller] = []
        self._worker: asyncio.Task[None] | None = None

    async def add(self, n: int, within_seconds: float) -> int:
        if len(self._waiting) >= QUEUE:
            raise StoreError("too many callers wait for the store")
        caller = _Caller(n, asyncio.get_running_loop().create_future())
        self._waiting.append(caller)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        async with asyncio.timeout(within_seconds):
            return await caller.answer

    async def _work(self) -> None:
        """Calls until nobody waits any more."""
        try:
            while self._waiting:
                # Who has left (a timeout, a closed connection) needs no number.
                batch = [caller for caller in self._waiting if not caller.answer.done()]
                self._waiting.clear()
                if batch:
                    await self._call(batch)
        finally:
            self._worker = None

    async def _call(self, batch: Sequence[_Caller]) -> None:
        total = sum(caller.n for caller in batch)
        loop = asyncio.get_running_loop()
        try:
            count = await loop.run_in_executor(self._thread, self._store.add, total) - total
        except Exception as error:
            for caller in _still_there(batch):
                failed = StoreError("the call made for a batch of callers failed")
                failed.__cause__ = error
                caller.answer.set_exception(failed)
            return
        # Dealt out in the order of asking. A caller that has left by now leaves its numbers unused:
        # skipped, not repeated.
        for caller in batch:
            count += caller.n
            if not caller.answer.done():
                caller.answer.set_result(count)


def _still_there(batch: Sequence[_Caller]) -> list[_Caller]:
    return [caller for caller in batch if not caller.answer.done()]
