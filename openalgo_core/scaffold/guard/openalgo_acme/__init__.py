"""No new orders outside chosen hours. Times are IST; `[guards.acme]` in openalgo.toml holds `from` and `until`."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any

from openalgo_core.hookspecs import hookimpl
from openalgo_core.models import IntentKind

if TYPE_CHECKING:
    from openalgo_core.guards.context import OrderContext


@hookimpl
def check_order(context: OrderContext) -> str | None:
    """The objection in one sentence, `None` to let the order pass. An exception stops the order, too."""
    if context.kind is IntentKind.CANCEL:  # getting out is always allowed
        return None
    begins, ends = _hour(context.settings.get("from"), time.min), _hour(context.settings.get("until"), time.max)
    now = context.clock.now().time()
    return None if begins <= now <= ends else f"no orders outside {begins:%H:%M} to {ends:%H:%M}"


def _hour(written: Any, otherwise: time) -> time:
    return otherwise if written is None else time.fromisoformat(str(written))
