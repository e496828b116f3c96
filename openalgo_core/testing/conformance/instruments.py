"""700: the instrument file. Every row of it resolves, both ways."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date
from decimal import Decimal

from ... import symbols
from ...capabilities import Capability
from ...errors import OpenAlgoError
from ...models import Exchange, InstrumentKind, MasterRow
from ...numbers import decimal_text
from .base import Group
from .cases import Variant, a_wire, case, each_exchange
from .stand import Stand, expect

__all__ = ["Instruments"]

_NEEDS = [Capability.INSTRUMENTS]
_PAGE = "docs/hooks.md#instruments"
#: So many broken rows are shown.
_SHOWN = 5


class Instruments(Group):
    @case(
        given="the broker's instrument file",
        when="it is synced",
        then="every row is stored, but for those that are counted as skipped with a reason",
        page=_PAGE,
        needs=_NEEDS,
    )
    def test_700_no_row_is_lost(self, fresh: Stand) -> None:
        stored = fresh.broker.office.instruments().replace(
            fresh.rows, stamp=None, source_time=None, now=fresh.clock.now()
        )
        counted = sum(stored.skipped.values())
        found = f"{stored.rows} of {len(fresh.rows)} rows are stored, {counted} are counted as skipped"
        expect(stored.rows + counted == len(fresh.rows), found, "all, or the rest counted")
        reasons = fresh.master.skipped
        named = all(reason and count > 0 for reason, count in reasons.items())
        expect(named, f"skipped rows are counted so: {reasons}", "a reason and a number each")

    @case(
        given="every row of the instrument file",
        when="it is looked up by symbol, by token and by the broker's own symbol",
        then="each look-up finds that very instrument",
        page=_PAGE,
        needs=_NEEDS,
        each=lambda info: (Variant(way, way) for way in ("symbol", "token", "broker symbol")),
    )
    def test_703_every_row_resolves_both_ways(self, stand: Stand, variant: Variant) -> None:
        table = stand.broker.office.instruments()
        left_out = _nameless(stand)  # those are counted as skipped, and a case of their own

        def check(row: MasterRow) -> str | None:
            return None if row in left_out else _resolves(table, row, variant.value)

        _each(stand, check, "a look-up that finds the row's own instrument")

    @case(
        given="every row of the instrument file",
        when="its symbol is read by the grammar",
        then="base, expiry, strike and kind are those of the row, and the spelling is the only one",
        page=_PAGE,
        needs=_NEEDS,
    )
    def test_706_every_symbol_says_what_it_is(self, stand: Stand) -> None:
        _each(stand, _is_spelt_right, "the spelling that openalgo_core.symbols gives")

    @case(
        given="every row of the instrument file",
        when="its numbers and words are read",
        then="exchange and kind are of the vocabulary, lots are whole, ticks and strikes are plain decimals",
        page=_PAGE,
        needs=_NEEDS,
    )
    def test_709_every_row_is_well_formed(self, stand: Stand) -> None:
        _each(stand, _is_well_formed, "words of the vocabulary and plain numbers")

    @case(
        given="every row of the instrument file",
        when="two rows claim one name",
        then="the loser has another symbol, so that none is unreachable",
        page=_PAGE,
        needs=_NEEDS,
    )
    def test_712_collisions_are_settled(self, stand: Stand) -> None:
        stuck = _nameless(stand)
        expect(
            not stuck, f"{len(stuck)} rows lose their name and have no other: {stuck[:_SHOWN]}", "another symbol each"
        )
        tokens = Counter((row.broker_exchange, row.token) for row in stand.rows)
        shared = [key for key, count in tokens.items() if count > 1]
        expect(not shared, f"tokens are shared: {shared[:_SHOWN]}", "one instrument for each (exchange, token)")

    @case(
        given="each exchange that is declared",
        when="the instrument file is read",
        then="it has instruments of that exchange",
        page="docs/brokers.md",
        needs=_NEEDS,
        each=lambda info: [Variant(one.id, one.value) for one in each_exchange(info)],
    )
    def test_715_declared_exchanges_are_listed(self, stand: Stand, variant: Variant) -> None:
        count = sum(row.exchange == variant.value for row in stand.rows)
        unlisted = self.unlisted.get(variant.value)
        if unlisted is not None:
            expect(count == 0, f"there are {count} rows", f"none, as `unlisted` says: {unlisted}")
        else:
            expect(count > 0, "there are no rows", "some, or the reason in `unlisted`")

    @case(
        given="instruments that were synced a moment ago",
        when="they are synced again",
        then="the table is the same, and unchanged where the broker can say so",
        page=_PAGE,
        needs=_NEEDS,
    )
    def test_720_a_second_sync_changes_nothing(self, fresh: Stand) -> None:
        before = fresh.broker.office.instruments().stored()
        again = fresh.broker.sync_instruments()
        assert before is not None
        expect(again.rows == before.rows, f"{before.rows} rows became {again.rows}", "as many")
        if before.stamp is not None:
            expect(again.unchanged, "the file was read again", "unchanged: the plugin was given its own stamp")

    @case(
        given="an instrument file that comes broken",
        when="it is synced",
        then="that is an error, and the table of before stays in place",
        page=_PAGE,
        needs=[*_NEEDS, a_wire],
        each=lambda info: (
            Variant(word, word) for word in ("html", "half", "truncate", "empty", "reset", "status=503")
        ),
    )
    def test_723_a_broken_file_replaces_nothing(self, fresh: Stand, variant: Variant) -> None:
        sample = fresh.sample()
        before = fresh.broker.office.instruments().stored()
        fresh.fault(f"{variant.value}*40")
        # As after a long time: with what it knows of the old file a plugin would be told "unchanged".
        account = fresh.broker.office.keeper.account()
        error: OpenAlgoError | None = None
        try:
            master = fresh.broker.office.relay.call("instruments", account=account, known=None)
            fresh.broker.office.instruments().replace(
                master.rows, stamp=master.stamp, source_time=master.source_time, now=fresh.clock.now()
            )
        except OpenAlgoError as caught:
            error = caught
        fresh.waiting_faults()
        expect(error is not None, "the broken file was stored", "an error")
        kept = fresh.broker.office.instruments().stored()
        expect(kept == before, f"the table is {kept}", f"{before}")
        expect(fresh.broker.instrument(str(sample)) == sample, "a look-up finds something else", f"{sample}")

    @case(
        given="eight threads",
        when="all sync at once while others look up",
        then="every look-up finds its instrument, and the table is whole",
        page=_PAGE,
        needs=_NEEDS,
    )
    def test_730_syncing_disturbs_nobody(self, hurried: Stand) -> None:
        sample, rows = hurried.sample(), hurried.broker.sync_instruments().rows
        failures: list[str] = []

        def sync() -> None:
            try:
                found = hurried.broker.sync_instruments().rows
                if found != rows:
                    failures.append(f"{found} rows")
            except (OpenAlgoError, AssertionError) as error:
                failures.append(str(error))

        def look() -> None:
            failures.extend("not found" for _ in range(20) if hurried.broker.instrument(str(sample)) != sample)

        threads = [threading.Thread(target=act) for act in (sync, look, look, sync, look, look, sync, look)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expect(not failures, f"failures: {failures[:_SHOWN]}", "none")

    @case(
        given="the words that a trader would type",
        when="instruments are searched for",
        then="the instrument is found by its full name and by its base",
        page="docs/cli.md",
        needs=_NEEDS,
        each=lambda info: [Variant(one.id, one.value, exchange=one.exchange) for one in each_exchange(info)],
    )
    def test_740_instruments_are_found_by_words(self, stand: Stand, variant: Variant) -> None:
        row = next(row for row in stand.rows if row.exchange == variant.value)
        for text in (row.symbol, f"{row.exchange}:{row.symbol}"):
            found = [(one.exchange, one.symbol) for one in stand.broker.search_instruments(text)]
            expect((row.exchange, row.symbol) in found, f"{text!r} finds {found[:_SHOWN]}", f"{row.symbol} among them")


def _each(stand: Stand, check: object, expected: str) -> None:
    """Apply a check that answers with what is wrong to every row, and show the first rows that fail it."""
    assert callable(check)
    broken = [f"{row.exchange}:{row.symbol}: {wrong}" for row in stand.rows if (wrong := check(row))]
    expect(not broken, f"{len(broken)} of {len(stand.rows)} rows: {'; '.join(broken[:_SHOWN])}", expected)


def _resolves(table: object, row: MasterRow, way: str) -> str | None:
    from ...store.instruments import InstrumentStore

    assert isinstance(table, InstrumentStore)
    if way == "token":
        found = table.by_token(row.broker_exchange, row.token)
    elif way == "broker symbol":
        found = table.by_broker_symbol(row.broker_exchange, row.broker_symbol)
    else:
        named = [table.find(row.exchange, symbol) for symbol in (row.symbol, row.other_symbol) if symbol]
        found = next((one for one in named if one is not None and one.token == row.token), None)
    if found is None:
        return f"{way} finds nothing"
    wanted = (row.exchange, row.broker_exchange, row.token, row.broker_symbol, row.lot_size)
    shown = (found.exchange, found.broker_exchange, found.token, found.broker_symbol, found.lot_size)
    return None if shown == wanted else f"{way} finds {shown}"


def _is_spelt_right(row: MasterRow) -> str | None:
    try:
        symbol = symbols.parse(row.symbol, Exchange(row.exchange))
        spelt = symbols.format(symbol)
    except OpenAlgoError as error:
        return error.message
    if spelt != row.symbol:
        return f"is spelt {spelt}"
    if row.kind in (InstrumentKind.EQ, InstrumentKind.INDEX):
        return None
    said = _facts(symbol)
    return (
        None
        if said == (row.kind, row.expiry, row.strike)
        else f"says {said}, the row {row.kind, row.expiry, row.strike}"
    )


def _facts(symbol: symbols.Symbol) -> tuple[str, str | None, str | None]:
    expiry = symbol.expiry.isoformat() if symbol.expiry else None
    return symbol.kind.value, expiry, None if symbol.strike is None else decimal_text(symbol.strike)


def _is_well_formed(row: MasterRow) -> str | None:
    try:
        exchange, kind = Exchange(row.exchange), InstrumentKind(row.kind)
        if row.expiry is not None:
            date.fromisoformat(row.expiry)
        numbers = [text for text in (row.strike, row.tick_size, row.multiplier) if text is not None]
        plain = all(decimal_text(Decimal(text)) == text and Decimal(text) > 0 for text in numbers)
    except (ValueError, ArithmeticError) as error:
        return str(error)
    freeze = row.freeze_quantity
    right = {
        "lot size": type(row.lot_size) is int and row.lot_size > 0,
        "freeze quantity": freeze is None or freeze >= row.lot_size,
        "numbers": plain,
        "index": exchange.is_index == (kind is InstrumentKind.INDEX),
        "strike": kind.is_option == (row.strike is not None),
        "expiry": (row.expiry is not None) == (kind.is_option or kind is InstrumentKind.FUT),
        "token": bool(row.token and row.broker_symbol and row.broker_exchange),
    }
    wrong = [name for name, holds in right.items() if not holds]
    return f"{', '.join(wrong)} of {tuple(row)}" if wrong else None


def _nameless(stand: Stand) -> list[MasterRow]:
    """Rows that lose their name to another one and bring no second."""
    best: dict[tuple[str, str], MasterRow] = {}
    for row in sorted(stand.rows, key=lambda row: row.rank):
        best.setdefault((row.exchange, row.symbol), row)
    return [row for row in stand.rows if row is not best[row.exchange, row.symbol] and row.other_symbol is None]
