"""Logging in in the browser: on the broker's own page, or on a form of ours where it has none."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from ..capabilities import Capability
from ..errors import NotSupported
from ..models import CallbackAnswer, Settings, Status
from .arrivals import RedirectTarget, answer_from_url
from .browser import open_page
from .callback import CallbackReceiver
from .form import FormBroker, LoginForm
from .known import Configured, Known

__all__ = ["PageBroker", "WebBroker", "has_page", "paste_login", "web_login"]

_PATIENCE = 300.0  # seconds: long enough to find the phone with the code
_DEFAULT_PORT = 5000  # of every set-up page's REDIRECT_URL


class PageBroker(Protocol):
    """What a login on the broker's page needs of `openalgo_core.plugins.broker.Broker`."""

    @property
    def settings(self) -> Settings: ...
    def login_url(self, state: str) -> str: ...
    def complete_web_login(self, answer: CallbackAnswer, state: str) -> Status: ...


class WebBroker(PageBroker, FormBroker, Protocol):
    """What any login in the browser needs of it."""

    @property
    def name(self) -> str: ...
    @property
    def office(self) -> Configured: ...


def web_login(
    broker: WebBroker,
    *,
    open_browser: bool = True,
    seconds: float = _PATIENCE,
    say: Callable[[str], None] | None = None,
    opener: Callable[[str], bool] = open_page,
) -> Status:
    """Log in in the browser: on the broker's page, which comes back to REDIRECT_URL, or on a form of ours there.

    A broker with both has its page opened, and shows the form where REDIRECT_URL is opened by hand. Without
    `open_browser`, and where there is no browser, `say` is given the address to open: of a broker's page it carries
    what the broker wants in it, often the API key. Otherwise it is told that the browser was opened. It prints to
    standard error by default.

    Raises `NotSupported` where the broker has neither, `ConfigurationError` where REDIRECT_URL cannot be listened
    on, `AuthenticationError` when time is up, and what the broker raises.
    """
    state = _new_state()
    login_url = broker.login_url(state) if has_page(broker) else None
    form = _form(broker, login_url)
    if login_url is None and form is None:
        raise NotSupported(f"{broker.info.title} needs no login.", broker=broker.name)
    target = RedirectTarget.parse(_redirect_url(broker, login_url))
    title = broker.info.title
    with CallbackReceiver(target, login_url, state, broker=title, form=form) as receiver:
        opened = open_browser and opener(receiver.start_url)
        (say or _tell)(_invitation(login_url, receiver.start_url, opened=opened))
        return receiver.receive(lambda answer: broker.complete_web_login(answer, state), seconds=seconds)


def has_page(broker: FormBroker) -> bool:
    """Whether the broker has a login page that comes back to REDIRECT_URL."""
    return broker.info.support(Capability.WEB_LOGIN).available


def _form(broker: WebBroker, login_url: str | None) -> LoginForm | None:
    if not broker.login_fields():
        return None
    remark = "Or log in on the broker's own page, at the address that the terminal shows." if login_url else ""
    action = RedirectTarget.parse(_redirect_url(broker, login_url)).path
    return LoginForm(broker, Known.of(broker.office), action=action, remark=remark)


def _redirect_url(broker: WebBroker, login_url: str | None) -> str | None:
    """Where to listen. A broker's page needs it registered; a form of ours may stand where all set-up pages say."""
    default = f"http://127.0.0.1:{_DEFAULT_PORT}/{broker.name}/callback" if login_url is None else None
    return broker.settings.redirect_url or default


def _invitation(login_url: str | None, start_url: str, *, opened: bool) -> str:
    if not opened:
        return f"Log in at: {login_url or start_url}"
    where = f"at {urlsplit(login_url).hostname} " if login_url else ""
    return f"Log in {where}in your browser; if none opens: {start_url}"


def paste_login(
    broker: PageBroker, *, ask: Callable[[], str] | None = None, say: Callable[[str], None] | None = None
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
