"""What a customer proves himself with, in each generation of the login."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import pyotp

from openalgo_core.secrets import Secret
from openalgo_core.simulation import SEED_API_SECRET, SimulatorSetup, TestAccount

from .envelopes import gateway_fault

__all__ = ["OTP", "PAN", "Credentials"]

#: What the oldest flow sends by SMS, to everybody.
OTP: Final = "1234"
PAN: Final = "ABCDE1234F"

#: What the set-up page has in its sample `.env`; it differs from the other brokers' in its words.
_SEED_KEY: Final = "your_kotak_consumer_key"
_SEED_SECRET: Final = Secret("your_kotak_consumer_secret")
_BEARER_LIFE: Final = timedelta(seconds=3600)


class Credentials:
    """Keys, tokens and codes of the one customer, and the application tokens that the older generations hand out."""

    def __init__(self, setup: SimulatorSetup) -> None:
        self._setup = setup
        self._bearers: dict[str, datetime] = {}

    @property
    def account(self) -> TestAccount:
        return self._setup.account

    def secret_of(self, key: str) -> Secret | None:
        """What belongs to a UCC (an access token) or to a consumer key (its secret); `None` for nobody's."""
        return _SEED_SECRET if key == _SEED_KEY else self.account.secret_of(key)

    def knows_token(self, access_token: str) -> bool:
        """Whether an access token is anybody's."""
        return Secret(access_token) in (self.account.api_secret, Secret(SEED_API_SECRET), _SEED_SECRET)

    def is_right_code(self, totp: str) -> bool:
        """An authenticator's code of this half minute or one next to it."""
        codes = pyotp.TOTP(self.account.totp_secret.reveal())
        return codes.verify(totp, for_time=self._setup.clock.now(), valid_window=1)

    def is_right_mpin(self, mpin: str) -> bool:
        return Secret(mpin) == self.account.pin

    def is_customer(self, fields: Mapping[str, str]) -> bool:
        """Whether a mobile number, PAN or user id, with a password or MPIN, is the customer's (the oldest flow)."""
        right = {"mobileNumber": f"+91{self.account.mobile}", "pan": PAN, "userid": self.account.user_id}
        name = next((name for name in right if name in fields), "")
        word = self.account.password if "password" in fields else self.account.pin
        given = fields.get("password") or fields.get("mpin") or ""
        return bool(name) and fields[name] == right[name] and Secret(given) == word

    # -- application tokens ----------------------------------------------------------------------------------------

    def grant(self, authorization: str) -> tuple[str, int]:
        """An application token for a consumer key and secret, and its life in seconds. Raises `Refusal`."""
        key, _, secret = _basic(authorization).partition(":")
        wanted = self.secret_of(key)
        if wanted is None or Secret(secret) != wanted:
            raise gateway_fault(900901, "Invalid Credentials")
        token = secrets.token_urlsafe(32)
        self._bearers[token] = self._setup.clock.now() + _BEARER_LIFE
        return token, int(_BEARER_LIFE.total_seconds())

    def check_bearer(self, authorization: str) -> None:
        """Raises `Refusal` for an application token that is missing, unknown or over."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer" or not token:
            raise gateway_fault(900902, "Missing Credentials")
        until = self._bearers.get(token)
        if until is None or until <= self._setup.clock.now():
            raise gateway_fault(900901, "Invalid Credentials")


def _basic(authorization: str) -> str:
    """Key and secret of a Basic credential, empty for anything else."""
    scheme, _, coded = authorization.partition(" ")
    try:
        return base64.b64decode(coded, validate=True).decode("ascii") if scheme == "Basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""
