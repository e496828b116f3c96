"""tt-connect: its own SQLite table of the day in the working directory. It has no quotes of Angel One."""

from __future__ import annotations

import shutil
from functools import cached_property

from tt_connect import Equity, TTConnect
from tt_connect.brokers.angelone import adapter
from tt_connect.enums import Exchange, OrderType, ProductType, Side

__all__ = ["Driver"]


class Driver:
    """A token is given by hand; it logs in otherwise."""

    def __init__(self, url: str) -> None:
        adapter.BASE_URL = f"{url}/rest/secure/angelbroking"
        adapter.INSTRUMENTS_URL = f"{url}/OpenAPIScripMaster.json"

    @cached_property
    def _client(self) -> TTConnect:
        return TTConnect("angelone", {"auth_mode": "manual", "api_key": "benchmark", "access_token": "JWT"})

    def place(self) -> object:
        share = Equity(exchange=Exchange.NSE, symbol="SBIN")
        return self._client.place_order(share, Side.BUY, 1, OrderType.LIMIT, ProductType.MIS, price=812.35)

    def book(self) -> int:
        return len(self._client.get_orders())

    def sync(self) -> int:
        shutil.rmtree("_cache", ignore_errors=True)
        self._client.close()  # which has filled the table first
        return 0
