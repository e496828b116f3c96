"""The scripted wire and the instrument table behave as the core's own do."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.errors import InstrumentNotFound, UnreadableAnswer
from openalgo_core.store.instruments import InstrumentStore
from openalgo_core.testing import TRADING_DAY, ScriptedReply, StandingClock, Table, World

from .toy_plugin import row_of


def test_a_reply_reads_as_one_of_the_transport() -> None:
    reply = ScriptedReply.of({"status": 418, "headers": {"X-A": "1"}, "text": '{"a": 0.1}'})
    assert (reply.status, reply.headers["x-a"], reply.json()) == (418, "1", {"a": Decimal("0.1")})
    assert ScriptedReply.of({"bytes": b"\xff"}).body == b"\xff"
    with pytest.raises(UnreadableAnswer):
        ScriptedReply.of({"text": ""}).json()


def test_a_file_comes_in_pieces_however_large_they_may_be() -> None:
    reply = ScriptedReply.of({"text": "x" * 2500})
    assert [len(piece) for piece in reply.pieces()] == [1000, 1000, 500]


def test_an_unexpected_request_is_kept_even_if_its_error_is_swallowed(world: Callable[..., World]) -> None:
    use = world()
    with pytest.raises(AssertionError, match="unexpected request: GET"):
        use.call("funds")
    assert len(use.http.requests) == 1


def test_worlds_do_not_share_what_a_test_takes_away(world: Callable[..., World]) -> None:
    del world().account.require_session().tokens["access"]  # type: ignore[attr-defined]
    assert "access" in world().account.require_session().tokens


def test_every_secret_of_an_account_is_known(world: Callable[..., World]) -> None:
    assert world().secrets() == {"T0KEN", "K3Y"}
    assert world(session=False, api_key=None).secrets() == frozenset()


def test_a_world_changes_what_it_is_told_to(world: Callable[..., World]) -> None:
    at = StandingClock().now() + timedelta(hours=3)
    account = world(session={"a": "b"}, moment=at, client_id="U2").account
    assert account.require_session().data == {"a": "b"}
    assert (account.clock.now(), account.settings.client_id, account.broker) == (at, "U2", "toy")


def test_claims_to_one_symbol_are_settled_by_rank() -> None:
    rows = [row_of("1,A", 2, "A-X"), row_of("2,A", 1), row_of("3,A-X", 9), row_of("4,A", 3)]
    table = Table(rows)
    assert {symbol: one.token for (_, symbol), one in table.by_name.items()} == {"A": "2", "A-X": "3"}
    assert [row.token for row in table.left_out] == ["4", "1"]
    with pytest.raises(InstrumentNotFound):
        table.get("NSE", "B")


names = st.sampled_from("ABCD")
claims = st.lists(st.tuples(names, st.integers(0, 2), names | st.none()), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(claims)
def test_the_table_is_the_one_that_the_core_would_keep(claimed: list[tuple[str, int, str | None]]) -> None:
    rows = [
        row_of(f"{token},{symbol}", rank, other)._replace(broker_symbol=f"{symbol}{token}")
        for token, (symbol, rank, other) in enumerate(claimed)
    ]
    table = Table(rows)
    with tempfile.TemporaryDirectory() as folder:
        store = InstrumentStore(Path(folder) / "instruments.sqlite")
        stored = store.replace(rows, stamp=None, source_time=None, now=TRADING_DAY)
        kept = {name: store.find("NSE", name) for name in "ABCD"}
        store.close()
    assert {name: table.find("NSE", name) for name in "ABCD"} == kept
    assert len(table.left_out) == stored.skipped.get("duplicate", 0)
