"""The count as a file that is replaced as a whole, and on the disk before anybody gets a number."""

import fcntl
import os
from pathlib import Path
from threading import Lock

READ_THEN_WRITE = os.environ.get("COUNTER_UPDATE") == "read-then-write"

path = Path(os.environ["STORE"].removeprefix("file://"))
lock = Lock()
# Keeps a second server out as long as this one runs.
owner = path.with_name(f"{path.name}.lock").open("w")
fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)


def add(n: int) -> int:
    """Adds `n`, and returns the count after it."""
    if READ_THEN_WRITE:
        after = read() + n
        with lock:
            write(after)
        return after
    with lock:
        after = read() + n
        write(after)
        return after


def read() -> int:
    """The count; a missing file is 0."""
    return int(path.read_text()) if path.exists() else 0


def write(count: int) -> None:
    """Replaces the file."""
    new = path.with_name(f"{path.name}.new")
    with new.open("w") as file:
        file.write(f"{count}\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
