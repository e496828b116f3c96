"""Sessions: the live login with TOTP and MPIN, the two retired ones, and logging out of those.

Each login makes two sessions, one to look at and one to trade; only the second is kept. Its tokens are `trade` and
`sid` (orders, books) and `access` (prices, instruments); it dies at midnight IST, or when the trade token says so.
There is no refresh. No step is ever tried again by itself.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import time
from typing import TYPE_CHECKING, Any

from openalgo_core.answers import claims_of, expiry_of, text_of
from openalgo_core.clock import next_ist
from openalgo_core.errors import AuthenticationError, NotSupported
from openalgo_core.models import Challenge, LoginField, Session
from openalgo_core.secrets import Secret

from . import wire
from .flows import DIALECTS, Flow, chosen, credentials, dialect_of, is_access_token
from .wire import unreadable

if TYPE_CHECKING:
    from openalgo_core.models import Account

__all__ = ["fields", "log_in", "log_out", "request_code"]

_LIVE_LOGIN = "https://mis.kotaksecurities.com/login/1.0"
_DISCOVERY = "https://lapi.kotaksecurities.com/algo-user/v5/get-base-url"
_GATEWAY = "https://gw-napi.kotaksecurities.com"
_GATEWAY_OAUTH = "https://napi.kotaksecurities.com"
_V1_VALIDATE = f"{_GATEWAY}/login/1.0/login/v2/validate"
_V1_OTP = f"{_GATEWAY}/login/1.0/login/otp/generate"

_MOBILE = LoginField(
    "mobile", "Mobile number registered with Kotak", secret=False, environment="BROKER_MOBILE",
    pattern=r"\s*(\+?\s*91)?(\s*[0-9]){10}\s*", pattern_hint="ten digits, such as 9876543210",
)  # fmt: skip
_TOTP = LoginField(
    "totp", "TOTP code", totp=True, pattern=r"[0-9]{6}", pattern_hint="the six digits of your authenticator"
)
#: Kotak's have six digits today; a shorter one is for Kotak to refuse.
_MPIN = LoginField(
    "mpin", "MPIN", environment="BROKER_PIN", pattern=r"[0-9]{6}", pattern_hint="the six digits of your MPIN"
)
_UCC = LoginField(
    "ucc", "UCC (client code)", secret=False, environment="BROKER_CLIENT_ID",
    pattern=r"\s*[A-Za-z0-9]+\s*", pattern_hint="letters and digits, such as AB123",
)  # fmt: skip
_WHO = LoginField("mobile", "Mobile number, PAN or user id", secret=False, environment="BROKER_MOBILE")
_PASSWORD = LoginField("password", "Kotak password", environment="BROKER_PASSWORD")
_OTP = LoginField(
    "otp", "OTP (4 digits) or MPIN (6 digits)", environment="BROKER_PIN", after_request=True,
    pattern=r"[0-9]{4}|[0-9]{6}", pattern_hint="the four digits that were sent to you, or the six of your MPIN",
)  # fmt: skip
_FIELDS = {
    Flow.LIVE: (_MOBILE, _TOTP, _MPIN),
    Flow.V2: (_UCC, _MOBILE, _TOTP, _MPIN),
    Flow.V1: (_WHO, _PASSWORD, _OTP),
}
_PAN = re.compile(r"[A-Z]{5}[0-9]{4}[A-Z]")


def fields(account: Account) -> tuple[LoginField, ...]:
    """What the flow asks. Raises `ConfigurationError` for credentials of another generation."""
    return _FIELDS[chosen(account)]


def log_in(account: Account, answers: Mapping[str, Secret], challenge: Challenge | None) -> Session:
    """A session to trade in. Raises `AuthenticationError` with Kotak's words."""
    flow = chosen(account)
    given = {name: answer.reveal().strip() for name, answer in answers.items()}
    if flow is Flow.LIVE:
        return _log_in_live(account, given)
    return _log_in_v2(account, given) if flow is Flow.V2 else _log_in_v1(account, given, challenge)


def request_code(account: Account, answers: Mapping[str, Secret]) -> Challenge:
    """Flow v1: a session to look at, and the code that makes more of it; none is sent where the MPIN is known.

    Raises `NotSupported` for the other flows, whose codes come from an authenticator.
    """
    if chosen(account) is not Flow.V1:
        raise NotSupported(
            "Kotak sends no codes; they come from your authenticator.", hint="Run: openalgo login", broker="kotak"
        )
    bearer = _bearer(account, _GATEWAY_OAUTH)
    body = _who(answers["mobile"].reveal()) | {"password": answers["password"].reveal()}
    view = _step(account, _V1_VALIDATE, {"Authorization": bearer}, body)
    user = text_of(claims_of(text_of(view, "token")), "sub")
    message = ""
    if not account.settings.pin:
        wanted = {"userId": user, "sendEmail": True, "isWhitelisted": True}
        sent = _step(account, _V1_OTP, {"Authorization": bearer}, wanted)
        message = f"Kotak sent a code to {text_of(sent, 'maskedMobile') or 'your mobile'}."
    kept = {"bearer": bearer, "view": text_of(view, "token"), "sid": text_of(view, "sid"), "user": user}
    return Challenge({name: Secret(text) for name, text in kept.items()}, message)


