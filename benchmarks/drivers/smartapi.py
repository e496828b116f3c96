"""smartapi-python, Angel One's own client: dictionaries as the broker sends them."""

from __future__ import annotations

from collections.abc import Sequence

from SmartApi import SmartConnect

__all__ = ["Driver"]


class Driver:
    """A token is given by hand; it logs in otherwise."""

    def __init__(self, url: str) -> None:
        self._api = SmartConnect(api_key="benchmark", access_token="JWT", root=url)  # noqa: S106  # any will do here

    def quote(self) -> object:
        return self._api.getMarketData("FULL", {"NSE": ["3045"]})["data"]["fetched"][0]["ltp"]

    def place(self) -> object:
        from ..bare import BODY

        return self._api.placeOrder(dict(BODY))

    def quotes(self, shares: Sequence[tuple[str, int]]) -> int:
        """In batches made by hand, because it makes none and the broker refuses more than 50."""
        tokens = [str(token) for _, token in shares]
        batches = [tokens[start : start + 50] for start in range(0, len(tokens), 50)]
        return sum(len(self._api.getMarketData("FULL", {"NSE": batch})["data"]["fetched"]) for batch in batches)

    def book(self) -> int:
        return len(self._api.orderBook()["data"])
