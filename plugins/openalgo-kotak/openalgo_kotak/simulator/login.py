"""Logging in, in three generations, and what a client asks around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from openalgo_core.secrets import Secret

from .credentials import OTP, PAN
from .desk import Call, Desk
from .envelopes import Refusal, coded, gateway_fault, login_error, missing_field
from .fields import Field, Fields, flag, text
from .sessions import SERVER_ID, Scope, Session

__all__ = [
    "LOGIN", "OTP_REQUEST", "PASSWORD", "TOKEN", "VALIDATE", "application_token", "base_url", "client_ip",
    "configuration", "live_login", "live_validate", "log_out", "password_login", "send_otp", "totp_login",
    "totp_validate",
]  # fmt: skip

#: What is missing is answered by the handler, in the manner of the login.
_ANY: Final = Field(required=False)
LOGIN: Final[Fields] = dict.fromkeys(("mobileNumber", "ucc", "totp"), _ANY)
VALIDATE: Final[Fields] = {"mpin": _ANY}
TOKEN: Final[Fields] = {"grant_type": _ANY}
PASSWORD: Final[Fields] = dict.fromkeys(
    ("mobileNumber", "pan", "userid", "userId", "password", "mpin", "otp"), _ANY
)  # fmt: skip
OTP_REQUEST: Final[Fields] = {"userId": text(), "sendEmail": flag(), "isWhitelisted": flag()}

_DATA_CENTRE: Final = "E43"


# -- the live generation -----------------------------------------------------------------------------------------------


def live_login(desk: Desk, call: Call) -> dict[str, Any]:
    """The first factor: mobile number, UCC and an authenticator's code, under the access token."""
    _need(call, "mobileNumber", "ucc", "totp")
    ucc = call.body.text("ucc")
    wanted, token = desk.credentials.secret_of(ucc), call.headers.get("authorization", "")
    if not desk.credentials.knows_token(token):
        raise coded(100008, http_status=401)
    if wanted is None or Secret(token) != wanted:
        raise login_error()
    _check_person(desk, call)
    return _data(desk, desk.sessions.open(ucc, Scope.VIEW, call.address))


def live_validate(desk: Desk, call: Call) -> dict[str, Any]:
    """The second factor: the MPIN. From here on the account has a host of its own."""
    if not desk.credentials.knows_token(call.headers.get("authorization", "")):
        raise coded(100008, http_status=401)
    answer = _second(desk, call)
    root = desk.setup.public_url
    stream = root.replace("http", "ws", 1)
    answer["data"] |= {"baseUrl": root, "feedUrl": f"{root}/apifeed", "rtUrl": f"{stream}/realtime"}
    return answer


# -- the generation of 2025 --------------------------------------------------------------------------------------------


def base_url(desk: Desk, call: Call) -> dict[str, Any]:
    """Which host serves a customer, asked before the login."""
    if call.body.text("id") != desk.setup.account.user_id:
        raise login_error("Invalid UCC", code="400", http_status=400)
    return {"data": {"baseURL": desk.setup.public_url}}


def application_token(desk: Desk, call: Call) -> dict[str, Any]:
    """A token for the application, which no customer has logged in to yet. The body is JSON, unusually."""
    if call.body.text("grant_type") != "client_credentials":
        raise gateway_fault(900901, "Unsupported grant_type", 400)
    token, seconds = desk.credentials.grant(call.headers.get("authorization", ""))
    return {"access_token": token, "scope": "default", "token_type": "Bearer", "expires_in": seconds}


def totp_login(desk: Desk, call: Call) -> dict[str, Any]:
    _need(call, "mobileNumber", "ucc", "totp")
    desk.credentials.check_bearer(call.headers.get("authorization", ""))
    ucc = call.body.text("ucc")
    if ucc != desk.setup.account.user_id:
        raise login_error()
    _check_person(desk, call)
    return _data(desk, desk.sessions.open(ucc, Scope.VIEW, call.address))


def totp_validate(desk: Desk, call: Call) -> dict[str, Any]:
    desk.credentials.check_bearer(call.headers.get("authorization", ""))
    return _second(desk, call)


# -- the oldest generation ---------------------------------------------------------------------------------------------


