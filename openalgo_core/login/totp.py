"""Authenticator codes made from a stored secret (RFC 6238: SHA-1, six digits, a new one every 30 seconds)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..clock import Clock, SystemClock
from ..errors import ConfigurationError
from ..secrets import Secret
from ..store.files import make_directory, read_private, write_private

if TYPE_CHECKING:
    import pyotp

__all__ = ["TotpCodes"]

_STEP = 30
_MARGIN = 3  # seconds that a code must still live: it has to reach the broker, whose clock is not quite ours


class TotpCodes:
    """The codes of one account. No code is handed out twice, by whatever process: brokers refuse a second use.

    `state_file` remembers the last step used; see `SessionStore.totp_state`. The secret may be written in
    groups, as brokers show it. Raises `ConfigurationError` for one that is no Base32 text of at least 112
    bits.
    """

    def __init__(self, secret: Secret, state_file: Path, clock: Clock | None = None) -> None:
        self._totp = _totp(secret)
        self._state_file = state_file
        self._clock = clock or SystemClock()

    def next(self) -> Secret:
        """A code that lives for at least three more seconds; waits for the next step where there is none."""
        from filelock import FileLock  # lazily: 35 ms

        lock = make_directory(self._state_file.parent) / f".{self._state_file.name}.lock"
        with FileLock(lock, mode=0o600):
            step = self._free_step()
            write_private(self._state_file, str(step).encode())
        return Secret(self._totp.generate_otp(step))

    def _free_step(self) -> int:
        last = self._last_step()
        while True:
            step, into = divmod(self._clock.now().timestamp(), _STEP)
            used = last - 1 <= step <= last  # a step earlier too: the clock may have been set back a little
            if not used and _STEP - into >= _MARGIN:
                return int(step)
            self._clock.sleep(_STEP - into)

    def _last_step(self) -> int:
        content = read_private(self._state_file)
        return int(content) if content and content.isdigit() else -1


def _totp(secret: Secret) -> pyotp.TOTP:
    import pyotp  # lazily: only unattended logins need it

    try:
        return pyotp.TOTP(secret.reveal().replace(" ", "").replace("-", "").upper())
    except ValueError:
        raise ConfigurationError(
            "BROKER_TOTP_SECRET is not a Base32 text of at least 112 bits (23 characters).",
            hint="Copy the text that stands under the broker's QR code, not one of the codes made from it.",
        ) from None
