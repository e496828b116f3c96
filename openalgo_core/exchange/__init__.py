"""The simulated exchange: accounts, orders, matching, positions, holdings, funds and a price path.

It knows no wire format. The paper broker and the simulators put theirs on top of it; the core uses its calendar.
Importing a name imports its module and no other; nothing here imports pydantic.
"""

from typing import TYPE_CHECKING

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from .accounts import ExchangeAccount
    from .calendar import CALENDAR, TradingCalendar, TradingSession, market_hours
    from .contracts import Contract
    from .listings import universe
    from .market import SimulatedExchange
    from .prices import SimulatedPrices, simulated_prices
    from .quotes import Bar, Level, NoPrice, PriceSource, Snapshot
    from .records import BookFunds, BookHolding, BookOrder, BookPosition, Fill, MarginEstimate, Ticket
    from .refusals import ExchangeRefusal, RefusalKind
    from .rules import ExchangeRules

__all__ = [
    "CALENDAR",
    "Bar",
    "BookFunds",
    "BookHolding",
    "BookOrder",
    "BookPosition",
    "Contract",
    "ExchangeAccount",
    "ExchangeRefusal",
    "ExchangeRules",
    "Fill",
    "Level",
    "MarginEstimate",
    "NoPrice",
    "PriceSource",
    "RefusalKind",
    "SimulatedExchange",
    "SimulatedPrices",
    "Snapshot",
    "Ticket",
    "TradingCalendar",
    "TradingSession",
    "market_hours",
    "simulated_prices",
    "universe",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "CALENDAR": ".calendar",
        "Bar": ".quotes",
        "BookFunds": ".records",
        "BookHolding": ".records",
        "BookOrder": ".records",
        "BookPosition": ".records",
        "Contract": ".contracts",
        "ExchangeAccount": ".accounts",
        "ExchangeRefusal": ".refusals",
        "ExchangeRules": ".rules",
        "Fill": ".records",
        "Level": ".quotes",
        "MarginEstimate": ".records",
        "NoPrice": ".quotes",
        "PriceSource": ".quotes",
        "RefusalKind": ".refusals",
        "SimulatedExchange": ".market",
        "SimulatedPrices": ".prices",
        "Snapshot": ".quotes",
        "Ticket": ".records",
        "TradingCalendar": ".calendar",
        "TradingSession": ".calendar",
        "market_hours": ".calendar",
        "simulated_prices": ".prices",
        "universe": ".listings",
    },
)
