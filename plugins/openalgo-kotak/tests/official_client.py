"""Kotak's own Python client, unmodified but for its URLs, and what it and the plugin send.

The client takes every URL but three from the answer to its login. Those three are constants that one of its modules has
imported: they are set there.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import socket
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openalgo_core.simulation import Simulation

from .simulator_fixtures import ACCOUNT, MPIN, TOKEN, UCC, totp

__all__ = ["MOBILE", "Sent", "Tape", "change", "loaded", "log_in", "order", "pointed"]

if importlib.util.find_spec("neo_api_client") is None:
    # A failure, not a skip: without this module nothing proves what goes on Kotak's wire.
    pytest.fail(
        "The official client is not installed: pip install 'openalgo-kotak[testing]', or kotakneoapi.", pytrace=False
    )

MOBILE = f"+91{ACCOUNT.mobile}"


@contextmanager
def loaded(folder: Path) -> Iterator[ModuleType]:
    """The client's package, kept in a folder: it writes a log file and two caches where the environment says, and asks
    for that when it is imported. No URL that was forgotten may reach the broker."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def loopback_only(self: socket.socket, address: Any) -> None:
        if not str(address[0]).startswith("127."):
            raise ConnectionRefusedError(f"{address} is not on this machine")
        connect(self, address)

    def local_names_only(host: Any, *rest: Any, **more: Any) -> Any:
        if not str(host).startswith("127."):
            raise socket.gaierror(f"{host} is not on this machine")
        return resolve(host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", loopback_only)
        patch.setattr(socket, "getaddrinfo", local_names_only)
        patch.setenv("NO_PROXY", "*")
        patch.setenv("NEO_LOG_FILE_ENABLED", "false")
        patch.setenv("NEO_LOG_LEVEL", "NOLOG")
        patch.setenv("NEO_SCRIP_CACHE_DIR", str(folder / "scrips"))
        patch.setenv("NEO_HOLDINGS_CACHE_DIR", str(folder / "holdings"))
        patch.chdir(folder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the package does is its own affair
            yield importlib.import_module("neo_api_client")
    logging.getLogger("neo_api_client").handlers.clear()


@contextmanager
def pointed(sdk: ModuleType, simulation: Simulation, token: str = TOKEN) -> Iterator[Any]:
    """A client that is not logged in yet, sent to the simulator with all the paths that it has."""
    utility = importlib.import_module("neo_api_client.utils.neo_utility")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utility, "SESSION_PROD_BASE_URL", simulation.url)
        patch.setattr(utility, "PROD_BASE_URL", simulation.url)
        patch.setattr(utility, "CONFIG_SERVICE_URL_PROD", f"{simulation.url}/5config/config")
        made = sdk.NeoAPI(consumer_key=token)
        yield made
        made.api_client.rest_client.close()


def log_in(client: Any, simulation: Simulation) -> Any:
    """Both steps."""
    view = client.totp_login(mobile_number=MOBILE, ucc=UCC, totp=totp(simulation))
    assert view["data"]["kType"] == "View"
    return client.totp_validate(mpin=MPIN)


def order(**changes: str | None) -> dict[str, str | None]:
    """A limit order that rests: far below the market."""
    return {
        "exchange_segment": "nse_cm",
        "product": "CNC",
        "price": "800",
        "order_type": "L",
        "quantity": "5",
        "validity": "DAY",
        "trading_symbol": "SBIN-EQ",
        "transaction_type": "B",
    } | changes


def change(order_id: str, **changes: str) -> dict[str, str]:
    return {"order_id": order_id, "price": "811", "order_type": "L", "quantity": "2", "validity": "DAY"} | changes


class Sent(NamedTuple):
    """A request by its meaning: fields by name, numbers by value, blanks and bars however they were written."""

    method: str
    path: str
    query: Mapping[str, str]
    credentials: Mapping[str, str]
    fields: Mapping[str, Any]


class Tape:
    """Notes what reaches the simulator."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    def around(self, app: ASGIApp) -> ASGIApp:
        async def noting(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            body, message = b"", await receive()
            body += message["body"]
            while message.get("more_body"):
                message = await receive()
                body += message["body"]
            self.sent.append(_meaning(scope, body))
            await app(scope, _again({"type": "http.request", "body": body}), send)

        return noting

    def of(self, act: Callable[[], object]) -> list[Sent]:
        """What somebody sends while doing that."""
        before = len(self.sent)
        act()
        return self.sent[before:]


def _again(message: Message) -> Receive:
    async def receive() -> Message:
        return message

    return receive


def _meaning(scope: Scope, body: bytes) -> Sent:
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    values: Any = {}
    if body:
        values = json.loads(dict(parse_qsl(body.decode()))["jData"] if body.startswith(b"jData") else body)
    path = unquote(scope["path"])
    return Sent(
        scope["method"],
        path,
        dict(parse_qsl(scope["query_string"].decode())),
        {name: headers[name] for name in ("authorization", "sid", "auth") if name in headers},
        {name: _value(value) for name, value in values.items() if value is not None},
    )


def _value(word: str) -> Any:
    try:
        return Decimal(word)
    except ArithmeticError:
        return word
