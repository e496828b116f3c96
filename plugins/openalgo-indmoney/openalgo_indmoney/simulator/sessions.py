"""Tokens: who holds one, and until when."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from openalgo_core.clock import Clock

from .envelopes import token_dead

__all__ = ["Sessions"]

_LIFE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class _Grant:
    user_id: str
    until: datetime


class Sessions:
    """A token lives for 24 hours from when it was made, at whatever time of the day.

    Each token that is generated ends the one generated before. Whether it ends one of the dashboard too is not
    documented; here it does not.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._numbers = count(1)
        self._dashboard: dict[str, _Grant] = {}
        self._generated: dict[str, _Grant] = {}

    def paste(self, token: str, user_id: str) -> None:
        """A token of the dashboard, made now."""
        self._dashboard[token] = self._grant(user_id)

    def generate(self, user_id: str) -> str:
        """A new token; the one before is dead."""
        grant = self._grant(user_id)
        token = self._sign(grant)
        self._generated = {token: grant}
        return token

    def user_of(self, token: str) -> str:
        """Whose token that is. Raises `Refusal`, the same for an unknown token and one that is over."""
        grant = self._dashboard.get(token) or self._generated.get(token)
        if grant is None or grant.until <= self._clock.now():
            raise token_dead()
        return grant.user_id

    def expire_all(self) -> None:
        """End every token now, as revoking them does."""
        self._dashboard.clear()
        self._generated.clear()

    def _grant(self, user_id: str) -> _Grant:
        return _Grant(user_id, self._clock.now() + _LIFE)

    def _sign(self, grant: _Grant) -> str:
        """A JWT that decodes: clients read the `exp` claim."""
        claims = {
            "clientID": grant.user_id,
            "partnerID": "SIM",
            "jti": next(self._numbers),
            "iat": int((grant.until - _LIFE).timestamp()),
            "exp": int(grant.until.timestamp()),
        }
        unsigned = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        signature = hmac.digest(self._key, unsigned.encode(), hashlib.sha256)
        return f"{unsigned}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def _encoded(claims: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode().rstrip("=")
