"""Tokens: who holds one, until when, and what a dead one is answered with."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count

from openalgo_core.clock import Clock, next_ist

from .envelopes import Refusal

__all__ = ["Sessions", "Tokens"]

#: Longer than the other tokens, by how much is not documented.
_REFRESH_OUTLIVES = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What one login gives."""

    jwt: str
    refresh: str
    feed: str


@dataclass(frozen=True, slots=True)
class _Grant:
    user_id: str
    until: datetime


class Sessions:
    """Every login gives tokens of its own; an earlier one goes on living. They end at 00:00 IST."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(64)
        self._numbers = count(1)
        self._bearers: dict[str, _Grant] = {}
        self._refreshers: dict[str, _Grant] = {}

    def open(self, user_id: str) -> Tokens:
        """Tokens for a login or a refresh."""
        grant = _Grant(user_id, next_ist(self._clock.now(), time(0)))
        longer = _Grant(user_id, grant.until + _REFRESH_OUTLIVES)
        tokens = Tokens(self._sign(grant, "jwt"), self._sign(longer, "refresh"), self._sign(grant, "feed"))
        self._bearers[tokens.jwt] = grant
        self._refreshers[tokens.refresh] = longer
        return tokens

    def user_of(self, bearer: str, *, even_expired: bool = False) -> str:
        """Whose token that is. Raises `Refusal` AG8001 for an unknown one, AG8002 for one that is over."""
        grant = self._bearers.get(bearer)
        if grant is None:
            raise Refusal("AG8001")
        if grant.until <= self._clock.now() and not even_expired:
            raise Refusal("AG8002")
        return grant.user_id

    def renew(self, refresh_token: str) -> Tokens:
        """New tokens for a refresh token, which is used up. Raises `Refusal` AB8050 or AB8051."""
        grant = self._refreshers.pop(refresh_token, None)
        if grant is None:
            raise Refusal("AB8050")
        if grant.until <= self._clock.now():
            raise Refusal("AB8051")
        return self.open(grant.user_id)

    def close(self, bearer: str) -> None:
        """Forget a token, as logging out does."""
        self._bearers.pop(bearer, None)

    def expire_all(self) -> None:
        """End every session now, as midnight does."""
        now = self._clock.now()
        self._bearers = {token: _Grant(grant.user_id, now) for token, grant in self._bearers.items()}

    def _sign(self, grant: _Grant, purpose: str) -> str:
        """A JWT that decodes: clients read the `exp` claim."""
        claims = {
            "username": grant.user_id,
            "use": purpose,
            "jti": next(self._numbers),
            "exp": int(grant.until.timestamp()),
        }
        unsigned = f"{_encoded({'alg': 'HS512'})}.{_encoded(claims)}"
        signature = hmac.digest(self._key, unsigned.encode(), hashlib.sha512)
        return f"{unsigned}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def _encoded(claims: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode().rstrip("=")
