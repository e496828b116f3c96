"""What became of an order write, judged from what its hook did.

The table of the design, in code. Only two kinds of evidence prove that nothing was booked: the broker said so, or no
byte left this machine. Everything else is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import (
    AuthenticationError,
    NotSent,
    OpenAlgoError,
    OutcomeUnknown,
    PluginBroken,
    RateLimited,
    Refused,
)
from ..models.journal import IntentState
from ..models.order import Placed

__all__ = ["Outcome", "outcome_of_answer", "outcome_of_exception"]

#: Raised by a hook, these are the broker's own word, or proof, that nothing was booked.
_PROOF = (AuthenticationError, RateLimited, NotSent)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A journal state, with the broker's yes or the error that explains it."""

    state: IntentState
    placed: Placed | None = None
    error: OpenAlgoError | None = None

    @property
    def reason(self) -> str | None:
        return None if self.error is None else self.error.message


def outcome_of_answer(answer: object, broker: str) -> Outcome:
    """A hook returned. Only a `Placed` with an id is a yes; anything else came after the write and is unknown."""
    if isinstance(answer, Placed) and answer.order_id:
        return Outcome(IntentState.ACKNOWLEDGED, placed=answer)
    what = "no order id" if isinstance(answer, Placed) else f"{type(answer).__name__} instead of Placed"
    return Outcome(IntentState.UNKNOWN, error=OutcomeUnknown(f"The plugin answered with {what}.", broker=broker))


def outcome_of_exception(error: BaseException, *, sent: bool, broker: str) -> Outcome:
    """A hook raised. `sent`: whether the write may have left this machine."""
    if isinstance(error, Refused):
        return Outcome(IntentState.REJECTED, error=error)
    if isinstance(error, _PROOF) or (isinstance(error, OpenAlgoError) and not sent):
        return Outcome(IntentState.NOT_PLACED, error=error)
    if isinstance(error, OpenAlgoError):
        unknown = OutcomeUnknown(
            error.message, hint=error.hint, broker=broker, code=error.code, http_status=error.http_status
        )
        return Outcome(IntentState.UNKNOWN, error=unknown)
    text = f"The plugin {broker!r} failed with {type(error).__name__}"
    if sent:
        return Outcome(IntentState.UNKNOWN, error=OutcomeUnknown(f"{text} after sending.", broker=broker))
    return Outcome(IntentState.NOT_PLACED, error=PluginBroken(f"{text} before anything was sent.", broker=broker))
