"""Log lines that may be kept: redacted, and as JSON where a machine reads them. Off unless somebody asks.

    handler = log_file(Path("openalgo.log"))
    logging.getLogger("openalgo").addHandler(handler)

Every request is one line of the logger `openalgo.http` (level DEBUG) with broker, endpoint, status, milliseconds and a
request id; never a query, a header or a body.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import IO, Any

from .clock import IST, epoch
from .errors import ConfigurationError
from .transport.redact import public_traceback

__all__ = ["JsonLines", "Redacted", "log_file"]


class Redacted(logging.Formatter):
    """As the standard formatter, but a traceback tells nothing that a foreign exception says."""

    def format(self, record: logging.LogRecord) -> str:
        copy = logging.makeLogRecord(record.__dict__)
        copy.exc_text = None  # another handler's, which has the exception's own text
        return super().format(copy)

    def formatException(self, ei: Any) -> str:  # noqa: N802  # the name is the base class's
        return public_traceback(ei[1]).rstrip() if ei[1] is not None else ""


class JsonLines(Redacted):
    """One JSON object a line: `time` (IST), `level`, `logger`, then the fields of a request, or else `message`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": epoch(record.created).astimezone(IST).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        line |= getattr(record, "request", None) or {"message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class _PrivateFile(logging.FileHandler):
    def _open(self) -> IO[str]:  # type: ignore[override]  # the base class's type is the narrower TextIOWrapper
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")


def log_file(path: Path) -> logging.Handler:
    """Appends JSON lines to the file, made with mode 0600; several processes may write to one.

    Raises `ConfigurationError` if it cannot be written.
    """
    try:
        handler = _PrivateFile(path.expanduser(), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"The log file {path} cannot be written: {error.strerror}.",
            hint="Name another one with --log-file or OPENALGO_LOG_FILE.",
        ) from error
    handler.setFormatter(JsonLines())
    return handler
