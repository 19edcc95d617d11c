"""The lines of failed calls, few enough to read: a store that is away fails thousands of calls a
second.

Must not know what failed.
"""

import logging
import time

LINES = 10
"""Lines of a second. The first shows what is wrong, a few more whether it is one thing or
several."""


class ThrottledLog:
    """A log of at most `LINES` lines a second, for one thread. Those left out are counted, and the
    next line has their number."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._began = float("-inf")
        self._lines = 0
        self._left_out = 0

    def error(self, line: str) -> None:
        now = time.monotonic()
        if now - self._began >= 1:
            self._began, self._lines = now, 0
        if self._lines == LINES:
            self._left_out += 1
            return
        self._lines += 1
        if self._left_out:
            line += f" ({self._left_out} lines before it were left out)"
            self._left_out = 0
        self._log.error("%s", line)
