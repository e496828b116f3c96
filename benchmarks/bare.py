"""What a careful trader's script does by hand: the baseline of our calls and, in their processes, of the peers'."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import requests

__all__ = ["BODY", "QUOTE", "counts", "placing", "reading_book"]

_ORDERS = "/rest/secure/angelbroking/order/v1"
#: One LIMIT order as Angel One's page has it.
BODY = {
    "variety": "NORMAL", "tradingsymbol": "SBIN-EQ", "symboltoken": "3045", "transactiontype": "BUY",
    "exchange": "NSE", "ordertype": "LIMIT", "producttype": "INTRADAY", "duration": "DAY", "price": "812.35",
    "squareoff": "0", "stoploss": "0", "quantity": "1", "ordertag": "0123456789abcdef",
}  # fmt: skip

#: A whole script: one quote. To be completed with where to ask.
QUOTE = """
import requests
body = {"mode": "FULL", "exchangeTokens": {"NSE": ["3045"]}}
print(requests.Session().post("%s/rest/secure/angelbroking/market/v1/quote/", json=body, timeout=7).json()
      ["data"]["fetched"][0]["ltp"])
"""


def placing(url: str, session: requests.Session) -> Callable[[], None]:
    """Places an order at each call."""

    def place() -> None:
        answer = session.post(f"{url}{_ORDERS}/placeOrder", json=BODY, timeout=7).json()
        assert answer["data"]["orderid"]

    return place


def reading_book(url: str, session: requests.Session) -> Callable[[], None]:
    """Fetches and decodes the order book at each call."""

    def read() -> None:
        assert json.loads(session.get(f"{url}{_ORDERS}/getOrderBook", timeout=7).content)["data"]

    return read


def counts(url: str) -> Mapping[str, int]:
    """Requests and connections that the stub has seen since the last look."""
    with requests.Session() as session:
        session.trust_env = False
        counted: dict[str, int] = session.get(f"{url}/counts", timeout=10).json()
    return counted
