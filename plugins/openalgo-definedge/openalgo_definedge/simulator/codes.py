"""One-time codes: asked for in the first step of the login, answered in the second."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pyotp

from openalgo_core.secrets import Secret
from openalgo_core.simulation import SimulatorSetup

from .envelopes import Refusal, not_ok

__all__ = ["OneTimeCodes"]

#: What the set-up page has in its sample `.env`; it differs from the other brokers' in the words and the capitals.
_SEED_TOKEN: Final = "your_api_Token_here"  # noqa: S105  # a placeholder that everybody may read
_SEED_SECRET: Final = Secret("your_api_Secret_here")

#: How often a wrong secret is told the attempts that are left. The live server was seen at 3.
_ATTEMPTS: Final = 5
#: Not documented: how long a code may be answered, and how often it may be answered wrongly.
_LIFE: Final = timedelta(minutes=15)
_TRIES: Final = 2


@dataclass(slots=True)
class _Request:
    secret: Secret
    until: datetime
    tries: int = _TRIES


class OneTimeCodes:
    """Codes that were asked for and not answered yet, and how many attempts at the secret are left."""

    def __init__(self, setup: SimulatorSetup, otp: str) -> None:
        self._setup = setup
        self.otp = otp
        self._left = _ATTEMPTS
        self._requests: dict[str, _Request] = {}

    def request(self, api_token: str, api_secret: str) -> str:
        """A token for a code that is now on its way. Raises `Refusal` for wrong credentials, and for any once the
        attempts are used up."""
        wanted = self._secret_of(api_token)
        if not self._left or wanted is None or Secret(api_secret) != wanted:
            self._left = max(0, self._left - 1)
            left = f"You have {self._left} attempts left."
            raise Refusal({"error": "Invalid Credential", "error_description": left})
        self._left = _ATTEMPTS
        token = str(uuid.uuid4())
        self._requests[token] = _Request(wanted, self._setup.clock.now() + _LIFE)
        return token

    def redeem(self, otp_token: str, otp: str, proof: str | None) -> None:
        """Use a code up; `proof` is the hash over it, checked where it is given. Raises `Refusal`."""
        asked = self._requests.get(otp_token)
        if asked is None or asked.until <= self._setup.clock.now():
            raise not_ok("Invalid OTP Token")
        right = self._is_right(otp) and proof in (None, _hash(otp_token, otp, asked.secret))
        asked.tries -= 1
        if right or not asked.tries:
            del self._requests[otp_token]
        if not right:
            raise not_ok("Invalid OTP")

    def _secret_of(self, api_token: str) -> Secret | None:
        return _SEED_SECRET if api_token == _SEED_TOKEN else self._setup.account.secret_of(api_token)

    def _is_right(self, otp: str) -> bool:
        """Sent by SMS, or shown by the authenticator for this half minute or one next to it."""
        authenticator = pyotp.TOTP(self._setup.account.totp_secret.reveal())
        return otp == self.otp or authenticator.verify(otp, for_time=self._setup.clock.now(), valid_window=1)


def _hash(otp_token: str, otp: str, secret: Secret) -> str:
    return hashlib.sha256(f"{otp_token}{otp}{secret.reveal()}".encode()).hexdigest()
