"""Logging in on the broker's own page, which sends the browser back to REDIRECT_URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .markers import hookspec

if TYPE_CHECKING:
    from ..models.account import Account
    from ..models.login import CallbackAnswer
    from ..models.session import Session


@hookspec(firstresult=True)
def login_url(account: Account, state: str) -> str:
    """The page to open in the browser. `state` is a one-time text; put it in where the broker returns one.

    No request is made here. With `BROKER_BASE_URL` set, the core moves the URL to that host.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def handle_callback(account: Account, answer: CallbackAnswer, state: str) -> Session:
    """Turn what arrived at the redirect into a session.

    `state` is the text given to `login_url`; compare it where the broker returns one.
    Raises `AuthenticationError` for an answer that carries an error, a wrong state or no token.
    """
    raise NotImplementedError
