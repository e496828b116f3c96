"""Broker-level faults by name: refusals, and answers that are not what they should be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from .envelopes import Refusal, error, not_ok, success, unauthorised

__all__ = ["REFUSALS", "SPOILT", "nothing_but_success"]

#: The whole request is refused; after its work is done where the fault says `:after`.
REFUSALS: Final[Mapping[str, Callable[[], Refusal]]] = {
    "session-expired": partial(error, "Session Expired"),
    "unregistered-ip": partial(unauthorised, "Unauthorized"),
    "error": partial(error, "Request could not be processed"),
    "failure": partial(error, "Request could not be processed", status="FAILURE"),
    "not-ok": partial(not_ok, "Request could not be processed"),
    "rms": partial(error, "RED:Margin Shortfall:INR 48250.00 Available:INR 1250.00"),
    "locked": partial(Refusal, {"error": "Account Locked", "error_description": "You have 0 attempts left."}),
}


def nothing_but_success(_: Any = None) -> dict[str, Any]:
    """A yes without the id that makes it one."""
    return success()


def _bare_list(answer: Any) -> Any:
    return next(value for value in answer.values() if isinstance(value, list))


def _noren(answer: Any) -> Any:
    return {"stat": "Ok", "norenordno": answer["order_id"]}


def _empty(_: Any) -> str:
    return ""


#: The request is served, and its answer then changed.
SPOILT: Final[Mapping[str, Callable[[Any], Any]]] = {
    "no-id": nothing_but_success,
    "bare-list": _bare_list,
    "noren": _noren,
    "empty-window": _empty,
}
