"""Keys: who holds one, and until when."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from openalgo_core.clock import Clock, next_ist

from .envelopes import unauthorised

__all__ = ["Keys", "Sessions"]

_DIES_AT: Final = time(3)


@dataclass(frozen=True, slots=True)
class Keys:
    """What one login gives: `api` opens the REST calls, `stream` the websocket."""

    api: str
    stream: str


@dataclass(frozen=True, slots=True)
class _Grant:
    user_id: str
    until: datetime


class Sessions:
    """Every login gives keys of its own; an earlier one goes on living. They end at 03:00 IST."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._grants: dict[str, _Grant] = {}

    def open(self, user_id: str) -> Keys:
        keys = Keys(secrets.token_hex(32), secrets.token_hex(32))
        self._grants[keys.api] = _Grant(user_id, next_ist(self._clock.now(), _DIES_AT))
        return keys

    def user_of(self, key: str) -> str:
        """Whose key that is. Raises `Refusal`, the same for an unknown key, a missing one and one that is over."""
        grant = self._grants.get(key)
        if grant is None or grant.until <= self._clock.now():
            raise unauthorised("Session Expired")
        return grant.user_id

    def expire_all(self) -> None:
        """End every session now, as the night does."""
        self._grants.clear()
