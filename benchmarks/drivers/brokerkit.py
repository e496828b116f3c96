"""brokerkit with its plugin for Angel One, which drives smartapi-python."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from brokerkit.enums import Exchange, InstrumentType, OrderType, Product, Segment, TransactionType
from brokerkit.models.instrument import Instrument
from brokerkit.models.order import OrderRequest
from brokerkit_angelone import AngelBroker, AngelInstruments, AngelMarketData, AngelOrderProvider, instruments
from SmartApi import SmartConnect

__all__ = ["Driver"]


class Driver:
    """A token is given by hand, but for `quote`: it keeps no session, so that each process of a user's logs in."""

    def __init__(self, url: str) -> None:
        SmartConnect._rootUrl = url
        instruments._MASTER_URL = f"{url}/OpenAPIScripMaster.json"
        client = SmartConnect(api_key="benchmark", access_token="JWT")  # noqa: S106  # any will do here
        self._orders = AngelOrderProvider(client)
        self._market = AngelMarketData(client)
        self._run = asyncio.new_event_loop().run_until_complete

    def quote(self) -> object:
        return self._run(self._logged_in_quote())

    async def _logged_in_quote(self) -> Decimal:
        broker = await AngelBroker.create("benchmark", "A123456", "246810", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
        price: Decimal = (await broker.market.get_quote(_share("SBIN", 3045))).last_price
        await broker.close()
        return price

    def place(self) -> object:
        request = OrderRequest(
            instrument=_share("SBIN", 3045),
            transaction_type=TransactionType.BUY,
            order_type=OrderType.LIMIT,
            quantity=1,
            product=Product.MIS,
            price=Decimal("812.35"),
        )
        return self._run(self._orders.place_order(request))

    def quotes(self, shares: Sequence[tuple[str, int]]) -> int:
        """Open, high, low and close: whole quotes it fetches one by one."""
        return len(self._run(self._market.get_ohlc([_share(*share) for share in shares])))

    def book(self) -> int:
        return len(self._run(self._orders.list_orders()))

    def sync(self) -> int:
        return len(self._run(AngelInstruments().fetch_instruments()))


def _share(name: str, token: int) -> Instrument:
    return Instrument(
        symbol=f"{name}-EQ",
        exchange=Exchange.NSE,
        segment=Segment.CASH,
        broker_token=str(token),
        exchange_token=str(token),
        name=name,
        instrument_type=InstrumentType.EQ,
        lot_size=1,
        tick_size=Decimal("0.05"),
    )
