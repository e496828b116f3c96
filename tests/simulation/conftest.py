"""An application that books: it counts the orders it was asked to place, and answers in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from openalgo_core.simulation import FaultProxy, SimulatorServer

ANSWER = {"status": "success", "order": "260821000000001", "filler": "x" * 100}


@dataclass
class Shop:
    """`booked` has the body of every order that reached it, `peers` where each request came from."""

    booked: list[bytes] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message.get("more_body", False)
        self.peers.append(scope["client"][0])
        if scope["path"] == "/order":
            self.booked.append(body)
        await self._answer(scope["path"], send)

    async def _answer(self, path: str, send: Any) -> None:
        headers = [(b"content-type", b"application/json"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
        status = 204 if path == "/nothing" else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if path == "/chunks":  # no Content-Length: the server sends it in chunks
            for piece in (b'{"in": ', b'"pieces"}'):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body"})
        else:
            await send({"type": "http.response.body", "body": b"" if status == 204 else _order()})


def _order() -> bytes:
    return json.dumps(ANSWER).encode()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Shop, str]]:
    shop = Shop()
    with SimulatorServer(shop) as server:
        yield shop, server.url


@pytest.fixture
def shop(served: tuple[Shop, str]) -> Shop:
    served[0].booked.clear()
    served[0].peers.clear()
    return served[0]


@pytest.fixture
def proxy(served: tuple[Shop, str], shop: Shop) -> Iterator[FaultProxy]:
    with FaultProxy(served[1]) as running:
        yield running


@pytest.fixture
def client() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session
