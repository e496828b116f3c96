"""Logging in on the broker's own page."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from ..models import CallbackAnswer, Settings, Status
from .browser import open_page
from .callback import CallbackReceiver, RedirectTarget, answer_from_url

__all__ = ["WebBroker", "paste_login", "web_login"]

_PATIENCE = 300.0  # seconds: long enough to find the phone with the code


class WebBroker(Protocol):
    """What is needed of `openalgo_core.plugins.broker.Broker`."""

    @property
    def name(self) -> str: ...
    @property
    def settings(self) -> Settings: ...
    def login_url(self, state: str) -> str: ...
    def complete_web_login(self, answer: CallbackAnswer, state: str) -> Status: ...


def web_login(
    broker: WebBroker,
    *,
    open_browser: bool = True,
    seconds: float = _PATIENCE,
    say: Callable[[str], None] | None = None,
    opener: Callable[[str], bool] = open_page,
) -> Status:
    """Open the broker's login page and wait for what it sends to REDIRECT_URL.

    Without `open_browser`, and where there is no browser, `say` is given the page's address, which carries
    what the broker wants in it, often the API key; otherwise it is told that the browser was opened. It
    prints to standard error by default.

    Raises `ConfigurationError` where REDIRECT_URL cannot be listened on, `AuthenticationError` when time is
    up, and what the broker raises.
    """
    tell = say or _tell
    target = RedirectTarget.parse(broker.settings.redirect_url)
    state = _new_state()
    login_url = broker.login_url(state)
    with CallbackReceiver(target, login_url, state) as receiver:
        if open_browser and opener(receiver.start_url):
            tell(f"Log in at {urlsplit(login_url).hostname} in your browser; if none opens: {receiver.start_url}")
        else:
            tell(f"Log in at: {login_url}")
        return receiver.receive(
            lambda answer: broker.complete_web_login(answer, state), broker=broker.name, seconds=seconds
        )


def paste_login(
    broker: WebBroker, *, ask: Callable[[], str] | None = None, say: Callable[[str], None] | None = None
) -> Status:
    """Log in with a browser on another machine: show the page's address, take back where it ended.

    `ask` returns the pasted address; by default a hidden prompt on standard error, because it holds a token.
    Raises `UsageError` for a text that is not that address, and what the broker raises.
    """
    state = _new_state()
    (say or _tell)(f"Log in at: {broker.login_url(state)}")
    answer = answer_from_url((ask or _ask)(), broker.settings.redirect_url)
    return broker.complete_web_login(answer, state)


def _new_state() -> str:
    return secrets.token_urlsafe(24)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _ask() -> str:
    import click

    text: str = click.prompt("Address that the browser ended at", hide_input=True, err=True)
    return text
