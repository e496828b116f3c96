"""Another broker's quotes as prices of the simulated exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from openalgo_core.errors import OpenAlgoError
from openalgo_core.exchange import Contract, NoPrice, Snapshot
from openalgo_core.models import Account, Instrument, MarketData, Quote, QuoteFailure

__all__ = ["BrokerPrices"]

#: A quote does not say where the day's band lies: no price is outside it.
_NO_BAND = Decimal(0), Decimal("Infinity")


class BrokerPrices:
    """A price source of the exchange. A quote that fails is a contract without a price, never a guessed one."""

    def __init__(self, account: Account, prices: MarketData) -> None:
        self._find = account.instruments.find
        self._prices = prices

    def snapshot(self, contract: Contract, at: datetime) -> Snapshot:
        """Raises `NoPrice` with the reason."""
        answer = self.snapshots([contract], at)[contract]
        if isinstance(answer, NoPrice):
            raise answer
        return answer

    def snapshots(self, contracts: Sequence[Contract], at: datetime) -> Mapping[Contract, Snapshot | NoPrice]:
        """One request for all of them, as far as the broker's batches reach."""
        listed = {contract: self._find(contract.exchange, contract.symbol) for contract in contracts}
        quotes = self._quotes([instrument for instrument in listed.values() if instrument is not None])
        return {contract: _answer(contract, quotes, at) for contract in contracts}

    def _quotes(self, instruments: list[Instrument]) -> Mapping[tuple[str, str], Quote | str]:
        if not instruments:
            return {}
        try:
            answers = self._prices.quotes(instruments)
        except OpenAlgoError as error:
            # The books can be read and orders cancelled without prices; who needs one is told why there is none.
            return {(one.exchange, one.symbol): error.message for one in instruments}
        return {
            (answer.exchange, answer.symbol): answer.error if isinstance(answer, QuoteFailure) else answer
            for answer in answers
        }


def _answer(contract: Contract, quotes: Mapping[tuple[str, str], Quote | str], at: datetime) -> Snapshot | NoPrice:
    quote = quotes.get(contract.key, "the broker whose prices are used does not list it")
    if isinstance(quote, str):
        return NoPrice(quote)
    return NoPrice("it has no last price") if quote.ltp is None else _snapshot(contract, quote, quote.ltp, at)


def _snapshot(contract: Contract, quote: Quote, ltp: Decimal, at: datetime) -> Snapshot:
    return Snapshot(
        contract=contract,
        ltp=ltp,
        open=ltp if quote.open is None else quote.open,
        high=ltp if quote.high is None else quote.high,
        low=ltp if quote.low is None else quote.low,
        prev_close=ltp if quote.prev_close is None else quote.prev_close,
        volume=quote.volume or 0,
        bid=quote.bid,
        ask=quote.ask,
        oi=quote.oi,
        lower_circuit=_NO_BAND[0],
        upper_circuit=_NO_BAND[1],
        bids=(),
        asks=(),
        total_buy_quantity=0,
        total_sell_quantity=0,
        last_quantity=0,
        average_price=ltp,
        time=quote.time or at,
    )
