"""The file store in a process that is killed, and on a disk that is full."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from tests.server_process import CALL_SECONDS, Server, call, environment, server

CALLERS = 8


def until_broken(running: Server, counted: Event) -> list[int]:
    """The numbers that one caller gets until the connection breaks."""
    numbers = []
    connection = running.connect()
    try:
        while True:
            answer = call(connection, "POST", "/hits")
            assert answer.status == 200
            numbers.append(int(answer.body))
            counted.set()
    except (http.client.HTTPException, OSError):
        return numbers
    finally:
        connection.close()


def test_five_kills_under_load_lose_no_acknowledged_count_and_repeat_no_number(
    tmp_path: Path,
) -> None:
    variables = environment(f"file://{tmp_path}/hits")
    acknowledged: set[int] = set()
    for round_number in range(5):
        with server(variables) as running, ThreadPoolExecutor(CALLERS) as threads:
            counted = Event()
            callers = [threads.submit(until_broken, running, counted) for _ in range(CALLERS)]
            assert counted.wait(CALL_SECONDS)
            # In another state of a commit each time.
            time.sleep(0.017 * round_number)
            running.process.kill()
            before = len(acknowledged)
            for caller in callers:
                numbers = set(caller.result())
                assert not acknowledged & numbers, "a number was given twice"
                acknowledged |= numbers
        assert len(acknowledged) > before, f"round {round_number} counted nothing"
    with server(variables) as running:
        assert int(running.call("GET", "/hits").body) > max(acknowledged)


def test_a_full_disk_is_a_503_and_counting_goes_on_exactly_once_there_is_room(
    tmp_path: Path,
) -> None:
    # Python ignores SIGXFSZ, so that a write beyond the limit is an error and no deadly signal.
    with server(environment(f"file://{tmp_path}/hits")) as running:
        assert running.call("GET", "/hits").body == "1"
        running.limit_file_size(0)
        for _ in range(3):
            assert running.call("GET", "/hits").status == 503
        assert running.call("GET", "/readyz").status == 503
        running.limit_file_size(2**40)
        assert running.call("GET", "/hits").body == "2"
        assert running.call("GET", "/readyz").status == 200
