"""What the browser shows when it comes back: one page without scripts, images or anything else to fetch."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from http import HTTPStatus

__all__ = ["HEADERS", "Page", "failure", "refusal", "success"]

_STYLE = (
    ":root{color-scheme:light dark;font:1.125rem/1.5 system-ui,sans-serif}"
    "body{margin:0;padding:12vh 1.5rem}main{max-width:34rem;margin:auto}h1{font-size:1.6rem;line-height:1.25}"
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
<h1>{title}</h1>
{paragraphs}
</main>
</body>
</html>
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

#: Sent with every answer. The address that the browser came to holds a token: nothing may keep it or pass it on.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
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
    paragraphs: tuple[str, ...]

    def render(self) -> bytes:
        """The page as UTF-8 HTML, every text escaped."""
        paragraphs = "\n".join(f"<p>{escape(text)}</p>" for text in self.paragraphs if text)
        return _TEMPLATE.format(title=escape(self.title), style=_STYLE, paragraphs=paragraphs).encode()


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
