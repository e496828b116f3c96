"""What may be said aloud: of a request one log line without query, headers or body, of an error its place.

The logger is `openalgo.http`, level DEBUG. A line costs nothing unless somebody listens.
"""

from __future__ import annotations

import logging
import os
import re
import traceback
from collections.abc import Iterator

from ..errors import OpenAlgoError

__all__ = ["LOGGER", "excerpt", "hush_urllib3", "log_exchange", "public_path", "public_traceback"]

LOGGER = logging.getLogger("openalgo.http")

#: Words and versions. Anything else in a path may be a token (definedge logs in at `login/{api_token}`), an order id …
_PUBLIC_SEGMENT = re.compile(r"[A-Za-z_.-]*|v?[0-9]{1,2}(\.[0-9]{1,2})*")
_OPAQUE = re.compile(r"\S{16,}|\S*[0-9]{4,}\S*")
#: urllib3 writes whole URLs into its own records, one of them a warning that goes to stderr by default.
_LEAKY_LOGGERS = ("urllib3.connectionpool", "urllib3.connection")


def log_exchange(broker: str, method: str, url: str, outcome: str, seconds: float) -> None:
    """The one line of a request. `outcome` is the HTTP status, or the error's class where there was none.

    The record carries the same as a mapping in its attribute `request`, for handlers that write fields.
    """
    if not LOGGER.isEnabledFor(logging.DEBUG):
        return
    fields = {
        "request_id": os.urandom(6).hex(),
        "broker": broker,
        "method": method,
        "endpoint": public_path(url),
        "status": int(outcome) if outcome.isdigit() else outcome,
        "ms": round(seconds * 1000, 1),
    }
    LOGGER.debug(
        "%s %s %s %s %.1f ms", broker, method, fields["endpoint"], outcome, seconds * 1000, extra={"request": fields}
    )


def public_path(url: str) -> str:
    """The path of a URL, or of a request target, with `…` for each segment that is no plain word. No query."""
    before, _, after = url.partition("?")[0].rpartition("://")
    path = f"/{after.partition('/')[2]}" if before else after
    return "/".join(part if _PUBLIC_SEGMENT.fullmatch(part) else "…" for part in path.split("/"))


def excerpt(text: str) -> str:
    """At most 80 characters of a plain text, on one line, without numbers and long words, which may be secrets."""
    words = " ".join(_OPAQUE.sub("…", text[:400]).split())
    printable = "".join(char for char in words if char.isprintable())
    return printable if len(printable) <= 80 else f"{printable[:79]}…"


def public_traceback(error: BaseException) -> str:
    """What Python would print, but for the texts of foreign exceptions: those are told without what may be secret."""
    return "".join(_traceback(error))


def hush_urllib3() -> None:
    """Have urllib3 log public paths only, in this process. May be called again."""
    for name in _LEAKY_LOGGERS:
        logging.getLogger(name).addFilter(_ONLY_PUBLIC_PATHS)


class _PublicPaths(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                public_path(arg) if isinstance(arg, str) and _is_address(arg) else arg for arg in record.args
            )
        record.exc_info = None  # it quotes the answer's headers
        return True


def _is_address(text: str) -> bool:
    return text.startswith("/") or "://" in text


_ONLY_PUBLIC_PATHS = _PublicPaths()


def _traceback(error: BaseException) -> Iterator[str]:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        yield from _traceback(earlier)
        yield "\nwhich led to:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    text = str(error) if isinstance(error, OpenAlgoError) else excerpt(str(error))
    yield f"{type(error).__qualname__}: {text}\n"
