"""fenix: dictionaries of its own form. It has no batch of quotes."""

from __future__ import annotations

from fenix.angelone import AngelOne

__all__ = ["Driver"]


class Driver:
    """Headers are given by hand; it logs in otherwise. Its rate limits are off, or they would be what is timed."""

    def __init__(self, url: str) -> None:
        self._broker = AngelOne({"enableRateLimit": False})
        self._broker._API["servers"] = {"rest": url, "market": url}
        self._broker._headers = {"X-PrivateKey": "benchmark", "Authorization": "Bearer JWT"}

    def place(self) -> object:
        share = {"Exchange": "NSE", "Symbol": "SBIN-EQ", "Token": 3045}
        return self._broker.place_order(share, 1, "BUY", "MIS", "DAY", "REGULAR", "0123456789abcdef", price=812.35)

    def book(self) -> int:
        return len(self._broker.fetch_orderbook())

    def sync(self) -> int:
        """Shares, indices, futures and options: all that the file has. Each downloads it anew."""
        self._broker.load_equity_tokens()
        self._broker.load_index_tokens()
        self._broker.load_fno_tokens()
        return len(self._broker.alltoken_json)
