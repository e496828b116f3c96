"""The types of the author's API: a strict checker accepts a plugin that is right, and rejects one that is not.

Against the installed distribution, so that `py.typed` counts, too.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from openalgo_core.scaffold import write_plugin

RIGHT = """
from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from openalgo_core import connect, hookimpl
from openalgo_core.capabilities import Capability, Support
from openalgo_core.errors import OrderRejected
from openalgo_core.models import Account, BrokerInfo, Exchange, Funds, Instrument, Order, OrderRequest, Placed, Session
from openalgo_core.secrets import Secret
from openalgo_core.testing import BrokerConformance


@hookimpl
def describe() -> BrokerInfo:
    return BrokerInfo(
        name="acme", title="Acme", api=1, exchanges=frozenset({Exchange.NSE}), hosts=("api.acme.example",),
        capabilities={Capability.FUNDS: Support.FULL},
    )


@hookimpl
def authenticate(account: Account, fields: Mapping[str, Secret]) -> Session:
    return Session(fields["client_id"].reveal(), {"token": Secret("t")}, account.clock.now())


@hookimpl
def funds(account: Account) -> Funds:
    answer = account.http.request("GET", "https://api.acme.example/funds", limit="reads")
    return Funds(Decimal(answer.json()["cash"]), None, None, None, None)


@hookimpl
def place_order(account: Account, order: OrderRequest, instrument: Instrument, tag: str) -> Placed:
    if order.price is not None and order.price > 1000:
        raise OrderRejected("too dear", broker="acme", code="DEAR")
    return Placed("1", {"tag": tag, "token": instrument.token})


@hookimpl
def order_book(account: Account) -> Sequence[Order]:
    return []


class TestAcme(BrokerConformance):
    broker = "acme"
    exempt = {306: "IOC orders rest for a second"}


with connect("paper") as broker:
    result = broker.place_order("NSE:SBIN", "BUY", 10, product="MIS", price=812.35)
    identity: str | None = result.order_id
"""
#: Each line is wrong in one way, and nothing else is.
WRONG = """
from openalgo_core import connect
from openalgo_core.capabilities import Capability, Support
from openalgo_core.models import Account, BrokerInfo, Exchange, Funds, Placed, RateLimit
from openalgo_core.secrets import Secret


def describe() -> BrokerInfo:
    return BrokerInfo("acme", "Acme", exchanges=frozenset({Exchange.NSE}), capabilities={}, hosts=())  # call-arg


def funds(account: Account) -> Funds:
    account.session = None  # misc
    account.http.request("GET", url="https://a.example", retry=3)  # call-arg
    text: str = account.settings.api_key  # assignment
    return Funds(12.5, None, None, None, None)  # arg-type


limit = RateLimit("10", 1)  # arg-type
placed = Placed(7)  # arg-type
degree: dict[Capability, Support] = {Capability.FUNDS: "full"}  # dict-item
shown: str = Secret("s")  # assignment
with connect("paper") as broker:
    broker.place_order("NSE:SBIN", "BUY", 10, prize=812.35)  # call-arg
"""


Mypy = Callable[[Path, str], str]


@pytest.fixture(scope="module")
def mypy(tmp_path_factory: pytest.TempPathFactory) -> Mypy:
    """What mypy says of a target in a folder. What it knows of our distribution it reads once for all tests."""
    cache = tmp_path_factory.mktemp("cache")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(cache)]

    def run(where: Path, target: str) -> str:
        return subprocess.run([*command, target], cwd=where, capture_output=True, text=True, check=False).stdout

    return run


def test_a_plugin_that_is_right_is_accepted(mypy: Mypy, tmp_path: Path) -> None:
    (tmp_path / "right.py").write_text(RIGHT, encoding="utf-8")
    assert mypy(tmp_path, "right.py") == ""


def test_every_mistake_is_found_where_it_is(mypy: Mypy, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    found = set(re.findall(r"wrong\.py:(\d+): error: .*\[([a-z-]+)\]", mypy(tmp_path, "wrong.py")))
    lines = enumerate(WRONG.splitlines(), 1)
    assert found == {(str(number), line.partition("# ")[2]) for number, line in lines if "  # " in line}


@pytest.mark.parametrize("kind", ["broker", "guard"])
def test_a_new_plugin_is_typed(mypy: Mypy, kind: str, tmp_path: Path) -> None:
    write_plugin("zen", kind, tmp_path / "new")
    assert mypy(tmp_path / "new", ".") == ""
