"""The count in a file that survives SIGKILL and power loss: temporary file, fsync, rename, fsync of
the folder.

One call is one durable commit; sharing a commit between callers is `batched`'s work. The file, its
format and its lock are those of `services/counter/src/store/file.rs`, so that the two languages
keep each other out. Must not be called by two threads at once but through its lock.
"""

import fcntl
import os
import stat
from pathlib import Path
from threading import Lock

from counter.config import Update
from counter.errors import ConfigError, StoreError
from counter.stores import checked_sum, corrupt, parse_count, read_failed, write_failed

LONGEST = 64
"""What is read of a counter file, in bytes: a count has 20 digits and a newline, zeros may stand
before it. A longer file is not a count, and may be larger than memory."""


class File:
    """A count in a file, held by this process alone until it ends."""

    def __init__(self, path: Path, update: Update) -> None:
        """Opens the counter file, which starts at 0 when it is missing. A symbolic link is
        followed, and the file that it points to is counted in and locked."""
        try:
            path = _counted_in(path)
            for suffix in (".lock", ".new"):
                # Opening a FIFO waits for its reader, and renaming a link moves the link.
                _check_regular(path.with_name(path.name + suffix))
        except StoreError as error:
            raise _unusable(path) from error
        self._path = path
        self._temporary = path.with_name(path.name + ".new")
        self._update = update
        self._one_at_a_time = Lock()
        # Beside the counter file and not on it: a rename replaces the file, and with it whatever
        # lock was on it.
        lock_path = path.with_name(path.name + ".lock")
        self._lock = _open(lock_path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"{path} is in use by another counter; "
                "end that one, or give this one a file of its own"
            ) from None
        except OSError as error:
            raise _cannot_open(lock_path) from error
        self._folder = _open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._count = self._read()
            # Written once now, so that a disk that cannot be written is refused at the start and
            # not at the first hit.
            self._commit(0)
        except StoreError as error:
            raise _unusable(path) from error

    def close(self) -> None:
        """Lets go of the file; the end of the process does the same."""
        os.close(self._lock)
        os.close(self._folder)

    def add(self, n: int) -> int:
        with self._one_at_a_time:
            if self._update is Update.ATOMIC:
                return self._commit(n)
            return self._read_then_write(n)

    def _read(self) -> int:
        try:
            with self._path.open("rb", buffering=0) as file:
                text = file.read(LONGEST + 1)
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise read_failed(str(self._path)) from error
        if len(text) > LONGEST:
            raise corrupt(str(self._path), text)
        return parse_count(str(self._path), text)

    def _commit(self, n: int) -> int:
        """Adds `n` durably."""
        count = checked_sum(self._count, n)
        try:
            self._write_temporary(count)
            # From here on a failure leaves it open which of the two counts a restart would find,
            # so the numbers are used up whatever happens next.
            self._count = count
            self._temporary.rename(self._path)
            os.fsync(self._folder)
        except OSError as error:
            raise write_failed(str(self._path)) from error
        return count

    def _write_temporary(self, count: int) -> None:
        with self._temporary.open("wb", buffering=0) as file:
            file.write(b"%d\n" % count)
            os.fsync(file)

    def _read_then_write(self, n: int) -> int:
        """What the original study did: two steps, neither durable nor atomic."""
        count = checked_sum(self._read(), n)
        # A readiness check must not undo what others write meanwhile.
        if n > 0:
            try:
                self._path.write_bytes(b"%d" % count)
            except OSError as error:
                raise write_failed(str(self._path)) from error
        return count


def _counted_in(path: Path) -> Path:
    """The file that holds a count at `path`: what a symbolic link points to, for a rename
    would replace the link."""
    if path.is_symlink():
        try:
            path = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            raise read_failed(str(path)) from error
    _check_regular(path)
    return path


def _check_regular(path: Path) -> None:
    """Refuses what is there and is not a regular file with one name: the rename that makes a count
    durable gives it one name, and the others would stay at the old count. Who may not look is
    refused when the file is opened."""
    try:
        found = path.lstat()
    except OSError:
        return
    if not stat.S_ISREG(found.st_mode):
        raise read_failed(str(path)) from StoreError("it is not a regular file")
    if found.st_nlink > 1:
        raise read_failed(str(path)) from StoreError(
            "it has a second name (a hard link); copy it instead"
        )


def _unusable(path: Path) -> ConfigError:
    return ConfigError(
        f"the counter file {path} cannot be used; put it right, or move it away to start from 0"
    )


def _open(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise _cannot_open(path) from error


def _cannot_open(path: Path) -> ConfigError:
    return ConfigError(
        f"opening {path} failed; does its folder exist, and may this user write there?"
    )
