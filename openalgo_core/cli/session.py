"""How a command gets its broker. `connect` is the one seam: tests put a broker of their own in its place."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .options import Options
from .output import note

if TYPE_CHECKING:
    from ..plugins.broker import Broker

__all__ = ["broker_of", "connect"]


def connect(broker: str | None, profile: str | None, env_file: str | None, prices_from: str | None) -> Broker:
    """`openalgo_core.connect`, imported when it is needed."""
    from ..plugins.connect import connect as connect_broker

    return connect_broker(broker, profile, env_file, prices_from)


@contextmanager
def broker_of(options: Options) -> Iterator[Broker]:
    """The broker that the global options, the environment and the settings name; closed at the end."""
    with _logs(options), connect(*_named(options)) as broker:
        if broker.is_default and not options.json:
            note("No broker configured: using paper (simulated).")
        yield broker


def _named(options: Options) -> tuple[str | None, str | None, str | None, str | None]:
    return options.broker, options.profile, options.env_file, options.prices_from


@contextmanager
def _logs(options: Options) -> Iterator[None]:
    """Log lines show with `--verbose`, and go to `--log-file`; without any handler Python would print warnings."""
    log = logging.getLogger("openalgo")
    handlers = _handlers(options)
    for handler in handlers:
        log.addHandler(handler)
    log.setLevel(logging.DEBUG if options.verbose or _log_file(options) else logging.NOTSET)
    try:
        yield
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            handler.close()
        log.setLevel(logging.NOTSET)


def _handlers(options: Options) -> list[logging.Handler]:
    file = _log_file(options)
    if not options.verbose and not file:
        return [logging.NullHandler()]
    from ..logs import Redacted, log_file

    handlers = [log_file(Path(file))] if file else []
    if options.verbose:
        shown = logging.StreamHandler()
        shown.setFormatter(Redacted())
        handlers.append(shown)
    return handlers


def _log_file(options: Options) -> str | None:
    return options.log_file or os.environ.get("OPENALGO_LOG_FILE")
