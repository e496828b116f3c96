"""Sessions: login with PIN and TOTP, login on Angel One's page, refresh, logout.

A session's tokens are `jwt` (REST), `refresh` and `feed` (streams); it dies at midnight IST, or when the JWT says so.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from openalgo_core.answers import expiry_of, record_of, text_of
from openalgo_core.clock import next_ist
from openalgo_core.errors import AuthenticationError, SessionExpired, UnreadableAnswer
from openalgo_core.models import LoginField, Session
from openalgo_core.secrets import Secret

from . import wire

if TYPE_CHECKING:
    from openalgo_core.models import Account, CallbackAnswer

__all__ = ["LOGIN_FIELDS", "come_back", "log_in", "log_out", "page", "refresh"]

_LOGIN_URL = f"{wire.ROOT}/rest/auth/angelbroking/user/v1/loginByPassword"
_REFRESH_URL = f"{wire.ROOT}/rest/auth/angelbroking/jwt/v1/generateTokens"
_PAGE = "https://smartapi.angelone.in/publisher-login"

LOGIN_FIELDS = (
    LoginField(
        "client_id",
        "Angel One client id",
        secret=False,
        environment="BROKER_CLIENT_ID",
        pattern=r"\s*[A-Za-z0-9]+\s*",
        pattern_hint="letters and digits, such as A123456",
    ),
    LoginField(
        "pin", "PIN (MPIN)", environment="BROKER_PIN", pattern=r"\d{4,}", pattern_hint="the digits of your MPIN"
    ),
    LoginField("totp", "TOTP code", totp=True, pattern=r"\d{6}", pattern_hint="the six digits of your authenticator"),
)

#: Our name of each token, and what the answers of the login and of the redirect call it.
_TOKENS = {"jwt": "jwtToken", "refresh": "refreshToken", "feed": "feedToken"}
_REDIRECTED = {"jwt": "auth_token", "refresh": "refresh_token", "feed": "feed_token"}


def log_in(account: Account, fields: Mapping[str, Secret]) -> Session:
    """A session from client id, PIN and code. Raises `AuthenticationError` with Angel One's words."""
    client_id = fields["client_id"].reveal().strip().upper()
    body = {"clientcode": client_id, "password": fields["pin"].reveal(), "totp": fields["totp"].reveal()}
    reply = account.http.request("POST", _LOGIN_URL, headers=wire.headers(account), json=body, limit="login")
    return _session(account, client_id, _tokens(wire.login_data(reply)))


def refresh(account: Account) -> Session:
    """New tokens for old ones. Raises `SessionExpired` where the refresh token is gone or no longer good."""
    session = account.require_session()
    if "refresh" not in session.tokens:
        raise SessionExpired(
            "This Angel One session cannot be refreshed.", hint="Run: openalgo login --broker angel", broker="angel"
        )
    body = {"refreshToken": session.tokens["refresh"].reveal()}
    reply = account.http.request("POST", _REFRESH_URL, headers=wire.bearer(account), json=body, limit="refresh")
    tokens = _tokens(record_of(wire.read_data(reply), "session"))
    if "jwt" not in tokens:
        raise UnreadableAnswer("Angel One refreshed the session without a token.", broker="angel")
    return _session(account, session.user_id, {**session.tokens, **tokens})


def log_out(account: Account) -> bool:
    """Make Angel One forget the session."""
    wire.read(account, "user/v1/logout", "logout", {"clientcode": account.require_session().user_id})
    return True


def page(account: Account, state: str) -> str:
    """Angel One's login page. `redirect_url` is optional there; without it some apps are sent to a broken address."""
    query = {"api_key": account.settings.require("api_key").reveal().strip(), "state": state}
    if account.settings.redirect_url:
        query["redirect_url"] = account.settings.redirect_url
    return f"{_PAGE}?{urlencode(query)}"


def come_back(account: Account, answer: CallbackAnswer, state: str) -> Session:
    """A session from what the browser brought back. The client id is not among it, so the profile is asked for it."""
    if not hmac.compare_digest((answer.one("state") or "").encode(), state.encode()):
        raise AuthenticationError(
            "The answer at the redirect belongs to another login.", hint="Start the login again.", broker="angel"
        )
    tokens = {name: Secret(answer.one(key) or "") for name, key in _REDIRECTED.items()}
    if not tokens["jwt"]:
        reason = answer.one("message") or "no auth_token came back"
        raise AuthenticationError(
            f"Angel One did not log in: {reason}.",
            hint='Only apps of the type "Publisher" may log in on the web page; without one, log in with PIN and TOTP.',
            broker="angel",
        )
    request_headers = wire.headers(account) | {"Authorization": f"Bearer {tokens['jwt'].reveal()}"}
    url = f"{wire.ROOT}/rest/secure/angelbroking/user/v1/getProfile"
    profile = wire.login_data(account.http.request("GET", url, headers=request_headers, limit="profile"))
    return _session(account, text_of(profile, "clientcode"), {name: token for name, token in tokens.items() if token})


def _tokens(data: Mapping[str, object]) -> dict[str, Secret]:
    return {name: Secret(text_of(data, key)) for name, key in _TOKENS.items() if text_of(data, key)}


def _session(account: Account, user_id: str, tokens: Mapping[str, Secret]) -> Session:
    if not user_id or "jwt" not in tokens:
        raise UnreadableAnswer("Angel One logged in without a client code or a token.", broker="angel")
    now = account.clock.now()
    midnight = next_ist(now, time(0))
    return Session(user_id, tokens, min(midnight, expiry_of(tokens["jwt"].reveal(), now) or midnight))
