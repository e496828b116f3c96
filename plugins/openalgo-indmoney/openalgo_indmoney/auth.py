"""Sessions: a token copied from the dashboard, or one made with MPIN and TOTP. There is no refresh and no logging out.

A session's one token, `access`, lives 24 hours from when it was made. A new one made with MPIN and TOTP kills the one
before it, so it is made once and kept. Neither way is ever tried again by itself: wrong attempts lock the account.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from openalgo_core.answers import claims_of, expiry_of, text_of
from openalgo_core.errors import AuthenticationError, BrokerUnavailable, RateLimited
from openalgo_core.models import LoginField, Session
from openalgo_core.secrets import Secret

from . import wire

if TYPE_CHECKING:
    from openalgo_core.models import Account

__all__ = ["fields", "log_in"]

_log = logging.getLogger("openalgo.indmoney")
_LIFETIME = timedelta(hours=24)

_TOKEN = LoginField(
    "token",
    "Access token from the INDstocks page",
    environment="BROKER_API_SECRET",
    pattern=r"\s*\S+\s*",
    pattern_hint=f"the one long word that {wire.PAGE} shows, without “Bearer”",
)


_MPIN = LoginField(
    "mpin", "MPIN of the INDmoney app", environment="BROKER_PIN", pattern=r"\s*[0-9]+\s*",
    pattern_hint="the digits of your MPIN",
)  # fmt: skip
_TOTP = LoginField(
    "totp", "TOTP code", totp=True, pattern=r"\s*[0-9]{6}\s*", pattern_hint="the six digits of your authenticator"
)


def fields(account: Account) -> Sequence[LoginField]:
    """What to ask, by what is configured: a token where there is one or nothing at all, MPIN and code for a Client ID.

    With both, MPIN and code are wanted only if the token turns out to be dead.
    """
    settings = account.settings
    if not settings.api_key:
        return (_TOKEN,)
    if not settings.api_secret:
        return (_MPIN, _TOTP)
    return (_TOKEN, replace(_MPIN, optional=True), replace(_TOTP, optional=True))


def log_in(account: Account, fields: Mapping[str, Secret]) -> Session:
    """A session from what was answered. Raises `AuthenticationError` with INDmoney's words."""
    given = fields.get("token")
    can_make_one = "mpin" in fields and "totp" in fields
    if given:
        try:
            return _session(account, given.reveal().strip())
        except AuthenticationError:
            if not can_make_one:
                raise
    return _session(account, _made(account, fields))


def _made(account: Account, fields: Mapping[str, Secret]) -> str:
    body = {"mpin": fields["mpin"].reveal().strip(), "totp": fields["totp"].reveal().strip()}
    headers = {"x-api-key": account.settings.require("api_key").reveal().strip(), "Accept": "application/json"}
    url = f"{wire.ROOT}/generate/token"
    return wire.token_in(account.http.request("POST", url, headers=headers, json=body, limit="token"))


def _session(account: Account, token: str) -> Session:
    now = account.clock.now()
    dies = expiry_of(token, now) or now + _LIFETIME
    return Session(_user_id(account, token), {"access": Secret(token)}, dies)


def _user_id(account: Account, token: str) -> str:
    """Whose token it is, by the profile; by the token's own word where the profile cannot be had just now.

    A token that cannot be checked is kept, because nothing speaks against it. Raises `AuthenticationError` where
    INDmoney rejects it.
    """
    headers = wire.authorization(token)
    try:
        reply = account.http.request("GET", f"{wire.ROOT}/user/profile", headers=headers, limit="account")
        user_id = text_of(wire.profile_of(reply), "user_id")
    except (BrokerUnavailable, RateLimited) as error:
        claimed = text_of(claims_of(token), "clientID")
        if not claimed:
            raise
        _log.warning("INDmoney could not be asked whether the token is good (%s); it is kept.", error.message)
        return claimed
    if not user_id:
        raise wire.unreadable("INDmoney sent a profile without a user id.")
    return user_id
