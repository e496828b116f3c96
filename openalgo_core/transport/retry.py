"""The one retry rule of the project, for reads only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..clock import Clock
from ..errors import OpenAlgoError, RateLimited

__all__ = ["read_with_retry"]

_T = TypeVar("_T")
_PAUSES = (0.5, 1.0, 2.0)


def read_with_retry(call: Callable[[], _T], *, clock: Clock, attempts: int = 3, budget: float = 10.0) -> _T:
    """The result of `call`, which is made up to `attempts` times while its error's class is `retryable`.

    Pauses of 0.5, 1 and then 2 s lie between attempts, or as long as a `RateLimited` says. No attempt begins later
    than `budget` seconds after the first one failed; what cannot begin by then is given up at once, with the last
    error. How long the first one took does not matter: it may have waited for a rate token.

    Never for an order: a write whose answer did not come may have been booked, and a second one would double it. What
    became of a write is found out by reading the order book.
    """
    deadline: float | None = None
    for attempt in range(1, attempts):
        try:
            return call()
        except OpenAlgoError as error:
            pause = _pause(error, attempt)
            if deadline is None:
                deadline = clock.monotonic() + budget
            if not error.retryable or clock.monotonic() + pause > deadline:
                raise
        clock.sleep(pause)
    return call()


def _pause(error: OpenAlgoError, attempt: int) -> float:
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return error.retry_after
    return _PAUSES[min(attempt, len(_PAUSES)) - 1]