def password_login(desk: Desk, call: Call) -> dict[str, Any]:
    """Both steps have one path; the view token tells the second."""
    if "auth" in call.headers:
        return _one_time_code(desk, call)
    if not desk.credentials.is_customer(call.body.values):
        raise _bad_request("424", "Invalid credentials")
    ucc = desk.setup.account.user_id
    return _data(desk, desk.sessions.open(ucc, Scope.VIEW, call.address))


def send_otp(desk: Desk, call: Call) -> dict[str, Any]:
    """It is always the same one, which nothing sends."""
    account = desk.setup.account
    return {"data": {"greetingName": account.name.split()[0], "maskedMobile": f"XXXXXX{account.mobile[-4:]}"}}


def log_out(desk: Desk, call: Call) -> dict[str, str]:
    """Only the older generations have this call."""
    desk.sessions.close(_session(desk, call, Scope.TRADE))
    return {"stat": "Ok"}


# -- around it ---------------------------------------------------------------------------------------------------------


def configuration(desk: Desk, call: Call) -> dict[str, Any]:
    """Where the streams of a data centre are: nowhere, here. Clients then fall back on what the login said."""
    return {"data": {"configs": {}}}


def client_ip(desk: Desk, call: Call) -> dict[str, Any]:
    """The address that the broker sees."""
    time = f"{desk.now():%Y-%m-%d %H:%M:%S}.000"
    return {"data": [{"ip": call.address, "time": time}], "stCode": 1000, "status": "success"}


# -- inside ------------------------------------------------------------------------------------------------------------


def _need(call: Call, *names: str) -> None:
    for name in names:
        if name not in call.body:
            raise missing_field(name)


def _check_person(desk: Desk, call: Call) -> None:
    body, credentials = call.body, desk.credentials
    right_number = body.text("mobileNumber") == f"+91{desk.setup.account.mobile}"
    if not (right_number and credentials.is_right_code(body.text("totp"))):
        raise login_error()


def _session(desk: Desk, call: Call, scope: Scope) -> Session:
    return desk.sessions.find(call.headers.get("auth", ""), call.headers.get("sid", ""), scope)


def _second(desk: Desk, call: Call) -> dict[str, Any]:
    _need(call, "mpin")
    view = _session(desk, call, Scope.VIEW)
    if not desk.credentials.is_right_mpin(call.body.text("mpin")):
        raise login_error("Invalid MPIN")
    return _data(desk, desk.sessions.open(view.ucc, Scope.TRADE, call.address))


def _one_time_code(desk: Desk, call: Call) -> dict[str, Any]:
    """A code from the SMS, or the MPIN with a number or PAN to say whose."""
    view, body = _session(desk, call, Scope.VIEW), call.body
    right = body.text("otp") == OTP if "otp" in body else desk.credentials.is_customer(body.values)
    if not right:
        raise _bad_request("10522", "Invalid OTP")
    return _data(desk, desk.sessions.open(view.ucc, Scope.TRADE, call.address))


def _bad_request(code: str, message: str) -> Refusal:
    return Refusal({"error": [{"code": code, "message": message}]}, 400)


def _data(desk: Desk, session: Session) -> dict[str, Any]:
    """What every step answers. `kId` is the customer's PAN, which nobody may log."""
    facts: Mapping[str, Any] = {
        "token": session.token,
        "sid": session.sid,
        "rid": session.sid[::-1],
        "hsServerId": SERVER_ID,
        "isUserPwdExpired": False,
        "ucc": session.ucc,
        "greetingName": desk.setup.account.name.split()[0],
        "isTrialAccount": False,
        "dataCenter": _DATA_CENTRE,
        "searchAPIKey": "",
        "derivativesRiskDisclosure": "...",
        "mfAccess": 1,
        "dataCenterMap": None,
        "dormancyStatus": "A",
        "asbaStatus": "",
        "clientType": "RI",
        "isNRI": False,
        "kId": PAN,
        "kType": session.scope.value,
        "status": "success",
        "incRange": 0,
        "incUpdFlag": "",
        "clientGroup": "",
        "kraStatus": "",
        "rcFlag": 0,
    }
    return {"data": dict(facts)}
