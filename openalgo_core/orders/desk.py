"""The desk: where an order becomes an intent, is sent exactly once, and gets an outcome that is never guessed."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable
from typing import Any, Protocol

from .. import errors
from ..clock import Clock
from ..config import Timeouts
from ..errors import ConfigurationError, InvalidRequest, OpenAlgoError, OutcomeUnknown
from ..guards.panel import GuardPanel
from ..journal import Draft, Intent, Journal, JournalKey
from ..models.account import Account
from ..models.journal import IntentState
from ..models.order import OrderResult
from ..models.vocabulary import Exchange
from .classify import Outcome, outcome_of_answer, outcome_of_exception
from .reconcile import Reconciler

__all__ = ["Desk", "Line"]

_log = logging.getLogger("openalgo.orders")
#: Seconds between two looks at an intent that another caller is sending.
_POLL = 0.02


class Line(Protocol):
    """A one-time way to the broker: an account whose `http` lets one write through."""

    @property
    def account(self) -> Account: ...
    @property
    def sent(self) -> bool:
        """Whether the write may have left this machine."""
        ...


class Desk:
    """Sends intents of one account. Safe for many threads.

    `open_line` makes a line to an exchange, whose own limit on orders a second the write waits for, and is given what
    to call at the very last moment before the write leaves.
    """

    def __init__(
        self,
        *,
        broker: str,
        journal: Journal,
        key: JournalKey,
        clock: Clock,
        timeouts: Timeouts,
        panel: GuardPanel,
        reconciler: Reconciler,
        open_line: Callable[[Exchange, Callable[[], None]], Line],
    ) -> None:
        self._broker = broker
        self._journal = journal
        self._key = key
        self._clock = clock
        self._timeouts = timeouts
        self._panel = panel
        self._reconciler = reconciler
        self._open_line = open_line

    def recall(self, client_order_id: str, request: str) -> OrderResult | None:
        """The outcome of an earlier order of that id, or `None` if a new attempt may be made.

        Raises `InvalidRequest` if the id was used for another order, and the first error again if it was rejected.
        """
        attempts = self._journal.attempts(self._key, client_order_id)
        if not attempts:
            return None
        last = attempts[-1]
        _same_request(last, request)
        return None if last.state is IntentState.NOT_PLACED else self._join(last)

    def send(self, draft: Draft, write: Callable[[Account], Any]) -> OrderResult:
        """Journal the draft, send it once, journal what became of it.

        Returns an acknowledged or unknown result. Raises the error behind every other outcome.
        """
        intent, is_new = self._journal.begin(self._key, draft)
        if not is_new:
            _same_request(intent, draft.request)
            return self._join(intent)
        try:
            return self._send_new(intent, write)
        finally:
            self._journal.end_sending(intent)

    def _send_new(self, intent: Intent, write: Callable[[Account], Any]) -> OrderResult:
        intent, outcome, interruption = self._send_once(intent, write)
        try:
            after = self._record(intent, outcome)
            if interruption is not None:
                raise interruption
            if after.state is IntentState.UNKNOWN:
                after = self._reconciler.resolve(after, self._timeouts.reconcile)
        except ConfigurationError as failure:
            return self._unrecorded(intent, outcome, failure)
        self._panel.tell(after.entry)
        return self._answer(after, outcome.error)

    def _send_once(
        self, intent: Intent, write: Callable[[Account], Any]
    ) -> tuple[Intent, Outcome, BaseException | None]:
        """The intent, marked if it left, what became of it, and what interrupts us."""

        def mark() -> None:
            nonlocal intent
            intent = self._journal.mark_sent(intent)

        line: Line | None = None
        interruption: BaseException | None = None
        try:
            line = self._open_line(intent.draft.exchange, mark)
            outcome = outcome_of_answer(write(line.account), self._broker)
        except Exception as error:  # noqa: BLE001 - whatever a hook raises decides the outcome; nothing may escape unrecorded
            if not isinstance(error, OpenAlgoError):
                _log.exception("the plugin %s failed", self._broker)
            outcome = outcome_of_exception(error, sent=line is not None and line.sent, broker=self._broker)
        except BaseException as error:  # noqa: BLE001 - Ctrl-C: record what is known, then let it go on
            outcome = outcome_of_exception(error, sent=line is not None and line.sent, broker=self._broker)
            interruption = error
        return intent, outcome, interruption

    def _record(self, intent: Intent, outcome: Outcome) -> Intent:
        placed = outcome.placed
        try:
            return self._journal.settle(
                intent,
                outcome.state,
                order_id=placed.order_id if placed else None,
                refs=placed.refs if placed else None,
                reason=outcome.reason,
                error=_error_text(outcome.error),
            )
        except sqlite3.IntegrityError:
            assert placed is not None
            reason = f"the broker answered with order id {placed.order_id}, which belongs to another order"
            return self._journal.settle(intent, IntentState.UNKNOWN, reason=reason)

    def _unrecorded(self, intent: Intent, outcome: Outcome, failure: ConfigurationError) -> OrderResult:
        """The journal failed after the order was sent: what is known is still said, and the entry stays unsettled."""
        _log.error("the outcome of %s could not be journalled: %s", intent.draft.client_order_id, failure.message)
        if outcome.state in (IntentState.REJECTED, IntentState.NOT_PLACED):
            assert outcome.error is not None
            raise outcome.error
        placed = outcome.placed
        return OrderResult(
            status="acknowledged" if placed else "unknown",
            order_id=placed.order_id if placed else None,
            client_order_id=intent.draft.client_order_id,
            broker=self._broker,
            reason=" ".join((outcome.reason or "The broker has the order.", failure.message)),
        )

    def _join(self, intent: Intent) -> OrderResult:
        """The outcome of an intent that somebody else began: wait while they send, settle it if they cannot."""
        begun = self._clock.monotonic()
        while self._journal.is_being_sent(intent):
            if self._clock.monotonic() - begun > self._longest_flight:
                # Whoever sends it may be stopped and go on later. Only they, or their death, can settle it.
                return self._result(intent, "another process has been sending it for too long")
            self._clock.sleep(_POLL)
            intent = self._journal.get(intent.id)
        if not intent.is_settled:
            intent = self._reconciler.resolve(intent, self._timeouts.reconcile)
            self._panel.tell(intent.entry)
        return self._answer(intent, None)

    @property
    def _longest_flight(self) -> float:
        """Seconds that an intent can be on its way."""
        limits = self._timeouts
        return limits.connect + limits.read + limits.reconcile + 2 * limits.rate_wait

    def _answer(self, intent: Intent, error: OpenAlgoError | None) -> OrderResult:
        if intent.state in (IntentState.REJECTED, IntentState.NOT_PLACED):
            raise error if error is not None and not isinstance(error, OutcomeUnknown) else _error_of(intent)
        return self._result(intent, intent.reason)

    def _result(self, intent: Intent, reason: str | None) -> OrderResult:
        acknowledged = intent.state is IntentState.ACKNOWLEDGED
        return OrderResult(
            status="acknowledged" if acknowledged else "unknown",
            order_id=intent.order_id,
            client_order_id=intent.draft.client_order_id,
            broker=self._broker,
            reason=None if acknowledged else reason,
        )


def _same_request(intent: Intent, request: str) -> None:
    if intent.draft.request != request:
        raise InvalidRequest(
            f"The id {intent.draft.client_order_id!r} was used before for another order "
            f"({intent.draft.action} {intent.draft.quantity} {intent.draft.exchange}:{intent.draft.symbol}).",
            hint="Use a new id for a new order.",
        )


def _error_text(error: OpenAlgoError | None) -> str | None:
    if error is None:
        return None
    return json.dumps({"kind": error.kind, "message": error.message, "hint": error.hint, "code": error.code})


def _error_of(intent: Intent) -> OpenAlgoError:
    """The error that an earlier caller got, made again from the journal."""
    kept = json.loads(intent.error) if intent.error else {}
    fallback = errors.OrderRejected if intent.state is IntentState.REJECTED else errors.NotSent
    kind = getattr(errors, kept.get("kind", ""), fallback)
    message = kept.get("message") or intent.reason or f"The order was {intent.state}."
    again: OpenAlgoError = kind(message, hint=kept.get("hint", ""), broker=intent.broker, code=kept.get("code"))
    return again
