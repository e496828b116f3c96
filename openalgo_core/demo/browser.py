"""Somebody at a simulator's login page: fills in its forms by what their inputs are for, as a password manager does."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urljoin, urlsplit

from ..errors import AuthenticationError
from ..models import CallbackAnswer, Settings

if TYPE_CHECKING:
    import requests

    from ..clock import Clock

__all__ = ["visit"]

#: More pages than any login has.
_PAGES = 6


def visit(login_url: str, settings: Settings, clock: Clock) -> CallbackAnswer:
    """What the browser brings back to the redirect when the test account logs in at `login_url`.

    Raises `AuthenticationError` if the pages lead nowhere.
    """
    import requests

    answers = _answers(settings, clock)
    with requests.Session() as session:
        session.trust_env = False
        page = session.get(login_url, timeout=10, allow_redirects=False)
        for _ in range(_PAGES):
            form = _Form(page)
            if not form.target:  # a page that only says no
                break
            if _leads_back(form.target, settings):
                return _answer(form.method, form.target, form.fields)
            page = session.post(form.target, data=form.filled(answers), timeout=10, allow_redirects=False)
            back = urljoin(page.url, page.headers.get("Location", ""))
            if page.is_redirect and _leads_back(back, settings):
                return _answer("GET", back, {})
    raise AuthenticationError("The login page does not lead back to REDIRECT_URL.")


def _answers(settings: Settings, clock: Clock) -> dict[str, str]:
    """What to type, by the input's `autocomplete`."""
    import pyotp

    secret = settings.require("totp_secret").reveal()
    return {
        "username": settings.client_id or "",
        "current-password": (settings.password or settings.require("pin")).reveal(),
        "one-time-code": pyotp.TOTP(secret).at(clock.now()),
    }


def _leads_back(url: str, settings: Settings) -> bool:
    wanted, found = urlsplit(settings.redirect_url or ""), urlsplit(url)
    return (wanted.netloc, wanted.path) == (found.netloc, found.path)


def _answer(method: str, url: str, fields: dict[str, str]) -> CallbackAnswer:
    parameters = parse_qs(urlsplit(url).query) | {name: [value] for name, value in fields.items()}
    return CallbackAnswer(method, parameters)


class _Form(HTMLParser):
    """The first form of a page."""

    def __init__(self, page: requests.Response) -> None:
        super().__init__()
        self._base = page.url
        self.target = ""
        self.method = "GET"
        self.fields: dict[str, str] = {}
        self._purposes: dict[str, str] = {}
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.target:
            self.target = urljoin(self._base, given.get("action", ""))
            self.method = given.get("method", "get").upper()
        elif tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value", "")
            self._purposes[given["name"]] = given.get("autocomplete", "")

    def filled(self, answers: dict[str, str]) -> dict[str, str]:
        return {name: answers.get(self._purposes[name], value) for name, value in self.fields.items()}
