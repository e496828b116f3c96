"""All groups of cases in one class."""

from __future__ import annotations

from .books import Books
from .changing import Changing
from .description import Description
from .faults import Faults
from .instruments import Instruments
from .market import Market
from .pages import Pages
from .placing import Placing
from .reading import Reading
from .refusing import Refusing
from .safety import Safety
from .sessions import Sessions

__all__ = ["GROUPS", "BrokerConformance"]

#: In the order of their numbers.
GROUPS = (
    Description, Sessions, Pages, Placing, Refusing, Changing, Books, Market, Instruments, Faults, Reading, Safety,
)  # fmt: skip


class BrokerConformance(
    # The other way round, because pytest runs the methods of the last base first.
    Safety, Reading, Faults, Instruments, Market, Books, Changing, Refusing, Placing, Pages, Sessions, Description
):  # fmt: skip
    """Every case. A subclass called `Test…` that sets `broker` runs them over that installed plugin."""
