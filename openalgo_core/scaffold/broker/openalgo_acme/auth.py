"""Sessions: login with client id and PIN, logout. A session dies at 03:00 IST."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import TYPE_CHECKING

from openalgo_core.clock import next_ist
from openalgo_core.errors import UnreadableAnswer
from openalgo_core.models import LoginField, Session
from openalgo_core.secrets import Secret

from . import wire

if TYPE_CHECKING:
    from openalgo_core.models import Account

__all__ = ["LOGIN_FIELDS", "log_in", "log_out"]

LOGIN_FIELDS = (
    LoginField("client_id", "Acme client id", secret=False, environment="BROKER_CLIENT_ID"),
    LoginField("pin", "PIN", environment="BROKER_PIN", pattern=r"\d{4,6}", pattern_hint="four to six digits"),
)


def log_in(account: Account, fields: Mapping[str, Secret]) -> Session:
    """A session from client id and PIN. Raises `AuthenticationError` with Acme's words."""
    client_id = fields["client_id"].reveal().strip().upper()
    body = {"client_id": client_id, "pin": fields["pin"].reveal()}
    reply = account.http.request(
        "POST", f"{wire.ROOT}/session", headers=wire.headers(account), json=body, limit="reads"
    )
    token = wire.answer(reply).get("token")
    if not isinstance(token, str) or not token:
        raise UnreadableAnswer("Acme logged in without a token.", broker="acme")
    return Session(client_id, {"token": Secret(token)}, next_ist(account.clock.now(), time(3)))


def log_out(account: Account) -> bool:
    """Make Acme forget the session."""
    account.require_session()
    url = f"{wire.ROOT}/session"
    wire.answer(account.http.request("DELETE", url, headers=wire.headers(account), limit="reads"))
    return True
