"""The smallest broker that sends, reads, downloads and refuses: what the harness is tried on."""

from __future__ import annotations

from typing import Any

from openalgo_core.capabilities import Capability, Support
from openalgo_core.errors import OrderRejected
from openalgo_core.hookspecs import hookimpl
from openalgo_core.models import (
    API_VERSION,
    Account,
    BrokerInfo,
    Exchange,
    Instrument,
    Known,
    Master,
    MasterRow,
    OrderRequest,
    Placed,
)

__all__ = ["describe", "funds", "instruments", "place_order"]

URL = "https://api.toy.example"


@hookimpl
def describe() -> BrokerInfo:
    return BrokerInfo("toy", "Toy", API_VERSION, frozenset({Exchange.NSE}), {Capability.CNC: Support.FULL}, ())


@hookimpl
def place_order(account: Account, order: OrderRequest, instrument: Instrument, tag: str) -> Placed:
    token = account.require_session().tokens["access"].reveal()
    headers = {"Authorization": token, "Accept": "application/json"}
    body = {"token": instrument.token, "side": order.action.value, "qty": order.quantity, "price": order.price}
    reply = account.http.request(
        "POST", f"{URL}/orders", headers=headers, json=body | {"tag": tag}, limit="orders", write=True
    )
    answer = reply.json()
    if reply.status == 400:
        text = f"Toy says: {answer['why']}"
        raise OrderRejected(text, hint="Ask for less.", broker="toy", code=answer["code"])
    return Placed(answer["id"])


@hookimpl
def funds(account: Account) -> Any:
    """No `Funds`: what goes out is a form, what comes back is taken as it is, a kind word to each of two questions."""
    first = account.http.request("GET", f"{URL}/cash", params={"of": "me"}).json()
    return {"cash": first, "blocked": account.http.request("POST", f"{URL}/blocked", data={"of": "me"}).text}


@hookimpl
def instruments(account: Account, known: Known | None) -> Master:
    """Forgets to close the download where the file says so."""
    opened = account.http.download(f"{URL}/master")
    lines = b"".join(opened.__enter__().pieces()).decode().splitlines()
    if "forget" not in lines:
        opened.__exit__(None, None, None)
    return Master([row_of(line) for line in lines if line != "forget"])


def row_of(line: str, rank: int = 0, other: str | None = None) -> MasterRow:
    token, symbol = line.split(",")
    return MasterRow(symbol, "NSE", symbol, "EQ", None, None, 1, "0.05", None, "1", symbol, "NSE", token, rank, other)
