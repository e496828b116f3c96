"""Sessions: a request for a code, then the code for two keys. There is no refresh and no logging out.

A session's tokens are named as the broker names them: `api_session_key` (REST) and `susertoken` (the stream); both die
at 03:00 IST. Neither step is ever tried again by itself: wrong attempts are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from openalgo_core.answers import text_of
from openalgo_core.clock import next_ist
from openalgo_core.errors import AuthenticationError
from openalgo_core.models import Challenge, LoginField, Session
from openalgo_core.secrets import Secret

from . import wire

if TYPE_CHECKING:
    from openalgo_core.models import Account

__all__ = ["LOGIN_FIELDS", "log_in", "request_code"]

_REALM = "https://signin.definedgesecurities.com/auth/realms/debroking/dsbpkc"
_DIES_AT = time(3)
_TOKENS = ("api_session_key", "susertoken")

#: One field for both kinds of code: the one that was sent, and that of an authenticator, which needs the request too.
LOGIN_FIELDS = (
    LoginField(
        "otp",
        "OTP or authenticator code",
        after_request=True,
        totp=True,
        pattern=r"\s*[0-9]{6}\s*",
        pattern_hint="the six digits that were sent to you, or those of your authenticator",
    ),
)


def request_code(account: Account) -> Challenge:
    """Make Definedge send a code. Raises `AuthenticationError` with its words, which may count the attempts left."""
    token = account.settings.require("api_key").reveal().strip()
    url = f"{_REALM}/login/{quote(token, safe='')}"
    answer = wire.login_data(account.http.request("GET", url, headers={"api_secret": _secret(account)}), "otp_token")
    return Challenge({"otp_token": Secret(text_of(answer, "otp_token"))}, text_of(answer, "message"))


def log_in(account: Account, fields: Mapping[str, Secret], challenge: Challenge | None) -> Session:
    """A session from the code and the request that it belongs to. Raises `AuthenticationError`."""
    if challenge is None:
        raise AuthenticationError(
            "Definedge takes a code only in answer to a request of the last ten minutes.",
            hint="Run: openalgo login --broker definedge",
            broker="definedge",
        )
    otp_token, otp = challenge.data["otp_token"].reveal(), fields["otp"].reveal().strip()
    proof = sha256(f"{otp_token}{otp}{_secret(account)}".encode()).hexdigest()
    body = {"otp_token": otp_token, "otp": otp, "ac": proof}
    return _session(account, wire.login_data(account.http.request("POST", f"{_REALM}/token", json=body), *_TOKENS))


def _secret(account: Account) -> str:
    return account.settings.require("api_secret").reveal().strip()


def _session(account: Account, answer: Mapping[str, object]) -> Session:
    user_id = text_of(answer, "uid") or text_of(answer, "uccid") or text_of(answer, "actid")
    if not user_id:
        raise wire.unreadable("Definedge logged in without saying whom.")
    tokens = {name: Secret(text_of(answer, name)) for name in _TOKENS}
    account_id = text_of(answer, "actid") or user_id
    return Session(user_id, tokens, next_ist(account.clock.now(), _DIES_AT), {"actid": account_id})
