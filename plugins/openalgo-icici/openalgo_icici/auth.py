"""Sessions: the login page, and what it sends back.

A session's tokens are `session`, which goes with every request, and `api_session`, by which ICICI Direct tells whether
it still lives. It dies at midnight IST; there is no refresh and no logout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from openalgo_core.answers import text_of
from openalgo_core.clock import next_ist
from openalgo_core.errors import AuthenticationError, OpenAlgoError, UnreadableAnswer
from openalgo_core.models import Session
from openalgo_core.secrets import Secret

from . import wire
from .tables import SEGMENTS

if TYPE_CHECKING:
    from openalgo_core.models import Account, CallbackAnswer

__all__ = ["come_back", "page"]

_PAGE = "https://api.icicidirect.com/apiuser/login"
#: What the API session is called at the redirect: now, and in older descriptions.
_NAMES = ("apisession", "API_Session", "api_session", "session_token")
#: Letters of `segments_allowed` that close a segment; whatever else comes leaves it open.
_CLOSED = ("N", "Z")


def page(account: Account) -> str:
    """ICICI Direct's login page. API keys are full of characters that mean something in a URL."""
    return f"{_PAGE}?{urlencode({'api_key': account.settings.require('api_key').reveal().strip()})}"


def come_back(account: Account, answer: CallbackAnswer) -> Session:
    """A session from what the browser brought back; no state is among it.

    Raises `AuthenticationError` for no API session, a refused one, and a wrong API secret.
    """
    api_session = next(filter(None, (_given(answer, name) for name in _NAMES)), None)
    if api_session is None:
        raise AuthenticationError(
            "ICICI Direct's login page sent no apisession.", hint="Start the login again.", broker="icici"
        )
    account.settings.require("api_secret")  # before the API session is used up for nothing
    details = wire.customer_details(account, api_session)
    session = _session(account, api_session, details)
    _prove_secret(replace(account, session=session))
    return session


def _given(answer: CallbackAnswer, name: str) -> str | None:
    value = (answer.one(name) or "").strip()
    return None if value in ("", "None") else value


def _session(account: Account, api_session: str, details: Mapping[str, Any]) -> Session:
    user_id, token = text_of(details, "idirect_userid"), text_of(details, "session_token")
    if not user_id or not token:
        raise UnreadableAnswer("ICICI Direct logged in without a user id or a session token.", broker="icici")
    return Session(
        user_id,
        {"session": Secret(token), "api_session": Secret(api_session)},
        next_ist(account.clock.now(), time(0)),
        {"exchanges": ",".join(_open_exchanges(details))},
    )


def _open_exchanges(details: Mapping[str, Any]) -> list[str]:
    """Where the account may trade, and so where its orders can be; without a word about a segment it is open."""
    allowed = details.get("segments_allowed")
    letters = allowed if isinstance(allowed, Mapping) else {}
    return [
        exchange
        for segment, exchanges in SEGMENTS.items()
        if text_of(letters, segment).upper() not in _CLOSED
        for exchange in exchanges
    ]


def _prove_secret(account: Account) -> None:
    """One signed call, because the login itself needs no secret: a wrong one would fail at the first order."""
    try:
        wire.read(account, "funds")
    except AuthenticationError:
        raise
    except OpenAlgoError:  # whatever else may be the matter, it says nothing about the secret
        return
