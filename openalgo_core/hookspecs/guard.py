"""Guards: asked before every order, told about every outcome.

A guard is enabled by naming it in `openalgo.toml`. Every enabled guard is asked, each by itself; objections are
collected, and an exception, or a guard that is missing, counts as an objection: a guard that cannot be asked stops
orders, loudly. Observers are isolated: an exception in one is logged and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .markers import hookspec

if TYPE_CHECKING:
    from ..guards.context import OrderContext
    from ..models.journal import JournalEntry


@hookspec
def check_order(context: OrderContext) -> str | None:
    """The objection in one sentence, or `None` to let the order pass. Called before the intent is journalled."""
    raise NotImplementedError


@hookspec
def order_settled(entry: JournalEntry) -> None:
    """An intent got its outcome, or was reconciled. Called after the journal was written."""
    raise NotImplementedError
