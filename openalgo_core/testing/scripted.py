"""A plugin over a wire that is a script: what its hooks send is kept, what they are answered is written down before.

    broker = ScriptedBroker(openalgo_toy, settings=Settings(...), session=Session(...), instruments=Table(rows))
    world = broker.world({"body": {"status": "ok", "orders": []}})
    assert world.call("order_book") == []
    assert world.http.requests[0]["url"] == "https://api.toy.example/orders"

An answer is written as `{"status": 200, "headers": {...}, "body": <JSON>}`; instead of `body`, `text` is sent as it is,
and `bytes` too (in Python only). Status and headers may be left out. Nothing opens a socket and nothing waits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import ModuleType
from typing import Any

import pluggy
from requests.structures import CaseInsensitiveDict

from ..errors import InstrumentNotFound, OpenAlgoError
from ..hookspecs import BROKER_FAMILIES, PROJECT
from ..models import (
    Account,
    Exchange,
    Instrument,
    InstrumentKind,
    InstrumentLookup,
    MasterFields,
    MasterRow,
    Session,
    Settings,
)
from ..secrets import Secret
from ..transport.reply import HttpReply
from .clocks import TRADING_DAY

__all__ = [
    "ScriptedBroker",
    "ScriptedDownload",
    "ScriptedHttp",
    "ScriptedReply",
    "StoppedClock",
    "Table",
    "World",
    "hooks_of",
]

#: So small that no sample file comes in one piece.
_PIECE = 1000


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """One HTTP answer of the script; a `Reply` and a `Download` of `openalgo_core.models`."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self, shape: Any = None) -> Any:
        """As the transport reads it."""
        return HttpReply("the script", self.status, self.headers, self.body).json(shape)

    def pieces(self, size: int = 1 << 17) -> Iterator[bytes]:
        """The body in small pieces, whatever `size` is asked for: a reader must bear a row cut in two."""
        yield from (self.body[start : start + _PIECE] for start in range(0, len(self.body), _PIECE))

    @classmethod
    def of(cls, script: Mapping[str, Any]) -> ScriptedReply:
        """An answer as a test writes it, in the shape that this module's head shows."""
        text = script["text"] if "text" in script else json.dumps(script.get("body"))
        body = script.get("bytes", text.encode())
        return cls(script.get("status", 200), CaseInsensitiveDict(script.get("headers", {})), body)


@dataclass(slots=True)
class ScriptedHttp:
    """An account's `Http` that answers one request after the other and keeps what was asked.

    Each of `requests` holds `method`, `url` and the options of the call as they were given (`headers`, `params`,
    `json`, `data`, `limit`, `write`). One request more than there are answers raises `AssertionError`.
    """

    replies: list[ScriptedReply]
    requests: list[dict[str, Any]] = field(default_factory=list)
    open_downloads: int = 0

    def request(self, method: str, url: str, **options: Any) -> ScriptedReply:
        self.requests.append({"method": method, "url": url, **options})
        if not self.replies:
            raise AssertionError(f"an unexpected request: {method} {url}")
        return self.replies.pop(0)

    def download(
        self, url: str, *, headers: Mapping[str, str] | None = None, limit: str | None = None
    ) -> ScriptedDownload:
        return ScriptedDownload(self, self.request("GET", url, headers=headers))


@dataclass(frozen=True, slots=True)
class ScriptedDownload:
    """A class and no generator, so that nothing but leaving it closes it: a forgotten one stays open."""

    http: ScriptedHttp
    reply: ScriptedReply

    def __enter__(self) -> ScriptedReply:
        self.http.open_downloads += 1
        return self.reply

    def __exit__(self, *error: object) -> None:
        self.http.open_downloads -= 1


