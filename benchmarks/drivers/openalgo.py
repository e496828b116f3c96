"""The client of OpenAlgo. Its user pays for OpenAlgo's server besides, which cannot be installed."""

from __future__ import annotations

from openalgo import api

__all__ = ["Driver"]


class Driver:
    def __init__(self, url: str) -> None:
        self._api = api(api_key="benchmark", host=url)

    def place(self) -> object:
        answer = self._api.placeorder(
            symbol="SBIN", action="BUY", exchange="NSE", price_type="LIMIT", product="MIS", quantity=1, price=812.35
        )
        return answer["data"]
