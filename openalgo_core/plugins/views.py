"""What hooks see of the office through their account: small views that open nothing until they are used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..models.account import Account
    from ..models.instrument import Instrument
    from ..models.quote import Quote, QuoteFailure
    from .broker import Broker
    from .office import Office

__all__ = ["Line", "Lookup", "Prices"]


class Line:
    """See `openalgo_core.orders.desk.Line`."""

    def __init__(self, account: Account, sent: Callable[[], bool]) -> None:
        self.account = account
        self._sent = sent

    @property
    def sent(self) -> bool:
        return self._sent()


class Lookup:
    """The account's view of the instrument table, which is opened, or fetched, only when something is looked up."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def get(self, exchange: str, symbol: str) -> Instrument:
        return self._office.instruments().get(exchange, symbol)

    def find(self, exchange: str, symbol: str) -> Instrument | None:
        return self._office.instruments().find(exchange, symbol)

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        return self._office.instruments().by_token(broker_exchange, token)

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        return self._office.instruments().by_broker_symbol(broker_exchange, broker_symbol)


class Prices:
    """Another broker's quotes, for a simulated broker to trade on."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def quotes(self, instruments: Sequence[Instrument]) -> list[Quote | QuoteFailure]:
        return self._broker.quotes([str(instrument) for instrument in instruments])
