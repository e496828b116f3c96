"""The login page: user id and password, then a code, then back to the registered redirect URL with the API session.

The addresses and the names of the fields are those of the live page. Live, the password goes out encrypted in a field
of its own; here it does not, so that a page without scripts can be filled in by any client.
"""

from __future__ import annotations

import secrets
from html import escape
from typing import Final
from urllib.parse import parse_qsl, urlencode

import pyotp
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from openalgo_core.secrets import Secret

from .desk import Desk
from .envelopes import SENTENCES

__all__ = ["SEED_REDIRECT_URL", "LoginPage"]

#: The one of the set-up page, registered for an account that names no other.
SEED_REDIRECT_URL: Final = "http://127.0.0.1:5000/icici/callback"

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>ICICI Direct (simulated)</title></head>
<body><h1>ICICI Direct (simulated)</h1>
<p>{message}</p>
{content}
</body></html>
"""
_FORM: Final = """<form method="post" action="{action}">
<input type="hidden" name="{name}" value="{value}">
{fields}
<p><button type="submit">{button}</button></p>
</form>"""
_CREDENTIALS: Final = """<p><label>User ID <input name="txtuid" autocomplete="username" required></label></p>
<p><label>Password <input name="txtPass" type="password" autocomplete="current-password" required></label></p>
<p><label><input name="chkssTnc" type="checkbox" value="Y" checked> I accept the terms</label></p>"""
_CODE: Final = """<p><label>OTP <input name="hiotp" inputmode="numeric" autocomplete="one-time-code" required>
</label></p>"""
#: The live page sends the browser back by POST; some users arrive by GET.
_WAY_BACK: Final = """<form method="post" action="{url}"><p><button type="submit">Continue</button></p></form>
<p><a href="{url}">Continue with GET</a></p>
<script>document.forms[0].submit()</script>"""


class LoginPage:
    """Two forms, and the way back."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        #: API keys of those whose password was right, by the ticket that their next form carries.
        self._halfway: dict[str, str] = {}

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/apiuser/login", self.show, methods=["GET"]),
            Route("/apiuser/tradelogin/getotp", self.check_password, methods=["POST"]),
            Route("/apiuser/tradelogin/validateuser", self.check_code, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The first form. The key arrives decoded, whether spaces came as `+` or as `%20`."""
        return self._credentials(request.query_params.get("api_key", ""))

    async def check_password(self, request: Request) -> Response:
        fields = await _typed(request)
        account, api_key = self._desk.setup.account, fields.get("AppKey", "")
        right = fields.get("txtuid") == account.user_id and Secret(fields.get("txtPass", "")) == account.password
        if not right or fields.get("chkssTnc") != "Y" or account.secret_of(api_key) is None:
            return self._credentials(api_key, "Invalid user id or password.")
        ticket = secrets.token_urlsafe()
        self._halfway[ticket] = api_key
        return _code_form(ticket)

    async def check_code(self, request: Request) -> Response:
        fields = await _typed(request)
        ticket = fields.get("ticket", "")
        if ticket not in self._halfway:
            return _page("Log in from the beginning.", "")
        codes = pyotp.TOTP(self._desk.setup.account.totp_secret.reveal())
        if not codes.verify(fields.get("hiotp", ""), for_time=self._desk.setup.clock.now(), valid_window=1):
            return _code_form(ticket, "Invalid OTP.")
        return _page("You are logged in.", _WAY_BACK.format(url=escape(self._way_back(self._halfway.pop(ticket)))))

    def _credentials(self, api_key: str, message: str = "") -> Response:
        if self._desk.setup.account.secret_of(api_key) is None:
            return _page(SENTENCES["unknown-key"][0], "")
        form = _FORM.format(
            action="/apiuser/tradelogin/getotp",
            name="AppKey",
            value=escape(api_key),
            fields=_CREDENTIALS,
            button="Log in",
        )
        return _page(message, form)

    def _way_back(self, api_key: str) -> str:
        account = self._desk.setup.account
        registered = account.redirect_url or SEED_REDIRECT_URL
        answer = urlencode({"apisession": self._desk.sessions.open(account.user_id, api_key)})
        return f"{registered}{'&' if '?' in registered else '?'}{answer}"


def _code_form(ticket: str, message: str = "") -> Response:
    action = "/apiuser/tradelogin/validateuser"
    return _page(message, _FORM.format(action=action, name="ticket", value=ticket, fields=_CODE, button="Submit"))


def _page(message: str, content: str) -> Response:
    return HTMLResponse(_PAGE.format(message=escape(message), content=content))


async def _typed(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
