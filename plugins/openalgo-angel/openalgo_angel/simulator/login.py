"""Logging in and out, and who is logged in."""

from __future__ import annotations

from typing import Any, Final

import pyotp

from openalgo_core.secrets import Secret

from .desk import Call, Desk
from .envelopes import Refusal
from .fields import Fields, optional, text

__all__ = ["LOGIN", "LOGOUT", "REFRESH", "authenticate", "log_in", "log_out", "profile", "refresh"]

LOGIN: Final[Fields] = {"clientcode": text(), "password": text(), "totp": text(), "state": optional(text())}
REFRESH: Final[Fields] = {"refreshToken": text(), "jwtToken": optional(text())}
LOGOUT: Final[Fields] = {"clientcode": text()}

_WRONG: Final = "Login Id or password is invalid"


def authenticate(desk: Desk, client_code: str, pin: str, totp: str) -> None:
    """Raises `Refusal` AB1007 for an unknown client or a wrong PIN, AB1050 for a code of no step next to now."""
    account = desk.setup.account
    if client_code != account.user_id or Secret(pin) != account.pin:
        raise Refusal("AB1007", _WRONG)
    codes = pyotp.TOTP(account.totp_secret.reveal())
    if not codes.verify(totp, for_time=desk.setup.clock.now(), valid_window=1):
        raise Refusal("AB1050")


def log_in(desk: Desk, call: Call) -> dict[str, Any]:
    authenticate(desk, call.user_id, call.body.text("password"), call.body.text("totp"))
    tokens = desk.sessions.open(call.user_id)
    return {
        "jwtToken": tokens.jwt,
        "refreshToken": tokens.refresh,
        "feedToken": tokens.feed,
        "state": call.body.values.get("state"),
    }


def refresh(desk: Desk, call: Call) -> dict[str, str]:
    """The old JWT goes on living: the official client keeps using it after `renewAccessToken`."""
    tokens = desk.sessions.renew(call.body.text("refreshToken"))
    return {"jwtToken": tokens.jwt, "refreshToken": tokens.refresh, "feedToken": tokens.feed}


def profile(desk: Desk, call: Call) -> dict[str, Any]:
    return {
        "clientcode": call.user_id,
        "name": desk.setup.account.name,
        "email": "",
        "mobileno": "",
        "exchanges": ["nse_cm", "bse_cm", "nse_fo", "bse_fo", "mcx_fo"],
        "products": ["DELIVERY", "INTRADAY", "CARRYFORWARD", "MARGIN"],
        "lastlogintime": "",
        "broker": "B2C",
    }


def log_out(desk: Desk, call: Call) -> str:
    if call.body.text("clientcode") != call.user_id:
        raise Refusal("AB1011")
    desk.sessions.close(call.bearer)
    return ""
