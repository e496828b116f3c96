"""The conformance suite: numbered cases that every broker plugin passes, whatever its broker is like.

An author writes one class:

    from openalgo_core.testing import BrokerConformance

    class TestAcme(BrokerConformance):
        broker = "acme"

Everything else is found out: what the broker can do from `describe()`, what its requests look like by watching them,
what there is to trade from the simulator's own instrument file. What is declared is tried out; what is not declared is
tried too, and must be refused. A case that does not apply is skipped, for a reason that the declaration gives. A case
that the plugin may fail is named in `exempt` with the reason; it is run all the same, and fails once the plugin passes.
"""

from typing import TYPE_CHECKING

from ..._lazy import lazy_exports

if TYPE_CHECKING:
    from .cases import Case
    from .page import conformance_page
    from .stand import Stand
    from .suite import BrokerConformance

__all__ = ["BrokerConformance", "Case", "Stand", "conformance_page"]

__getattr__ = lazy_exports(
    __name__,
    {
        "BrokerConformance": ".suite",
        "Case": ".cases",
        "Stand": ".stand",
        "conformance_page": ".page",
    },
)
