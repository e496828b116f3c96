"""The kill switch: after `openalgo halt` no order is placed or modified by any process of this machine.

Cancelling stays possible: it is what a trader wants to do then.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ..hookspecs.markers import hookimpl
from ..models.journal import IntentKind
from ..store.files import write_private
from .context import OrderContext

__all__ = ["check_order", "halt", "halted", "resume"]


_NAME = "halted"


def _file(home: Path) -> Path:
    return home / _NAME


def halt(home: Path, reason: str) -> None:
    """Throw the switch. Raises `ConfigurationError` if it cannot be recorded."""
    write_private(_file(home), reason.encode())


def resume(home: Path) -> None:
    _file(home).unlink(missing_ok=True)


def halted(home: Path) -> str | None:
    """The reason, perhaps empty, or `None` when the switch is not thrown."""
    # Each order asks: a look costs a third of an opening that fails, and a path made of a `Path` as much again.
    if not os.path.exists(f"{home}{os.sep}{_NAME}"):  # noqa: PTH110
        return None
    with suppress(FileNotFoundError):  # resumed between the look and the opening
        return _file(home).read_text(encoding="utf-8")
    return None


@hookimpl
def check_order(context: OrderContext) -> str | None:
    reason = halted(context.home)
    if reason is None or context.kind is IntentKind.CANCEL:
        return None
    return f"trading is halted{f': {reason}' if reason else ''}; run: openalgo resume"
