"""What each number of the contract between core and plugins brought.

A plugin states the number that it was written for (`BrokerInfo.api`). The core takes every number from `OLDEST` to
`API_VERSION`: a later number only adds hooks, parameters and fields that have defaults, so a plugin that was written
for an earlier one keeps working. A plugin of a later number than the core's is refused, naming both.

What is to go is marked in the specification first (`warn_on_impl`, `warn_on_impl_args`): the plugin's author sees a
`DeprecationWarning` at his own line, and `OLDEST` rises when it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = ["GAINED", "OLDEST", "Gain", "since"]

#: The oldest number that this core still understands.
OLDEST: Final = 1


class Gain(NamedTuple):
    """`release` of openalgo-core that brought it; `hooks` that came, and `parameters` that earlier hooks got."""

    release: str
    hooks: frozenset[str]
    parameters: Mapping[str, frozenset[str]]


GAINED: Final[Mapping[int, Gain]] = {
    1: Gain(
        "0.1.0",
        frozenset(
            {
                "authenticate", "cancel_order", "check_order", "depth", "describe", "funds", "handle_callback",
                "history", "holdings", "instruments", "login_fields", "login_url", "logout", "margin", "modify_order",
                "order_book", "order_settled", "order_status", "place_order", "positions", "quotes", "refresh_session",
                "request_otp", "simulator", "trade_book",
            }
        ),
        {},
    ),
}  # fmt: skip


def since(hook: str, parameter: str | None = None) -> int:
    """The number that brought a hook, or that parameter of it. Raises `KeyError` for a hook that there is not."""
    if parameter is not None:
        for number, gain in GAINED.items():
            if parameter in gain.parameters.get(hook, ()):
                return number
    for number, gain in GAINED.items():
        if hook in gain.hooks:
            return number
    raise KeyError(hook)