def log_out(account: Account) -> bool:
    """Make Kotak forget a session of a retired flow. The live API cannot: there a session lives on until midnight."""
    session = account.require_session()
    dialect = dialect_of(session)
    if dialect.is_live:
        return False
    url = wire.url_of(account, f"{'apim/login/2.0' if dialect is DIALECTS['v2'] else 'login/1.0'}/logout")
    headers = {
        **wire.market_headers(session),
        "Sid": session.tokens["sid"].reveal(),
        "Auth": session.tokens["trade"].reveal(),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    wire.judge(account.http.request("POST", url, headers=headers, limit="reads"))
    return True


# --- The flows ---


def _log_in_live(account: Account, given: Mapping[str, str]) -> Session:
    ucc, access = credentials(account)
    steps = (f"{_LIVE_LOGIN}/tradeApiLogin", f"{_LIVE_LOGIN}/tradeApiValidate")
    trade = _two_steps(account, steps, {**given, "ucc": ucc}, dialect="live", access=access)
    return _session(account, trade, dialect="live", access=access, base=text_of(trade, "baseUrl"), ucc=ucc)


def _log_in_v2(account: Account, given: Mapping[str, str]) -> Session:
    found = wire.login_data(account.http.request("GET", _DISCOVERY, params={"id": given["ucc"]}, limit="reads"))
    base = text_of(found, "baseURL").rstrip("/")
    if not base:
        raise unreadable("Kotak did not say which host serves this account.")
    on_gateway = base == _GATEWAY
    bearer = _bearer(account, _GATEWAY_OAUTH if on_gateway else base)
    root = f"{base}/{'login/1.0' if on_gateway else 'apim/login/2.0'}/login/v6/totp"
    dialect = "v2-gateway" if on_gateway else "v2"
    trade = _two_steps(account, (f"{root}/login", f"{root}/validate"), given, dialect=dialect, access=bearer)
    return _session(account, trade, dialect=dialect, access=bearer, base=base, ucc=given["ucc"])


def _log_in_v1(account: Account, given: Mapping[str, str], challenge: Challenge | None) -> Session:
    if challenge is None:
        raise AuthenticationError(
            "Kotak takes a code only in answer to a request of the last ten minutes.",
            hint="Run: openalgo login --broker kotak",
            broker="kotak",
        )
    kept = {name: secret.reveal() for name, secret in challenge.data.items()}
    code = given["otp"]
    body = {"userId": kept["user"], "otp": code} if len(code) == 4 else _who(given["mobile"]) | {"mpin": code}
    headers = {"Authorization": kept["bearer"], "sid": kept["sid"], "Auth": kept["view"]}
    trade = _step(account, _V1_VALIDATE, headers, body)
    return _session(account, trade, dialect="v1", access=kept["bearer"], base=_GATEWAY, ucc=kept["user"])


# --- Steps ---


def _step(account: Account, url: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Mapping[str, Any]:
    headers = {"Accept": "application/json", **headers}
    return wire.login_data(account.http.request("POST", url, headers=headers, json=body, limit="reads"))


def _two_steps(
    account: Account, urls: tuple[str, str], given: Mapping[str, str], *, dialect: str, access: str
) -> Mapping[str, Any]:
    """TOTP, then MPIN; the second step shows what the first one gave."""
    headers = {"Authorization": access, "neo-fin-key": DIALECTS[dialect].fin_key}
    body = {"mobileNumber": _mobile(given["mobile"]), "ucc": given["ucc"], "totp": given["totp"]}
    view = _step(account, urls[0], headers, body)
    headers |= {"sid": text_of(view, "sid"), "Auth": text_of(view, "token")}
    return _step(account, urls[1], headers, {"mpin": given["mpin"]})


def _bearer(account: Account, host: str) -> str:
    """The retired flows' application token; a ready one stands in place of the consumer secret."""
    key, secret = credentials(account)
    if is_access_token(secret):
        return f"{DIALECTS['v2'].scheme}{secret}"
    basic = b64encode(f"{key}:{secret}".encode()).decode()
    headers, body = {"Authorization": f"Basic {basic}"}, {"grant_type": "client_credentials"}
    reply = account.http.request("POST", f"{host}/oauth2/token", headers=headers, json=body, limit="reads")
    token = text_of(wire.login_answer(reply), "access_token")
    if not token:
        raise unreadable("Kotak accepted the consumer key without giving a token.")
    return f"{DIALECTS['v2'].scheme}{token}"


def _mobile(text: str) -> str:
    digits = "".join(text.split()).removeprefix("+91")
    return "+91" + (digits[2:] if len(digits) == 12 else digits)


def _who(text: str) -> dict[str, str]:
    """Whom flow v1 logs in: by mobile number, PAN or user id."""
    name = "".join(text.split())
    if _PAN.fullmatch(name.upper()):
        return {"pan": name.upper()}
    return {"mobileNumber": _mobile(name)} if name.lstrip("+").isdecimal() else {"userid": name}


def _session(account: Account, trade: Mapping[str, Any], *, dialect: str, access: str, base: str, ucc: str) -> Session:
    tokens = {"trade": text_of(trade, "token"), "sid": text_of(trade, "sid")}
    if not all(tokens.values()) or not base:
        raise unreadable("Kotak logged in without a token, a session id or the host that serves it.")
    tokens["access"] = access.removeprefix(DIALECTS[dialect].scheme)
    data = {
        "dialect": dialect,
        "base_url": base.rstrip("/"),
        "server_id": text_of(trade, "hsServerId"),
        "data_center": text_of(trade, "dataCenter"),
        "feed_url": text_of(trade, "feedUrl"),
        "order_feed_url": text_of(trade, "rtUrl"),
    }
    now = account.clock.now()
    midnight = next_ist(now, time(0))
    ends = min(midnight, expiry_of(tokens["trade"], now) or midnight)
    return Session(text_of(trade, "ucc") or ucc, {name: Secret(text) for name, text in tokens.items()}, ends, data)
