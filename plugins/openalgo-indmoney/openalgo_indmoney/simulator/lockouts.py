"""Wrong authenticator codes: how many are let through before the door is shut, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import pyotp

from openalgo_core.clock import Clock
from openalgo_core.secrets import Secret

__all__ = ["Authenticator"]

_MOST_WRONG: Final = 5
_WINDOW: Final = timedelta(minutes=15)
_LOCKOUT: Final = timedelta(minutes=15)
#: So many lock-outs within an hour make the last one an hour long.
_MOST_LOCKOUTS: Final = 3
_HOUR: Final = timedelta(hours=1)


class Authenticator:
    """Judges codes. A code of this half minute or of one next to it is right, once."""

    def __init__(self, clock: Clock, secret: Secret) -> None:
        self._clock = clock
        self._totp = pyotp.TOTP(secret.reveal())
        self._submitted: set[str] = set()
        self._wrong: list[datetime] = []
        self._lockouts: list[datetime] = []
        self._locked_until: datetime | None = None

    @property
    def locked(self) -> bool:
        """Attempts while it is are refused and do not make it longer."""
        return self._locked_until is not None and self._clock.now() < self._locked_until

    def accepts(self, code: str) -> bool:
        """Whether that code is right and was never submitted before; a wrong one is counted."""
        now = self._clock.now()
        right = code not in self._submitted and self._totp.verify(code, for_time=now, valid_window=1)
        self._submitted.add(code)
        if not right:
            self._count(now)
        return right

    def lock(self) -> None:
        """Shut the door now."""
        now = self._clock.now()
        self._wrong.clear()
        self._lockouts = [*(at for at in self._lockouts if at > now - _HOUR), now]
        self._locked_until = now + (_HOUR if len(self._lockouts) >= _MOST_LOCKOUTS else _LOCKOUT)

    def _count(self, now: datetime) -> None:
        self._wrong = [*(at for at in self._wrong if at > now - _WINDOW), now]
        if len(self._wrong) >= _MOST_WRONG:
            self.lock()
