"""The two steps of logging in. There is no logging out: keys are forgotten or die."""

from __future__ import annotations

from typing import Any, Final

from .desk import Call, Desk, time_first
from .fields import Fields, optional, text

__all__ = ["TOKEN", "ask", "exchange"]

#: `ac` is sent by the official client and left out by the documentation.
TOKEN: Final[Fields] = {"otp_token": text(), "otp": text(), "ac": optional(text())}

_SEGMENTS: Final = ("NSE", "BSE", "NFO", "BFO", "CDS", "MCX")
#: Products by the letters of the Noren system.
_PRODUCTS: Final = (
    ("C", "CNC", ("NSE", "BSE")),
    ("M", "NRML", ("NFO", "BFO", "CDS", "MCX")),
    ("I", "MIS", _SEGMENTS),
)


def ask(desk: Desk, call: Call) -> dict[str, str]:
    """Step one: a code goes out. The message gives it away, because nothing else here does."""
    otp_token = desk.codes.request(call.path["api_token"], call.headers.get("api_secret", ""))
    mobile = f"XXXXXX{desk.setup.account.mobile[-4:]}"
    message = f"OTP is sent to mobile {mobile} and registered email id. (Simulated: it is {desk.codes.otp}.)"
    return {"otp_token": otp_token, "message": message}


def exchange(desk: Desk, call: Call) -> dict[str, Any]:
    """Step two: the code for the keys."""
    body = call.body
    desk.codes.redeem(body.text("otp_token"), body.text("otp"), body.values.get("ac"))
    account = desk.setup.account
    keys = desk.sessions.open(account.user_id)
    now = desk.setup.clock.now()
    return {
        "request_time": time_first(now),
        "actid": account.user_id,
        "uid": account.user_id,
        "uname": account.name,
        "email": "",
        "stat": "Ok",
        "susertoken": keys.stream,
        "api_session_key": keys.api,
        "lastaccesstime": str(int(now.timestamp())),
        "brnchid": "HO",
        "brkname": "DEFINEDGE",
        "exarr": list(_SEGMENTS),
        "orarr": ["MKT", "LMT", "SL-LMT", "SL-MKT"],
        "prarr": [{"prd": code, "s_prdt_ali": name, "exch": list(where)} for code, name, where in _PRODUCTS],
    }
