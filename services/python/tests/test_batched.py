"""One call for all who wait: shared, dealt out, failed together, bounded."""

import asyncio
from threading import Event

import pytest

from counter.errors import StoreError, one_line
from counter.stores.batched import QUEUE, Batched, Threaded

LONG_SECONDS = 30.0


class Held:
    """A store whose calls wait until they are let go."""

    def __init__(self) -> None:
        self.count = 0
        self.calls: list[int] = []
        self.go = Event()
        self.error: Exception | None = None

    def add(self, n: int) -> int:
        self.calls.append(n)
        assert self.go.wait(LONG_SECONDS)
        if self.error:
            raise self.error
        self.count += n
        return self.count


async def waiting(batched: Batched, store: Held, callers: int) -> list["asyncio.Task[int]"]:
    """One caller whose call is under way, and `callers` who wait."""
    first = asyncio.create_task(batched.add(1, LONG_SECONDS))
    while not store.calls:
        await asyncio.sleep(0.001)
    others = [asyncio.create_task(batched.add(1, LONG_SECONDS)) for _ in range(callers)]
    await asyncio.sleep(0)
    return [first, *others]


def test_who_waits_shares_the_next_call_and_gets_a_number_of_his_own() -> None:
    async def check() -> None:
        store = Held()
        tasks = await waiting(Batched(store), store, 49)
        store.go.set()
        assert await asyncio.gather(*tasks) == list(range(1, 51))
        assert store.calls == [1, 49]

    asyncio.run(check())


def test_a_health_check_takes_no_number() -> None:
    async def check() -> None:
        store = Held()
        store.go.set()
        batched = Batched(store)
        asked = [batched.add(n, LONG_SECONDS) for n in (1, 0, 1)]
        assert await asyncio.gather(*asked) == [1, 1, 2]

    asyncio.run(check())


def test_a_failed_call_fails_its_batch_and_the_next_one_counts_on() -> None:
    async def check() -> None:
        store = Held()
        batched = Batched(store)
        store.error = StoreError("no disk")
        tasks = await waiting(batched, store, 3)
        store.go.set()
        failures = await asyncio.gather(*tasks, return_exceptions=True)
        assert len(failures) == 4
        for failure in failures:
            assert isinstance(failure, StoreError)
            assert one_line(failure) == "the call made for a batch of callers failed: no disk"
        store.error = None
        assert await batched.add(1, LONG_SECONDS) == 1

    asyncio.run(check())


def test_who_has_left_gets_no_number() -> None:
    async def check() -> None:
        store = Held()
        tasks = await waiting(Batched(store), store, 3)
        tasks[2].cancel()
        await asyncio.sleep(0)
        store.go.set()
        numbers = await asyncio.gather(*tasks, return_exceptions=True)
        assert [*numbers[:2], numbers[3]] == [1, 2, 3]
        assert store.calls == [1, 2]

    asyncio.run(check())


def test_a_full_queue_refuses_at_once() -> None:
    async def check() -> None:
        store = Held()
        batched = Batched(store)
        tasks = await waiting(batched, store, QUEUE)
        with pytest.raises(StoreError, match="too many callers wait for the store"):
            await batched.add(1, LONG_SECONDS)
        store.go.set()
        assert (await asyncio.gather(*tasks))[-1] == QUEUE + 1

    asyncio.run(check())


@pytest.mark.parametrize("kind", [Batched, Threaded])
def test_a_store_that_hangs_is_waited_for_in_bounded_time(kind: type[Batched | Threaded]) -> None:
    async def check() -> None:
        store = Held()
        with pytest.raises(TimeoutError):
            await kind(store).add(1, 0.05)
        store.go.set()

    asyncio.run(check())
