"""How the counter fails, and the one line that reports it. Must not print or exit."""


class ConfigError(Exception):
    """A value that cannot be used; its text is one line with what to write instead."""


class StoreError(Exception):
    """Why a store gave no number. Its causes are chained (`raise … from`), not repeated in it."""


class DeadlineExceeded(BaseException):
    """The store took longer than its caller waits.

    No `Exception`, so that no SDK takes it for a failed attempt and tries again.
    """


def one_line(error: BaseException) -> str:
    """The error and its causes in one line."""
    texts = []
    cause: BaseException | None = error
    while cause is not None:
        texts.append(_text(cause))
        cause = cause.__cause__
    return ": ".join(texts).replace("\n", " ")


def _text(error: BaseException) -> str:
    # The path is in the error above, so that the system's own phrase is all there is to add.
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
