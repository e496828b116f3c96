"""The publisher login: a page in the browser that comes back to the registered redirect URL with the tokens."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from .desk import Desk
from .envelopes import Refusal
from .login import authenticate

__all__ = ["SEED_REDIRECT_URL", "PublisherPage"]

#: The one of the set-up page, registered for an account that names no other.
SEED_REDIRECT_URL: Final = "http://127.0.0.1:5000/angel/callback"

_CARRIED: Final = ("api_key", "state", "redirect_url")
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Angel One (simulated)</title></head>
<body><h1>Log in to Angel One (simulated)</h1>
<p>{message}</p>
<form method="post" action="/publisher-login">
{hidden}
<p><label>Client code <input name="clientcode" autocomplete="username" required></label></p>
<p><label>MPIN <input name="password" type="password" autocomplete="current-password" required></label></p>
<p><label>TOTP <input name="totp" inputmode="numeric" autocomplete="one-time-code" required></label></p>
<p><button type="submit">Log in</button></p>
</form></body></html>
"""
_HIDDEN: Final = '<input type="hidden" name="{name}" value="{value}">'


class PublisherPage:
    """GET shows the form, POST logs in and redirects."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, request: Request) -> Response:
        return self._refusal(request.query_params) or _form(request.query_params, "")

    async def submit(self, request: Request) -> Response:
        fields = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        refusal = self._refusal(fields)
        if refusal is not None:
            return refusal
        client_code = fields.get("clientcode", "")
        try:
            authenticate(self._desk, client_code, fields.get("password", ""), fields.get("totp", ""))
        except Refusal as error:
            return _form(fields, error.message)
        return RedirectResponse(self._way_back(client_code, fields), 302)

    def _way_back(self, client_code: str, fields: Mapping[str, str]) -> str:
        tokens = self._desk.sessions.open(client_code)
        answer = {"auth_token": tokens.jwt, "feed_token": tokens.feed, "refresh_token": tokens.refresh}
        if fields.get("state"):
            answer["state"] = fields["state"]
        registered = self._registered
        return f"{registered}{'&' if '?' in registered else '?'}{urlencode(answer)}"

    def _refusal(self, fields: Mapping[str, str]) -> Response | None:
        """The page for an app that may not use this login."""
        if self._desk.setup.account.secret_of(fields.get("api_key", "")) is None:
            return HTMLResponse("<h1>403</h1><p>No publisher app has this API key.</p>", 403)
        if fields.get("redirect_url", "") not in ("", self._registered):
            return HTMLResponse("<h1>403</h1><p>That redirect URL is not registered for the app.</p>", 403)
        return None

    @property
    def _registered(self) -> str:
        return self._desk.setup.account.redirect_url or SEED_REDIRECT_URL


def _form(fields: Mapping[str, str], message: str) -> Response:
    hidden = [_HIDDEN.format(name=name, value=escape(fields[name])) for name in _CARRIED if name in fields]
    return HTMLResponse(_PAGE.format(message=escape(message), hidden="\n".join(hidden)))
