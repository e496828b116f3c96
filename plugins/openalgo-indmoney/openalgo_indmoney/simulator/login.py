"""The token call, the profile, and the instrument files, which need a token too."""

from __future__ import annotations

from typing import Any, Final

from openalgo_core.secrets import Secret

from .desk import Call, Desk
from .envelopes import bare, error, success
from .faults import locked_out
from .fields import Fields, text

__all__ = ["CODES", "FILE_FAULTS", "SOURCE", "generate", "instruments", "profile"]

#: Both texts: leading zeros count.
CODES: Final[Fields] = {"mpin": text(), "totp": text()}
SOURCE: Final[Fields] = {"source": text()}
FILE_FAULTS: Final = frozenset({"documented-columns"})


def generate(desk: Desk, call: Call) -> dict[str, str]:
    """A token for Client ID, MPIN and code. What it answers to wrong ones is not documented: 401 here."""
    account, body = desk.setup.account, call.body
    if desk.authenticator.locked:
        raise locked_out()
    known = account.secret_of(call.headers.get("x-api-key", "")) is not None
    if not known:
        raise error("Invalid API key", "TokenException", 401)
    if Secret(body.text("mpin")) != account.pin:
        raise error("Invalid MPIN", "TokenException", 401)
    if not desk.authenticator.accepts(body.text("totp")):
        raise error("Invalid TOTP", "TokenException", 401)
    return {"token": desk.sessions.generate(call.user_id)}


def profile(desk: Desk, call: Call) -> dict[str, Any]:
    """Who it is and what may be traded: everything."""
    first_name, _, last_name = desk.setup.account.name.title().partition(" ")
    return success(
        {
            "user_id": call.user_id,
            "email": "user@example.com",
            "first_name": first_name,
            "last_name": last_name,
            "demat_id": "",
            "is_nse_onboarded": True,
            "is_bse_onboarded": True,
            "is_nse_fno_onboarded": True,
            "is_bse_fno_onboarded": True,
            "ucc": "7QWER82TZK",
            "is_ddpi_active": True,
        }
    )


def instruments(desk: Desk, call: Call) -> str:
    """One of the three files."""
    content = desk.master.file(call.query.text("source"), extended=call.scripted not in FILE_FAULTS)
    if content is None:
        raise bare("Invalid source")
    return content
