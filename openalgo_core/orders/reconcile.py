"""Settling what is not settled: the broker's order book against the journal.

Found means acknowledged. Absent means still unknown, until the day's book is final; then not placed. What never left
this machine is not placed at once, and needs no book.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

from ..clock import Clock, day_of
from ..errors import OpenAlgoError
from ..journal import Intent, Journal, JournalKey
from ..journal.matching import Verdict, book_is_final, find_placed, same_as_before, same_order
from ..models.broker import TagRule
from ..models.journal import IntentKind, IntentState, JournalEntry, Settlement
from ..models.order import Order
from ..models.vocabulary import Exchange, OrderStatus

__all__ = ["Reconciler"]

#: Seconds between two looks at the book: brokers allow about one a second.
_PAUSE = 1.0
#: Seconds that a look must have left to be worth beginning.
_LOOK = 0.5
#: Seconds that the wall clock may go wrong while a process runs, and still prove that a day is over.
_DRIFT = 60.0


class Reconciler:
    """Looks into the book until an intent is settled.

    `read_book` reads the order book once, within so many seconds where it is given any. `market_close` gives the close
    of an exchange on the day of a moment, `None` where it did not open. `tell` hears of every state that changes here.
    """

    def __init__(
        self,
        journal: Journal,
        key: JournalKey,
        rule: TagRule,
        clock: Clock,
        read_book: Callable[[float | None], Sequence[Order]],
        market_close: Callable[[Exchange, datetime], datetime | None],
        tell: Callable[[Callable[[], JournalEntry]], None],
    ) -> None:
        self._journal = journal
        self._key = key
        self._rule = rule
        self._clock = clock
        self._read_book = read_book
        self._market_close = market_close
        self._tell = tell
        self._begun = clock.now(), clock.monotonic()

    def leftovers(self, *, crashed_only: bool = False) -> list[Intent]:
        """Unsettled intents that no living process is working on; `crashed_only` leaves out the looked-at unknowns."""
        return [
            intent
            for intent in self._journal.unsettled(self._key)
            if not (crashed_only and intent.state is IntentState.UNKNOWN) and not self._journal.is_being_sent(intent)
        ]

    def settle_all(self, intents: Sequence[Intent]) -> list[Settlement]:
        """One look at the book for all of them. Raises what reading the book raises, after settling what needs none."""
        settled = {intent.id: self._without_book(intent) for intent in intents}
        if any(after is None for after in settled.values()):
            book = self._read_book(None)
            settled = {intent.id: settled[intent.id] or self._against(intent, book, since=None) for intent in intents}
        for intent in intents:
            after = settled[intent.id]
            if after is not None and after.state is not intent.state:
                self._tell(after.entry)
        return [_settlement(intent, settled[intent.id]) for intent in intents]

    def resolve(self, intent: Intent, seconds: float) -> Intent:
        """Look again and again until the intent is settled or the time is up; never longer than `seconds`."""
        begun = self._clock.monotonic()
        settled = self._without_book(intent)
        while settled is None:
            left = seconds - (self._clock.monotonic() - begun)
            try:
                after = self._against(intent, self._read_book(left), since=begun)
            except OpenAlgoError as error:
                reason = f"the order book cannot be read: {error.message.rstrip('.')}"
                after = self._journal.settle(intent, IntentState.UNKNOWN, reason=reason)
            left = seconds - (self._clock.monotonic() - begun)
            if after.is_settled or left <= _PAUSE + _LOOK:
                return after
            self._clock.sleep(_PAUSE)
        return settled

    def _without_book(self, intent: Intent) -> Intent | None:
        """Settled by what the journal alone proves, or `None`."""
        if intent.sent_at is None:
            reason = "the process ended before anything was sent"
            return self._journal.settle(intent, IntentState.NOT_PLACED, reason=reason)
        if day_of(intent.sent_at) != day_of(self._clock.now()):
            reason = "the broker no longer shows the book of that day; look at its contract note"
            return self._journal.settle(intent, IntentState.UNKNOWN, reason=reason)
        return None

    def _against(self, intent: Intent, book: Sequence[Order], *, since: float | None) -> Intent:
        if intent.draft.kind is IntentKind.PLACE:
            return self._placed(intent, book, since)
        row = next((row for row in book if row.order_id == intent.order_id), None)
        return self._changed(intent, row)

    def _placed(self, intent: Intent, book: Sequence[Order], since: float | None) -> Intent:
        claimed = self._journal.client_ids(self._key).keys()
        verdict = find_placed(intent, book, self._rule, claimed, self._journal.rivals(self._key))
        if verdict.order is not None:
            return self._claim(intent, verdict.order, verdict.reason)
        if self._is_final(intent) and not verdict.is_open:
            return self._journal.settle(intent, IntentState.NOT_PLACED, reason="not in the day's final order book")
        return self._journal.settle(intent, IntentState.UNKNOWN, reason=self._absent(intent, verdict, since))

    def _claim(self, intent: Intent, row: Order, reason: str | None) -> Intent:
        try:
            return self._journal.settle(
                intent,
                IntentState.ACKNOWLEDGED,
                order_id=row.order_id,
                refs=row.refs,
                reason=reason,
            )
        except sqlite3.IntegrityError:  # another process has just claimed the same row for another intent
            taken = f"order {row.order_id} belongs to another intent"
            return self._journal.settle(intent, IntentState.UNKNOWN, reason=taken)

    def _changed(self, intent: Intent, row: Order | None) -> Intent:
        state, reason = _change_outcome(intent, row, final=self._is_final(intent))
        return self._journal.settle(intent, state, reason=reason)

    def _is_final(self, intent: Intent) -> bool:
        assert intent.sent_at is not None
        close = self._market_close(intent.draft.exchange, intent.sent_at)
        return not self._clock_jumped and book_is_final(intent.sent_at, self._clock.now(), close)

    @property
    def _clock_jumped(self) -> bool:
        """Whether the wall clock was set meanwhile: what it says proves nothing then."""
        wall, ticks = self._begun
        passed = (self._clock.now() - wall).total_seconds()
        return abs(passed - (self._clock.monotonic() - ticks)) > _DRIFT

    def _absent(self, intent: Intent, verdict: Verdict, since: float | None) -> str:
        assert intent.sent_at is not None
        if since is not None:
            seconds = self._clock.monotonic() - since
        else:
            seconds = (self._clock.now() - intent.sent_at).total_seconds()
        return f"{verdict.reason} after {seconds:.0f} s"


def _change_outcome(intent: Intent, row: Order | None, *, final: bool) -> tuple[IntentState, str | None]:
    """What a book row says about a modify or cancel whose answer was lost."""
    if row is None:
        return IntentState.UNKNOWN, "the order is not in the broker's book"
    done = (
        row.status is OrderStatus.CANCELLED if intent.draft.kind is IntentKind.CANCEL else same_order(intent.draft, row)
    )
    if done:
        return IntentState.ACKNOWLEDGED, None
    if intent.draft.kind is IntentKind.MODIFY and not same_as_before(intent.draft, row):
        return IntentState.UNKNOWN, "the order was changed otherwise meanwhile, so that nobody can tell"
    if row.status.is_final or final:
        return IntentState.NOT_PLACED, f"the order is {row.status} without the {intent.draft.kind}"
    return IntentState.UNKNOWN, f"the order is {row.status} and shows no trace of the {intent.draft.kind} yet"


def _settlement(before: Intent, after: Intent | None) -> Settlement:
    assert after is not None
    return Settlement(
        client_order_id=before.draft.client_order_id,
        before=before.state,
        after=after.state,
        order_id=after.order_id,
        reason=after.reason,
    )
