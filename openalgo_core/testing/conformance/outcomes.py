"""What came of something that a case did: an answer, an error of ours, a refusal without a trace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from ...errors import OpenAlgoError
from .stand import Stand, expect

__all__ = ["answer_of", "at_once", "error_of", "raises", "refused"]

Answer = TypeVar("Answer")


def answer_of(act: Callable[[], object]) -> object:
    """What it answers, or the error of ours that it raises."""
    try:
        return act()
    except OpenAlgoError as error:
        return error


def error_of(act: Callable[[], object]) -> OpenAlgoError | None:
    """The error of ours that it raises, `None` if it does not."""
    answer = answer_of(act)
    return answer if isinstance(answer, OpenAlgoError) else None


def raises(kind: type[OpenAlgoError], act: Callable[[], object]) -> None:
    """It raises an error of that kind."""
    answer = answer_of(act)
    expect(isinstance(answer, kind), f"the answer is {answer!r}", kind.__name__)


def refused(
    stand: Stand,
    kind: type[OpenAlgoError],
    act: Callable[[], object],
    exits: tuple[int, ...] | None = None,
    *,
    reads: bool = False,
) -> None:
    """Whatever `act` does is refused with an error of that kind, with no request made and nothing booked.

    `reads`: it may look at the order first.
    """
    seen, journalled = stand.seen(), len(stand.broker.journal())
    with stand.booking() as booked:
        error = error_of(act)
    if error is None:
        raise AssertionError(f"the request was not refused\nexpected: {kind.__name__}")
    did = f"the request was refused with {error.kind} (exit {int(error.exit_code)}): {error}"
    expect(isinstance(error, kind), did, kind.__name__)
    expect(exits is None or error.exit_code in exits, did, f"an exit code of {exits}")
    expect(error.message, "the refusal has no text", "what, why, and what to do")
    requests = stand.seen() - seen
    expect(reads or not requests, f"{requests} requests were made", "none")
    expect(not booked, f"{len(booked)} orders were booked", "none")
    entries = len(stand.broker.journal()) - journalled
    expect(not entries, f"{entries} intents were journalled", "none: nothing was going to be sent")


def at_once(acts: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """The answers of all, done at the same time in threads; whatever one of them raises is raised here."""
    start = threading.Barrier(len(acts))
    answers: dict[int, Answer] = {}
    failures: list[Exception] = []

    def run(place: int, act: Callable[[], Answer]) -> None:
        start.wait(30)
        try:
            answers[place] = act()
        except Exception as error:  # noqa: BLE001 - carried over to the thread of the case
            failures.append(error)

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failures:
        raise failures[0]
    return [answers[place] for place in sorted(answers)]
