"""The rules, broken on purpose: the harness must notice every one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openalgo_core.errors import BrokerUnavailable, NotSent
from openalgo_core.journal import Draft, Intent, Journal
from openalgo_core.models import IntentState
from openalgo_core.orders import desk
from openalgo_core.transport import client

__all__ = ["SINS", "commit"]


def _retry_on_time_out() -> None:
    """A write whose answer did not come is sent again."""
    honest = client.WriteOnce.request

    def request(self: client.WriteOnce, *args: Any, **kwargs: Any) -> Any:
        try:
            return honest(self, *args, **kwargs)
        except NotSent:
            raise
        except BrokerUnavailable:
            return honest(client.WriteOnce(self._client, lambda: None, None), *args, **kwargs)

    client.WriteOnce.request = request  # type: ignore[method-assign]


def _journal_after_send() -> None:
    """The intent is written when the answer is there."""
    honest = desk.Desk.send

    def send(self: desk.Desk, draft: Draft, write: Callable[[Any], Any]) -> Any:
        line = self._open_line(draft.exchange, lambda: None)
        answer = write(line.account)
        return honest(self, draft, lambda account: answer)

    desk.Desk.send = send  # type: ignore[method-assign]


def _forgotten_mark() -> None:
    """That the request is leaving is not recorded, so that a crash passes for one before the sending."""
    Journal.mark_sent = lambda self, intent: intent  # type: ignore[method-assign]


def _guess() -> None:
    """What nobody knows is called not placed."""
    honest = Journal.settle

    def settle(self: Journal, intent: Intent, state: IntentState, **facts: Any) -> Intent:
        guessed = IntentState.NOT_PLACED if state is IntentState.UNKNOWN else state
        return honest(self, intent, guessed, **facts)

    Journal.settle = settle  # type: ignore[method-assign]


SINS: dict[str, Callable[[], None]] = {
    "retry-on-time-out": _retry_on_time_out,
    "journal-after-send": _journal_after_send,
    "forgotten-mark": _forgotten_mark,
    "guess": _guess,
}


def commit(sin: str | None) -> None:
    """Break that rule in this process, for good."""
    if sin is not None:
        SINS[sin]()
