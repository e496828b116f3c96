"""View and trade sessions: who holds one, from where, until when."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from itertools import count
from typing import Final

from openalgo_core.clock import Clock, next_ist

from .envelopes import coded

__all__ = ["SERVER_ID", "Scope", "Session", "Sessions"]

#: `hsServerId`, which the older generations put into the query of every trading call.
SERVER_ID: Final = "server4"
_SUBJECT: Final = uuid.UUID("a4e8a9c0-ff2f-11eb-9a03-000000000001")


class Scope(StrEnum):
    VIEW = "View"  # the first factor only
    TRADE = "Trade"


@dataclass(frozen=True, slots=True)
class Session:
    """A token and the sid that belongs to it. `address` is where it was made: orders must come from there."""

    token: str
    sid: str
    ucc: str
    scope: Scope
    address: str
    until: datetime


class Sessions:
    """Every login gives two sessions of its own, an earlier one goes on living. They end at `ends` IST."""

    def __init__(self, clock: Clock, ends: time, refused_with: int) -> None:
        self._clock = clock
        self._ends = ends
        self._refused_with = refused_with
        self._key = secrets.token_bytes(64)
        self._numbers = count(1)
        self._sessions: dict[str, Session] = {}

    def open(self, ucc: str, scope: Scope, address: str) -> Session:
        until = next_ist(self._clock.now(), self._ends)
        session = Session(self._sign(ucc, scope, until), str(uuid.uuid4()), ucc, scope, address, until)
        self._sessions[session.token] = session
        return session

    def find(self, token: str, sid: str, scope: Scope) -> Session:
        """The living session of that token and sid. Raises `Refusal` 100022 for none, 100021 for the other kind."""
        session = self._sessions.get(token)
        if session is None or session.sid != sid or session.until <= self._clock.now():
            raise coded(100022, http_status=self._refused_with)
        if session.scope is not scope:
            raise coded(100021, http_status=self._refused_with)
        return session

    def close(self, session: Session) -> None:
        """Forget it, as logging out does."""
        self._sessions.pop(session.token, None)

    def expire_all(self) -> None:
        """End every session now, as midnight does."""
        self._sessions.clear()

    def _sign(self, ucc: str, scope: Scope, until: datetime) -> str:
        """A JWT that decodes: clients read the `exp` and `sub` claims."""
        claims = {
            "scope": [scope],
            "exp": int(until.timestamp()),
            "iat": int(self._clock.now().timestamp()),
            "jti": str(next(self._numbers)),
            "iss": "login-service",
            "sub": str(_SUBJECT),
            "ucc": ucc,
        }
        unsigned = f"{_encoded({'alg': 'HS512', 'typ': 'JWT'})}.{_encoded(claims)}"
        signature = hmac.digest(self._key, unsigned.encode(), hashlib.sha512)
        return f"{unsigned}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def _encoded(claims: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode().rstrip("=")
