"""The count in the process: lost with it."""

import os
from threading import Lock

READ_THEN_WRITE = os.environ.get("COUNTER_UPDATE") == "read-then-write"

count = 0
lock = Lock()


def add(n: int) -> int:
    """Adds `n`, and returns the count after it."""
    global count
    if READ_THEN_WRITE:
        after = count + n
        count = after
        return after
    with lock:
        count += n
        return count
