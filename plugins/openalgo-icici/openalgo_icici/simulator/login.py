"""Customer details: an API session becomes a session token."""

from __future__ import annotations

from typing import Any, Final

from .dates import day_text
from .desk import Call, Desk
from .envelopes import refusal
from .fields import Fields, text

__all__ = ["CUSTOMER", "customer_details"]

CUSTOMER: Final[Fields] = {"SessionToken": text("API Session"), "AppKey": text("AppKey")}


def customer_details(desk: Desk, call: Call) -> dict[str, Any]:
    """Unsigned: it says nothing about the secret. Raises `Refusal`."""
    api_key = call.body.text("AppKey")
    if desk.setup.account.secret_of(api_key) is None:
        raise refusal("unknown-key")
    user_id, token = desk.sessions.exchange(call.body.text("SessionToken"), api_key)
    if desk.setup.enforce_rate_limits:
        desk.limits.count(user_id, write=False)
    now = desk.setup.clock.now()
    today = day_text(now)
    return {
        "exg_trade_date": dict.fromkeys(("NSE", "BSE", "FNO", "NDX"), today),
        "exg_status": {"NSE": "O", "BSE": "O", "FNO": "Y", "NDX": "X"},
        "segments_allowed": {"Trading": "Y", "Equity": "Y", "Derivatives": "Y", "Currency": "Z"},
        "idirect_userid": user_id,
        "session_token": token,
        "idirect_user_name": desk.setup.account.name,
        "idirect_ORD_TYP": "N",
        "idirect_lastlogin_time": f"{today} 08:50:00",
        "mf_holding_mode_popup_flg": "N",
        "commodity_exchange_status": "Y",
        "commodity_trade_date": today,
        "commodity_allowed": "O",
    }
