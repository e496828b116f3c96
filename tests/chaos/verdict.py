"""Journal against book: was it done once, twice, without a record; did anybody guess?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from openalgo_core.exchange import BookOrder
from openalgo_core.journal import Intent
from openalgo_core.models import IntentState, OrderStatus

from .deeds import Answer, Attempt

__all__ = ["STRETCHES", "Evidence", "Tally", "judge", "stretch_of"]

#: Where a kill can hit, in the order of an order's life.
STRETCHES = ("before the intent", "journalled, not sent", "sent, not booked", "booked, no outcome", "settled")


@dataclass(slots=True)
class Tally:
    """A row of the table. `done` counts what the exchange carried out exactly once; `faults` says what was wrong.

    `lost` is everything but a double that must not be: an order without a record, a record that is not true, an
    intent that was not settled, an answer to the caller that is not true.
    """

    trials: int = 0
    done: int = 0
    doubled: int = 0
    lost: int = 0
    unknown: int = 0
    faults: list[str] = field(default_factory=list)
    stretches: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: Self) -> Self:
        self.trials += other.trials
        self.done += other.done
        self.doubled += other.doubled
        self.lost += other.lost
        self.unknown += other.unknown
        self.faults += other.faults
        self.stretches.update(other.stretches)
        return self

    @property
    def is_honest(self) -> bool:
        return not (self.doubled or self.lost)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What there is when everything was settled: the journal, the book of the exchange itself, and the price of each
    order by the id that the broker shows it under."""

    journal: Sequence[Intent]
    book: Sequence[BookOrder]
    shown: Mapping[str, Decimal | None]


def judge(attempt: Attempt, evidence: Evidence, answer: Answer | None = None) -> Tally:
    """One attempt. `answer` is what the caller was told, if he lived to hear it."""
    found = _entries(attempt, evidence.journal)
    times = _times_done(attempt, evidence.book)
    tally = Tally(trials=1, done=int(times == 1))
    if times > 1:
        tally.doubled = 1
        tally.faults.append(f"{attempt.id}: the exchange did the {attempt.operation} {times} times")
    tally.unknown = int(any(entry.state is IntentState.UNKNOWN for entry in found))
    for fault in (*_untrue_records(attempt, found, bool(times), evidence.shown), *_untrue_answer(answer, bool(times))):
        tally.lost = 1
        tally.faults.append(f"{attempt.id} ({attempt.operation}): {fault}")
    return tally


def stretch_of(attempt: Attempt, entries: Sequence[Intent], book: Sequence[BookOrder]) -> str:
    """Where the kill hit, by what it left behind."""
    found = _entries(attempt, entries)
    if not found:
        return STRETCHES[0]
    if found[-1].state is not IntentState.INTENDED:
        return STRETCHES[4]
    if found[-1].sent_at is None:
        return STRETCHES[1]
    return STRETCHES[3 if _times_done(attempt, book) else 2]


def _entries(attempt: Attempt, entries: Iterable[Intent]) -> list[Intent]:
    return [
        entry
        for entry in entries
        if entry.draft.client_order_id == attempt.id and entry.draft.kind.value == attempt.operation
    ]


def _times_done(attempt: Attempt, book: Sequence[BookOrder]) -> int:
    if attempt.operation == "cancel":
        return sum(row.price == attempt.before and row.status is OrderStatus.CANCELLED for row in book)
    return sum(row.price == attempt.price for row in book)


def _untrue_records(
    attempt: Attempt, found: Sequence[Intent], done: bool, shown: Mapping[str, Decimal | None]
) -> Iterable[str]:
    price = attempt.before if attempt.operation == "cancel" else attempt.price
    if done and not found:
        yield "done without a record"
    for entry in found:
        match entry.state:
            case IntentState.ACKNOWLEDGED if not done:
                yield "acknowledged, and the exchange knows nothing of it"
            case IntentState.ACKNOWLEDGED if shown.get(entry.order_id or "") != price:
                yield f"acknowledged with the id of another order: {entry.order_id}"
            case IntentState.NOT_PLACED | IntentState.REJECTED if done:
                yield f"{entry.state}, and the exchange has it ({entry.reason})"
            case IntentState.UNKNOWN if not entry.reason:
                yield "unknown without a reason"
            case IntentState.INTENDED:
                yield "never settled"


def _untrue_answer(answer: Answer | None, done: bool) -> Iterable[str]:
    if answer is None or answer.told in ("unknown", "OutcomeUnknown"):
        return
    if (answer.told == "acknowledged") is not done:
        yield f"the caller was told {answer.told}, and the exchange has {'it' if done else 'nothing'}"
