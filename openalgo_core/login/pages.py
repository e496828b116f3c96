"""What the browser shows: pages without scripts, images or anything else to fetch."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import ClassVar

__all__ = ["Page", "failure", "refusal", "success", "waiting"]

_STYLE = (
    ":root{color-scheme:light dark;background:Canvas;color:CanvasText;font:1.125rem/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere}"
    "body{margin:0;padding:8vh 1.5rem}main{max-width:34rem;margin:auto}h1{font-size:1.6rem;line-height:1.25}"
)
_TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - openalgo</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{heading}</h1>
{content}
</main>
</body>
</html>
"""
#: Sent with every answer. The address that the browser came to may hold a token: nothing may keep it or pass it on.
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_REFUSALS = {
    HTTPStatus.BAD_REQUEST: ("This is no answer to the login", "The address or the form cannot be read."),
    HTTPStatus.FORBIDDEN: ("This did not come from the login page", "Only the broker's own page may answer here."),
    HTTPStatus.NOT_FOUND: ("Nothing is here", "Go back to the broker's login page."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("This is no answer to the login", "Only GET and POST are answered here."),
    HTTPStatus.CONFLICT: ("The login was answered already", "Look at the terminal for its result."),
}


@dataclass(frozen=True, slots=True)
class Page:
    """A status, a heading and paragraphs, all plain text."""

    status: HTTPStatus
    title: str
    paragraphs: tuple[str, ...] = ()

    style: ClassVar[str] = _STYLE
    form_action: ClassVar[str] = "'none'"
    referrer: ClassVar[str] = "no-referrer"

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's headers, but for its type and length."""
        style_hash = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; "
            f"form-action {self.form_action}; frame-ancestors 'none'"
        )
        return {**_HEADERS, "Content-Security-Policy": policy, "Referrer-Policy": self.referrer}

    def render(self) -> bytes:
        """The page as UTF-8 HTML, every text escaped."""
        return _TEMPLATE.format(
            title=escape(self.head), style=self.style, heading=escape(self.title), content=self.content()
        ).encode()

    @property
    def head(self) -> str:
        """What the browser's tab says, and a screen reader first."""
        return self.title

    def content(self) -> str:
        """The HTML below the heading."""
        return "\n".join(f"<p>{escape(text)}</p>" for text in self.paragraphs if text)


def success(broker: str) -> Page:
    return Page(
        HTTPStatus.OK,
        f"You are logged in to {broker}",
        ("You can close this window and go back to the terminal.",),
    )


def failure(message: str, hint: str) -> Page:
    """The login failed; `message` is the broker's own where it gave one."""
    return Page(HTTPStatus.BAD_REQUEST, "The login failed", (message, hint, "The terminal says the same."))


def refusal(status: HTTPStatus) -> Page:
    """A request that was not the answer; says nothing about what would be one."""
    title, text = _REFUSALS.get(status, ("This cannot be answered", status.phrase))
    return Page(status, title, (text, "The login is still waiting for the broker's page."))


def waiting(broker: str) -> Page:
    """REDIRECT_URL, opened by hand where the login goes by way of the broker's page; says nothing that leads there."""
    return Page(
        HTTPStatus.OK,
        f"The login to {broker} is waiting",
        ("Log in on the broker's page, at the address that the terminal shows. It sends you back here.",),
    )
