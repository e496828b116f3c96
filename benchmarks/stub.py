"""Angel One's wire from canned answers, every broker's order book and instrument files: as little work as a server
can do.

Run as a process of its own (`python -m benchmarks.stub --rows 180000`); it prints its port and serves until its
standard input is closed. `GET /counts` tells what came in since the last `GET /counts`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import click

from . import books, universe

__all__: list[str] = []

_NO = b'{"status":false,"message":"no such path","errorcode":"AB1018"}'
_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


def _yes(data: Any) -> bytes:
    return json.dumps({"status": True, "message": "SUCCESS", "errorcode": "", "data": data}).encode()


def _quote(token: str) -> dict[str, Any]:
    level = {"price": 812.3, "quantity": 10, "orders": 1}
    return {
        "exchange": "NSE", "tradingSymbol": "SBIN-EQ", "symbolToken": token, "ltp": 812.35, "open": 810.0,
        "high": 815.0, "low": 808.0, "close": 809.5, "lastTradeQty": 5, "exchFeedTime": "20-Nov-2026 10:15:02",
        "exchTradeTime": "20-Nov-2026 10:15:02", "netChange": 2.85, "percentChange": 0.35, "avgPrice": 811.2,
        "tradeVolume": 1234567, "opnInterest": 0, "lowerCircuit": 728.55, "upperCircuit": 890.45, "totBuyQuan": 1000,
        "totSellQuan": 1000, "52WeekLow": 600.0, "52WeekHigh": 912.0,
        "depth": {"buy": [level] * 5, "sell": [level] * 5},
    }  # fmt: skip


class _Wire:
    """What every path answers, rendered once where it does not depend on the request."""

    def __init__(self, rows: int, orders: int) -> None:
        self.requests = 0
        self.connections = 0
        self._orders = 0
        self._rows = rows
        self._masters: dict[str, bytes] = {}
        tokens = {"jwtToken": "JWT", "refreshToken": "REFRESH", "feedToken": "FEED"}
        self._fixed = {
            "loginByPassword": _rendered(_yes(tokens)),
            "getProfile": _rendered(_yes({"clientcode": "A123456"})),
            "profile": _rendered(b'{"status":"success","data":{"user_id":"A123456"}}'),  # INDmoney's
        }
        self._books = {asked: _rendered(answer) for asked, answer in books.answers(orders, rows).items()}
        self._made: dict[str, Callable[[bytes], bytes]] = {
            "placeOrder": self._placed,
            "placeorder": self._placed,  # where the client of OpenAlgo asks its server
            "quote": self._quotes,
            "counts": self._counts,
        }

    def answer(self, path: str, body: bytes) -> bytes:
        word = path.partition("?")[0].rstrip("/").rpartition("/")[2]
        if word in self._made:
            return _rendered(self._made[word](body))
        self.requests += 1
        return self._fixed.get(word) or self._book(path, body) or self._master(path) or _rendered(_NO)

    def _book(self, path: str, body: bytes) -> bytes | None:
        """An order book, or the part of it that the body names."""
        place = path.partition("?")[0]
        parts = [asked for asked in self._books if asked.path == place]
        exchange = json.loads(body)["exchange_code"] if len(parts) > 1 else ""
        return self._books[books.Asked(place, exchange)] if parts else None

    def _master(self, path: str) -> bytes | None:
        """An instrument file, made when it is first asked for."""
        name = path.rpartition("/")[2].rpartition("source=")[2]
        if name not in self._masters:
            self._masters |= {name: _rendered(file) for name, file in _files(name, self._rows).items()}
        return self._masters.get(name)

    def _placed(self, _: bytes) -> bytes:
        """A new id each time: one that another order has would be noticed."""
        self.requests += 1
        self._orders += 1
        unique = f"5d0c8a52-6f0b-4b0e-9a6a-{self._orders:012}"
        return _yes({"script": "SBIN-EQ", "orderid": f"{261120000000000 + self._orders}", "uniqueorderid": unique})

    def _quotes(self, body: bytes) -> bytes:
        self.requests += 1
        asked = json.loads(body)["exchangeTokens"]
        return _yes({"fetched": [_quote(token) for tokens in asked.values() for token in tokens], "unfetched": []})

    def _counts(self, _: bytes) -> bytes:
        told = json.dumps({"requests": self.requests, "connections": self.connections - 1}).encode()
        self.requests = self.connections = 0
        return told


def _files(name: str, rows: int) -> Mapping[str, bytes]:
    """The file of that name, and what else is made along with it."""
    if name in _SINGLE:
        return {name: _SINGLE[name](rows)}
    if name in ("equity", "fno", "index"):
        return universe.indmoney(rows)
    return universe.kotak(rows) if name.endswith(".csv") else {}


_SINGLE: dict[str, Callable[[int], bytes]] = {
    "OpenAPIScripMaster.json": universe.angel,
    "allmaster.zip": universe.definedge,
    "SecurityMaster.zip": universe.icici,
}


def _rendered(body: bytes) -> bytes:
    return _HEAD.format(len(body)).encode() + body


class _Connection(asyncio.Protocol):
    """HTTP/1.1 as far as the clients here speak it: a head, a body of a known length, one request at a time."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._wire.connections += 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._received = b""
        self._transport.write(self._wire.answer(head.split(b" ", 2)[1].decode(), body))


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


@click.command()
@click.option("--rows", default=180_000, help="Instruments in the master.")
@click.option("--orders", default=5_000, help="Orders in the book.")
@click.option("--core", default=None, type=int, help="Stay on this processor.")
def main(rows: int, orders: int, core: int | None) -> None:
    """Serve until standard input is closed."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(_Wire(rows, orders)))


async def _serve(wire: _Wire) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(wire), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    main()
