"""API sessions and session tokens: who holds one, until when, and what a dead one is answered with."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import datetime, time

from openalgo_core.clock import Clock, next_ist

from .envelopes import refusal

__all__ = ["Sessions"]


@dataclass(frozen=True, slots=True)
class _Grant:
    user_id: str
    api_key: str
    token: str
    until: datetime


class Sessions:
    """Every login gives a session of its own; an earlier one goes on living. They end at 00:00 IST."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_api_session: dict[str, _Grant] = {}
        self._by_token: dict[str, _Grant] = {}

    def open(self, user_id: str, api_key: str) -> str:
        """The API session of a login in the browser: eight digits."""
        token = b64encode(f"{user_id}:{_digits()}".encode()).decode()
        grant = _Grant(user_id, api_key, token, next_ist(self._clock.now(), time(0)))
        api_session = _digits()
        self._by_api_session[api_session] = grant
        return api_session

    def exchange(self, api_session: str, api_key: str) -> tuple[str, str]:
        """User id and session token, the same ones each time. Raises `Refusal`."""
        grant = self._living(self._by_api_session.get(api_session), api_key)
        self._by_token[grant.token] = grant
        return grant.user_id, grant.token

    def user_of(self, token: str, api_key: str) -> str:
        """Whose session token that is. Raises `Refusal`."""
        return self._living(self._by_token.get(token), api_key).user_id

    def expire_all(self) -> None:
        """End every session now, as midnight does."""
        now = self._clock.now()
        for grants in (self._by_api_session, self._by_token):
            for key, grant in grants.items():
                grants[key] = replace(grant, until=now)

    def _living(self, grant: _Grant | None, api_key: str) -> _Grant:
        if grant is None or grant.api_key != api_key:
            raise refusal("invalid-session")
        if grant.until <= self._clock.now():
            raise refusal("not-available")
        return grant


def _digits() -> str:
    return f"{10_000_000 + secrets.randbelow(90_000_000)}"
