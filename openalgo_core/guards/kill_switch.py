"""The kill switch: after `openalgo halt` no order is placed or modified by any process of this machine.

Cancelling stays possible: it is what a trader wants to do then.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ..hookspecs.markers import hookimpl
from ..models.journal import IntentKind
from ..store.files import write_private
from .context import OrderContext

__all__ = ["check_order", "halt", "halted", "resume"]


def _file(home: Path) -> Path:
    return home / "halted"


def halt(home: Path, reason: str) -> None:
    """Throw the switch. Raises `ConfigurationError` if it cannot be recorded."""
    write_private(_file(home), reason.encode())


def resume(home: Path) -> None:
    _file(home).unlink(missing_ok=True)


def halted(home: Path) -> str | None:
    """The reason, perhaps empty, or `None` when the switch is not thrown."""
    file = _file(home)
    with suppress(FileNotFoundError):  # resumed between the look and the opening
        if file.exists():  # each order asks: a look costs a third of an opening that fails
            return file.read_text(encoding="utf-8")
    return None


@hookimpl
def check_order(context: OrderContext) -> str | None:
    reason = halted(context.home)
    if reason is None or context.kind is IntentKind.CANCEL:
        return None
    return f"trading is halted{f': {reason}' if reason else ''}; run: openalgo resume"