@dataclass(frozen=True, slots=True)
class StoppedClock:
    """Always shows the same moment; no hook of a plugin waits."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing in a plugin sleeps")


class Table:
    """The instrument look-up over the rows of a master, claims settled as the core settles them.

    `by_name` holds the instruments by (exchange, symbol); `left_out` the rows whose symbols were taken, which the
    core would leave out and count.
    """

    def __init__(self, rows: Iterable[MasterFields]) -> None:
        self.by_name: dict[tuple[str, str], Instrument] = {}
        self.left_out: list[MasterRow] = []
        ranked = sorted(map(MasterRow._make, rows), key=lambda row: row.rank)
        losers = self._list([(row, row.symbol) for row in ranked])
        self.left_out += [row for row in losers if row.other_symbol is None]
        self.left_out += self._list([(row, row.other_symbol) for row in losers if row.other_symbol is not None])
        self._by_token = {(one.broker_exchange, one.token): one for one in self.by_name.values()}
        self._by_symbol = {(one.broker_exchange, one.broker_symbol): one for one in self.by_name.values()}

    def _list(self, claims: Sequence[tuple[MasterRow, str]]) -> list[MasterRow]:
        """List the rows under the symbols that they claim; those that came too late."""
        late = []
        for row, symbol in claims:
            if (row.exchange, symbol) in self.by_name:
                late.append(row)
            else:
                self.by_name[row.exchange, symbol] = _instrument(row, symbol)
        return late

    def get(self, exchange: str, symbol: str) -> Instrument:
        found = self.find(exchange, symbol)
        if found is None:
            raise InstrumentNotFound(f"{exchange}:{symbol}")
        return found

    def find(self, exchange: str, symbol: str) -> Instrument | None:
        return self.by_name.get((exchange, symbol))

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        return self._by_token.get((broker_exchange, token))

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        return self._by_symbol.get((broker_exchange, broker_symbol))


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


@cache
def hooks_of(plugin: ModuleType) -> Any:
    """The hooks of a plugin as the core calls them: by name and with keyword arguments.

    Raises `pluggy.PluginValidationError` for a hook that is none of the contract.
    """
    manager = pluggy.PluginManager(PROJECT)
    for family in BROKER_FAMILIES:
        manager.add_hookspecs(family)
    manager.register(plugin)
    manager.check_pending()
    return manager.hook


@dataclass(slots=True)
class World:
    """One account of a plugin over a scripted wire. A test may replace its `account`."""

    http: ScriptedHttp
    account: Account
    hooks: Any

    def call(self, hook: str, **arguments: Any) -> Any:
        """What the hook answers. Raises what it raises."""
        return getattr(self.hooks, hook)(account=self.account, **arguments)

    def error_of(self, hook: str, **arguments: Any) -> OpenAlgoError:
        """The error that the hook raises. Raises `AssertionError` if it answers, or if the error shows a secret."""
        try:
            answer = self.call(hook, **arguments)
        except OpenAlgoError as error:
            shown = f"{error!r} {vars(error)!r}"
            assert not any(secret in shown for secret in self.secrets()), f"the {error.kind} of {hook} shows a secret"
            return error
        raise AssertionError(f"{hook} answered {answer!r} where an error was expected")

    def secrets(self) -> frozenset[str]:
        """Every secret of the account, in clear and without spaces around it, as it goes onto a wire.

        Not the `options` of its settings, which may be ordinary words.
        """
        settings = self.account.settings
        known = [getattr(settings, one.name) for one in fields(settings)]
        known += self.account.session.tokens.values() if self.account.session else []
        return frozenset(one.reveal().strip() for one in known if isinstance(one, Secret)) - {""}


@dataclass(frozen=True, slots=True)
class ScriptedBroker:
    """A plugin and what one user of it has; makes a `World` for each script of answers."""

    plugin: ModuleType
    settings: Settings = field(default_factory=Settings)
    session: Session | None = None
    instruments: InstrumentLookup = field(default_factory=lambda: Table(()))
    now: datetime = TRADING_DAY

    def world(
        self,
        *answers: Mapping[str, Any],
        session: bool | Mapping[str, str] = True,
        moment: datetime | None = None,
        **settings: Any,
    ) -> World:
        """The account at `moment`, with these settings changed and these answers to come.

        `session` False is an account that is not logged in; a mapping is the session's `data`.
        """
        http = ScriptedHttp([ScriptedReply.of(answer) for answer in answers])
        account = Account(
            broker=self.plugin.describe().name,
            profile="default",
            settings=replace(self.settings, **settings),
            http=http,
            instruments=self.instruments,
            clock=StoppedClock(moment or self.now),
            session=self._session(session),
        )
        return World(http, account, hooks_of(self.plugin))

    def _session(self, wanted: bool | Mapping[str, str]) -> Session | None:
        """A copy, because a test may take something away."""
        if self.session is None or wanted is False:
            return None
        data = self.session.data if wanted is True else wanted
        return replace(self.session, tokens=dict(self.session.tokens), data=dict(data))
