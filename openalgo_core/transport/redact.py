"""What may be said aloud about a request: one log line, without query, headers or body.

The logger is `openalgo.http`, level DEBUG. A line costs nothing unless somebody listens.
"""

from __future__ import annotations

import logging
import re

__all__ = ["LOGGER", "excerpt", "hide_queries", "log_exchange", "public_path"]

LOGGER = logging.getLogger("openalgo.http")

#: Words and versions. Anything else in a path may be a token (definedge logs in at `login/{api_token}`), an order id …
_PUBLIC_SEGMENT = re.compile(r"[A-Za-z_.-]*|v?[0-9]{1,2}(\.[0-9]{1,2})*")
_OPAQUE = re.compile(r"\S{16,}|\S*[0-9]{4,}\S*")
_QUERY = re.compile(r"\?\S*")
#: urllib3 writes whole URLs into its own records, one of them a warning that goes to stderr by default.
_LEAKY_LOGGERS = ("urllib3.connectionpool", "urllib3.connection")


def log_exchange(broker: str, method: str, url: str, outcome: str, seconds: float) -> None:
    """The one line of a request. `outcome` is the HTTP status, or the error's class where there was none."""
    if LOGGER.isEnabledFor(logging.DEBUG):
        LOGGER.debug("%s %s %s %s %.1f ms", broker, method, public_path(url), outcome, seconds * 1000)


def public_path(url: str) -> str:
    """The path of an absolute URL, each segment that is no plain word replaced by `…`."""
    path = url.partition("://")[2].partition("?")[0].partition("/")[2]
    return "/" + "/".join(part if _PUBLIC_SEGMENT.fullmatch(part) else "…" for part in path.split("/"))


def excerpt(text: str) -> str:
    """At most 80 characters of a plain text, on one line, without numbers and long words, which may be secrets."""
    words = " ".join(_OPAQUE.sub("…", text[:400]).split())
    printable = "".join(char for char in words if char.isprintable())
    return printable if len(printable) <= 80 else f"{printable[:79]}…"


def hide_queries() -> None:
    """Take the queries, where login tokens travel, out of what urllib3 logs in this process. May be called again."""
    for name in _LEAKY_LOGGERS:
        logging.getLogger(name).addFilter(_WITHOUT_QUERY)


class _QueryFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_QUERY.sub("?…", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


_WITHOUT_QUERY = _QueryFilter()
