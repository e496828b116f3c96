"""What the tests of this plugin stand on: its hooks behind a real pluggy manager, and a wire that is a script.

The fakes are small real classes, typed against the protocols of `openalgo_core.models`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pluggy
import pytest
from requests.structures import CaseInsensitiveDict

import openalgo_definedge
from openalgo_core.clock import IST
from openalgo_core.errors import InstrumentNotFound, UnreadableAnswer
from openalgo_core.hookspecs import BROKER_FAMILIES, PROJECT
from openalgo_core.models import (
    Account,
    Exchange,
    Instrument,
    InstrumentKind,
    MasterRow,
    Session,
    Settings,
)
from openalgo_core.numbers import decimal_text
from openalgo_core.secrets import Secret
from openalgo_definedge.instruments import unified

HERE = Path(__file__).parent
#: A Friday; the contracts of the sample fit this day.
NOW = datetime(2026, 8, 21, 10, 16, tzinfo=IST)


# --- The wire as a script ---


@dataclass
class ScriptedReply:
    """An HTTP answer as a golden case writes it: `body` as JSON, `text` as it is; in tests also `bytes`."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        try:
            return json.loads(self.body, parse_float=Decimal)
        except ValueError:
            raise UnreadableAnswer(f"{self.text[:40]!r} is not JSON", http_status=self.status) from None

    def pieces(self, size: int = 1 << 20) -> Iterator[bytes]:
        yield from (self.body[start : start + 1000] for start in range(0, len(self.body), 1000))

    @classmethod
    def of(cls, script: Mapping[str, Any]) -> ScriptedReply:
        text = script["text"] if "text" in script else json.dumps(script.get("body"))
        body = script.get("bytes", text.encode())
        return cls(script.get("status", 200), CaseInsensitiveDict(script.get("headers", {})), body)


@dataclass
class ScriptedHttp:
    """Answers one request after the other from a script and keeps what was asked."""

    replies: list[ScriptedReply]
    requests: list[dict[str, Any]] = field(default_factory=list)
    open_downloads: int = 0

    def request(self, method: str, url: str, **options: Any) -> ScriptedReply:
        assert self.replies, f"an unexpected request: {method} {url}"
        self.requests.append({"method": method, "url": url, **options})
        return self.replies.pop(0)

    def download(
        self, url: str, *, headers: Mapping[str, str] | None = None, limit: str | None = None
    ) -> ScriptedDownload:
        return ScriptedDownload(self, self.request("GET", url, headers=headers))


@dataclass
class ScriptedDownload:
    """A class and no generator, so that nothing but leaving it closes it: a forgotten one stays open."""

    http: ScriptedHttp
    reply: ScriptedReply

    def __enter__(self) -> ScriptedReply:
        self.http.open_downloads += 1
        return self.reply

    def __exit__(self, *error: object) -> None:
        self.http.open_downloads -= 1


class StoppedClock:
    """A clock that always shows the same moment."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing in a plugin sleeps")


class Table:
    """The instrument look-up over the rows of a master, duplicates settled as the core settles them."""

    def __init__(self, rows: Sequence[MasterRow]) -> None:
        self.by_name: dict[tuple[str, str], Instrument] = {}
        for row in sorted(rows, key=lambda row: row.rank):
            taken = (row.exchange, row.symbol) in self.by_name
            symbol = row.other_symbol if taken and row.other_symbol else row.symbol
            assert (row.exchange, symbol) not in self.by_name, f"two rows claim {row.exchange}:{symbol}"
            self.by_name[row.exchange, symbol] = _instrument(row, symbol)
        self.tokens = {(one.broker_exchange, one.token): one for one in self.by_name.values()}
        self.symbols = {(one.broker_exchange, one.broker_symbol): one for one in self.by_name.values()}

    def get(self, exchange: str, symbol: str) -> Instrument:
        found = self.find(exchange, symbol)
        if found is None:
            raise InstrumentNotFound(f"{exchange}:{symbol}")
        return found

    def find(self, exchange: str, symbol: str) -> Instrument | None:
        return self.by_name.get((exchange, symbol))

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        return self.tokens.get((broker_exchange, token))

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        return self.symbols.get((broker_exchange, broker_symbol))


def _instrument(row: MasterRow, symbol: str) -> Instrument:
    return Instrument(
        symbol=symbol,
        exchange=Exchange(row.exchange),
        name=row.name,
        kind=InstrumentKind(row.kind),
        expiry=date.fromisoformat(row.expiry) if row.expiry else None,
        strike=Decimal(row.strike) if row.strike else None,
        lot_size=row.lot_size,
        tick_size=Decimal(row.tick_size) if row.tick_size else None,
        freeze_quantity=row.freeze_quantity,
        multiplier=Decimal(row.multiplier),
        broker_symbol=row.broker_symbol,
        broker_exchange=row.broker_exchange,
        token=row.token,
    )


# --- The plugin in use ---


@dataclass
class World:
    """One account of the plugin over a scripted wire."""

    http: ScriptedHttp
    account: Account
    hooks: Any

    def call(self, hook: str, **arguments: Any) -> Any:
        return getattr(self.hooks, hook)(account=self.account, **arguments)


@pytest.fixture(scope="session")
def hooks() -> Any:
    """The hooks of the plugin as the core calls them."""
    manager = pluggy.PluginManager(PROJECT)
    for family in BROKER_FAMILIES:
        manager.add_hookspecs(family)
    manager.register(openalgo_definedge)
    manager.check_pending()
    return manager.hook


@pytest.fixture(scope="session")
def sample() -> list[list[str]]:
    """The rows of the sample master."""
    lines = (HERE / "data" / "allmaster.csv").read_text(encoding="utf-8").splitlines()
    return [line.split(",", 14) for line in lines]


@pytest.fixture(scope="session")
def table(sample: list[list[str]]) -> Table:
    return Table([row for row in map(unified, sample) if isinstance(row, MasterRow)])


@pytest.fixture
def world(hooks: Any, table: Table) -> Callable[..., World]:
    """Makes a `World` of scripted answers; `session` False is an account that is not logged in."""

    def make(*answers: Mapping[str, Any], session: bool = True, moment: datetime = NOW, **settings: Any) -> World:
        http = ScriptedHttp([ScriptedReply.of(answer) for answer in answers])
        known: dict[str, Any] = {
            "api_key": Secret(" TOKEN-xyz "),
            "api_secret": Secret(" SECRET-abc "),
        }
        tokens = {"api_session_key": Secret("sess-key-1"), "susertoken": Secret("ws-key-1")}
        account = Account(
            broker="definedge",
            profile="default",
            settings=Settings(**{**known, **settings}),
            http=http,
            instruments=table,
            clock=StoppedClock(moment),
            session=Session("1234567", tokens, datetime(2026, 8, 22, 3, tzinfo=IST)) if session else None,
        )
        return World(http, account, hooks)

    return make


@pytest.fixture(scope="session")
def plain() -> Callable[[Any], Any]:
    """Turns a result into what a golden case writes: decimals as text, secrets revealed, nothing for `None`."""
    return _plain


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        shown = {one.name: getattr(value, one.name) for one in fields(value)}
        return {name: _plain(part) for name, part in shown.items() if part is not None}
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return decimal_text(value) if isinstance(value, Decimal) else value
