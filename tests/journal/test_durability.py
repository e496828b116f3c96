"""What was written stays written, and what cannot be written is not sent."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from chaos.writing import KEY, send_until_refused, send_where_nothing_can_be_written, write_on_and_on
from chaos.zygote import Kill, Zygote
from clocks import FakeClock
from desks import Bench
from makers import draft

from openalgo_core.clock import SystemClock
from openalgo_core.journal import Journal
from openalgo_core.models import IntentState


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote() as running:
        yield running


def states(directory: Path) -> dict[str, IntentState]:
    with closing(Journal(directory, SystemClock())) as journal:
        return {intent.draft.client_order_id: intent.state for intent in journal.entries()}


def is_sound(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as database:
        return bool(database.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def test_whatever_was_confirmed_outlives_a_kill(zygote: Zygote, tmp_path: Path) -> None:
    chance, said, kills = Random(4), tmp_path / "said", 0
    confirmed: list[list[str]] = []
    while kills < 40 or len(confirmed) <= 100:  # on a busy machine a victim may die before it has written anything
        assert zygote.run(write_on_and_on, tmp_path, said, kill=Kill("begun", chance.uniform(0.001, 0.02))).killed
        confirmed = [line.split() for line in said.read_text().splitlines()] if said.exists() else []
        kills += 1
    found = states(tmp_path)
    assert [name for what, name in confirmed if name not in found] == []
    lost = [n for what, n in confirmed if what == "settled" and found[n] is not IntentState.ACKNOWLEDGED]
    assert lost == []
    assert is_sound(tmp_path / "journal.sqlite")


def test_power_flushes_before_an_order_leaves_and_when_its_outcome_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    connect = sqlite3.connect

    def watched(*args: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*args, **options)
        connection.set_trace_callback(statements.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", watched)
    with closing(Journal(tmp_path, SystemClock(), durability="power")) as journal:
        for client_order_id in ("t1", "mine"):  # of our own making, and of the caller's
            intent, _ = journal.begin(KEY, draft(client_order_id, tag="t1"))
            journal.mark_sent(intent)
            journal.settle(intent, IntentState.ACKNOWLEDGED, order_id=client_order_id)
    levels, level = [], ""
    for statement in statements:
        if statement.startswith("PRAGMA synchronous"):
            level = statement.rpartition(" ")[2]
        if statement.lstrip().startswith(("INSERT INTO intents", "UPDATE intents", "COMMIT")):
            levels.append((statement.split()[0], level))
    orders = levels[levels.index(("INSERT", "NORMAL")) :]
    order = [("INSERT", "NORMAL"), ("COMMIT", "NORMAL"), ("UPDATE", "FULL"), ("UPDATE", "FULL")]
    assert orders == order * 2


def test_a_log_that_was_cut_at_any_byte_holds_everything_before_the_cut(tmp_path: Path) -> None:
    """As it is after a write of which only a part reached the file."""
    with closing(Journal(tmp_path, SystemClock())) as journal:
        names = [f"o{number}" for number in range(6)]
        sizes = []
        log = tmp_path / "journal.sqlite-wal"
        for name in names:
            journal.begin(KEY, draft(name, tag=name))
            sizes.append(log.stat().st_size)
        for cut in range(0, sizes[-1] + 1, 211):
            copy = tmp_path / "copy"
            copy.mkdir()
            shutil.copy(tmp_path / "journal.sqlite", copy)
            (copy / log.name).write_bytes(log.read_bytes()[:cut])
            whole = [name for name, size in zip(names, sizes, strict=True) if size <= cut]
            if whole:  # before the first commit there is no table
                assert list(states(copy)) == whole
            shutil.rmtree(copy)


def test_on_a_full_disk_nothing_is_sent_without_a_record(zygote: Zygote, tmp_path: Path) -> None:
    sent, known = zygote.run(send_until_refused, tmp_path, 600_000).result
    assert sent > 5
    assert known == sent
    assert is_sound(tmp_path / "journal.sqlite")


@pytest.mark.parametrize("existing", [False, True], ids=["new", "begun"])
def test_in_a_read_only_directory_nothing_is_sent(zygote: Zygote, existing: bool) -> None:
    # Not tmp_path: whoever the victim becomes must be able to get there.
    home = Path(tempfile.mkdtemp(prefix="read-only-"))
    try:
        if existing:
            with closing(Journal(home, SystemClock())) as journal:
                journal.begin(KEY, draft("earlier"))
        home.chmod(0o555)
        told, sent = zygote.run(send_where_nothing_can_be_written, home).result
        assert sent == 0
        assert "cannot be" in told
    finally:
        home.chmod(0o755)
        shutil.rmtree(home)


# -- clocks that jump ------------------------------------------------------------------------------------------------


class JumpingClock(FakeClock):
    """Its wall clock can be set; what it ticks by goes on as ever."""

    def jump(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", [6 * 3600, 30 * 3600, -3600, -30 * 3600, -400 * 24 * 3600])
def test_a_clock_that_jumps_neither_loses_an_order_nor_calls_it_not_placed(tmp_path: Path, seconds: float) -> None:
    clock = JumpingClock()
    bench = Bench(tmp_path, clock)
    intent, _ = bench.journal.begin(KEY, draft())
    bench.journal.mark_sent(intent)
    bench.journal.settle(intent, IntentState.UNKNOWN, reason="time-out")
    clock.jump(seconds)
    (settled,) = bench.reconciler.settle_all(bench.reconciler.leftovers())
    assert settled.after is IntentState.UNKNOWN
    _, is_new = bench.journal.begin(KEY, draft("later", tag="later"))
    assert is_new
    assert [each.draft.client_order_id for each in bench.journal.entries()] == ["mine", "later"]
    assert not bench.journal.begin(KEY, draft("later", tag="again"))[1]
    bench.journal.close()


def test_a_day_that_passes_while_the_clock_is_right_still_proves_what_is_not_there(tmp_path: Path) -> None:
    clock = JumpingClock()
    bench = Bench(tmp_path, clock)
    intent, _ = bench.journal.begin(KEY, draft())
    bench.journal.mark_sent(intent)
    bench.journal.settle(intent, IntentState.UNKNOWN, reason="time-out")
    clock.advance(6 * 3600)
    clock.jump(20)  # within what a time server corrects
    (settled,) = bench.reconciler.settle_all(bench.reconciler.leftovers())
    assert settled.after is IntentState.NOT_PLACED
    bench.journal.close()
