"""Where answers to a login arrive, and how they are read: strictly, and nothing of them repeated."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from ..config.addresses import is_loopback, split_url
from ..errors import ConfigurationError, UsageError
from ..models import CallbackAnswer
from .server import Request

__all__ = ["RedirectTarget", "answer_from_url", "form_text", "parameters_of"]

_MAX_FIELDS = 64


@dataclass(frozen=True, slots=True)
class RedirectTarget:
    """Where REDIRECT_URL points: a port of this machine, and a path there."""

    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, redirect_url: str | None) -> RedirectTarget:
        """Raises `ConfigurationError` for a URL that no browser could bring back to this machine."""
        if not redirect_url:
            raise ConfigurationError(
                "REDIRECT_URL is not set.", hint="Set it to the redirect URL that you registered with the broker."
            )
        parts = split_url(redirect_url, "REDIRECT_URL")
        host = parts.hostname or ""
        if parts.scheme != "http" or not is_loopback(host):
            raise ConfigurationError(
                "REDIRECT_URL does not lead to this machine over plain http.",
                hint="Register one like http://127.0.0.1:5000/icici/callback, or log in with --paste.",
            )
        return cls(host, 80 if parts.port is None else parts.port, parts.path or "/")

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1" if self.host == "localhost" else self.host), self.port


def answer_from_url(pasted: str, redirect_url: str | None) -> CallbackAnswer:
    """What the address that the browser ended up at says; for browsers on another machine than this one.

    Raises `UsageError` for a text that is not REDIRECT_URL with an answer behind it; the text is not
    repeated.
    """
    if not redirect_url:
        raise ConfigurationError("REDIRECT_URL is not set.", hint="Set it to the URL registered with the broker.")
    wanted = split_url(redirect_url, "REDIRECT_URL")
    try:
        parts = urlsplit(pasted.strip())
        parameters = parameters_of(parts.query, "")
        same = (parts.scheme, parts.netloc.lower(), parts.path or "/") == (
            wanted.scheme,
            wanted.netloc.lower(),
            wanted.path or "/",
        )
    except ValueError:
        same, parameters = False, {}
    if not same or not parameters:
        raise UsageError(
            "That is not the address that the login ends at.",
            hint=f"Copy the whole address from the browser; it begins with {redirect_url}?",
        )
    return CallbackAnswer("GET", parameters)


def form_text(request: Request) -> str:
    """The posted form, empty where nothing was posted. Raises `ValueError` for what is no form."""
    if not request.body:
        return ""
    if request.headers.get_content_type() != "application/x-www-form-urlencoded":
        raise ValueError("not a form")
    return request.body.decode("ascii")


def parameters_of(query: str, form: str) -> dict[str, list[str]]:
    """All values of each name; one that stands in query and form alike counts once.

    Raises `ValueError` for too many, for bytes that are no UTF-8 and for control characters.
    """
    found: dict[str, list[str]] = {}
    for name, value in _pairs(query):
        found.setdefault(name, []).append(value)
    from_query = {name: tuple(values) for name, values in found.items()}
    for name, value in _pairs(form):
        if value not in from_query.get(name, ()):
            found.setdefault(name, []).append(value)
    return found


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    if not all(part.isprintable() for pair in pairs for part in pair):
        raise ValueError("control characters")
    return pairs
