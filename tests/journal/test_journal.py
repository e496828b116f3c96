"""The journal on disk: many processes, crashes, disks that say no."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from clocks import FakeClock
from makers import draft
from workers import KEY, begin_and_wait, race

from openalgo_core.clock import SystemClock
from openalgo_core.errors import ConfigurationError
from openalgo_core.journal import Journal, JournalKey, Owner
from openalgo_core.journal.archive import Archive
from openalgo_core.models import IntentKind, IntentState

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def journal(tmp_path: Path, clock: FakeClock):  # type: ignore[no-untyped-def]
    made = Journal(tmp_path, clock)
    yield made
    made.close()


def test_an_intent_is_there_before_anything_is_sent_and_keeps_every_field(journal: Journal) -> None:
    wanted = draft(refs={"variety": "NORMAL"}, before="[]")
    intent, is_new = journal.begin(KEY, wanted)
    assert is_new
    assert intent.state is IntentState.INTENDED
    assert intent.sent_at is None
    assert journal.get(intent.id) == intent
    assert intent.draft == wanted


def test_nobody_sees_an_intent_that_is_not_yet_known_as_being_sent(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread would take it for one that a crash has left behind."""
    seen = []
    journal.begin(KEY, draft("first"))  # makes the file
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as other:

        class Watched(set[int]):
            def add(self, number: int) -> None:
                seen.extend(other.execute("SELECT id FROM intents WHERE id = ?", (number,)).fetchall())
                super().add(number)

        monkeypatch.setattr(Owner.of(tmp_path / "owners"), "sending", watched := Watched())
        for wanted in (draft("t1", tag="t1"), draft("mine")):
            journal.begin(KEY, wanted)
    assert len(watched) == 2
    assert seen == []


def test_an_outcome_settles_it_for_good(journal: Journal) -> None:
    intent, _ = journal.begin(KEY, draft())
    journal.settle(intent, IntentState.UNKNOWN, reason="time-out")
    assert journal.unsettled(KEY)[0].reason == "time-out"
    after = journal.settle(intent, IntentState.ACKNOWLEDGED, order_id="42", refs={})
    assert (after.state, after.order_id, after.reason) == (IntentState.ACKNOWLEDGED, "42", None)
    assert journal.settle(intent, IntentState.REJECTED).state is IntentState.ACKNOWLEDGED
    assert journal.unsettled(KEY) == []
    assert journal.client_ids(KEY) == {"42": "mine"}


def test_one_order_is_claimed_by_one_intent(journal: Journal) -> None:
    first, _ = journal.begin(KEY, draft("one"))
    second, _ = journal.begin(KEY, draft("two"))
    journal.settle(first, IntentState.ACKNOWLEDGED, order_id="42")
    with pytest.raises(sqlite3.IntegrityError):
        journal.settle(second, IntentState.ACKNOWLEDGED, order_id="42")
    assert journal.get(second.id).state is IntentState.INTENDED


def test_a_client_order_id_is_one_intent_until_it_was_not_placed(journal: Journal) -> None:
    first, _ = journal.begin(KEY, draft(tag="t1"))
    again, is_new = journal.begin(KEY, draft(tag="t2"))
    assert (again.id, is_new) == (first.id, False)
    journal.settle(first, IntentState.NOT_PLACED)
    retried, is_new = journal.begin(KEY, draft(tag="t3"))
    assert is_new
    assert (retried.attempt, retried.draft.tag) == (2, "t3")
    assert [intent.attempt for intent in journal.attempts(KEY, "mine")] == [1, 2]


def test_a_cancel_does_not_count_as_an_attempt_of_the_order(journal: Journal) -> None:
    journal.begin(KEY, draft())
    _, is_new = journal.begin(KEY, draft(kind=IntentKind.CANCEL, order_id="42"))
    assert is_new


def test_accounts_do_not_see_each_other(journal: Journal) -> None:
    other = JournalKey("toy", "default", "you", None)
    journal.begin(KEY, draft())
    _, is_new = journal.begin(other, draft())
    assert is_new
    assert len(journal.unsettled(KEY)) == len(journal.unsettled(other)) == 1


def test_entries_are_filtered(journal: Journal, clock: FakeClock) -> None:
    journal.begin(KEY, draft("one"))
    clock.advance(24 * 3600)
    second, _ = journal.begin(KEY, draft("two", symbol="TCS"))
    journal.settle(second, IntentState.REJECTED)
    ids = lambda **filters: [found.draft.client_order_id for found in journal.entries(**filters)]  # noqa: E731
    assert ids() == ["one", "two"]
    assert ids(state="rejected") == ids(symbol="TCS") == ids(day=clock.now().date()) == ["two"]
    assert ids(broker="toy", client_order_id="one") == ["one"]
    assert ids(profile="else") == []


def test_only_the_owner_may_read_it(journal: Journal, tmp_path: Path) -> None:
    journal.begin(KEY, draft())
    assert stat.S_IMODE((tmp_path / "journal.sqlite").stat().st_mode) == 0o600


def test_a_state_directory_that_is_no_directory_is_said_before_anything_is_sent(
    tmp_path: Path, clock: FakeClock
) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ConfigurationError) as caught:
        Journal(tmp_path / "home", clock).begin(KEY, draft())
    assert "OPENALGO_HOME" in caught.value.hint


def test_a_broken_file_is_said_before_anything_is_sent(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"this is not a database" * 100)
    with pytest.raises(ConfigurationError, match=r"journal\.sqlite cannot be used"):
        Journal(tmp_path, clock).begin(KEY, draft())


def test_a_full_disk_is_said_before_anything_is_sent(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs
    full = lambda path: os.statvfs_result((*real(path)[:3], 0, 0, *real(path)[5:]))  # noqa: E731
    monkeypatch.setattr(os, "statvfs", full)
    with pytest.raises(ConfigurationError, match="full"):
        journal.begin(KEY, draft())
    assert journal.entries() == []


def test_of_many_processes_with_one_id_one_begins(tmp_path: Path) -> None:
    start, found = SPAWN.Barrier(6), SPAWN.Queue()
    racers = [SPAWN.Process(target=race, args=(str(tmp_path), start, found)) for _ in range(6)]
    for racer in racers:
        racer.start()
    results = [found.get(timeout=60) for _ in racers]
    for racer in racers:
        racer.join(timeout=60)
    assert sorted(is_new for is_new, _, _ in results) == [False] * 5 + [True]
    assert len({intent_id for _, intent_id, _ in results}) == 1


@pytest.mark.parametrize("sent", [True, False])
def test_a_killed_process_leaves_its_intent_and_is_known_to_be_dead(tmp_path: Path, sent: bool) -> None:
    ready = SPAWN.Event()
    process = SPAWN.Process(target=begin_and_wait, args=(str(tmp_path), sent, ready))
    process.start()
    assert ready.wait(60)
    journal = Journal(tmp_path, SystemClock())
    (intent,) = journal.unsettled(KEY)
    assert journal.is_being_sent(intent)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    assert not journal.is_being_sent(intent)
    assert (intent.sent_at is not None) is sent
    journal.close()


def test_a_process_that_ends_normally_leaves_no_file_behind(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from openalgo_core.journal import Owner; "
        "print(len(list(Owner.of(pathlib.Path(sys.argv[1]))._directory.iterdir())))"
    )
    run = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "1"
    assert list(tmp_path.iterdir()) == []


# -- the archive -----------------------------------------------------------------------------------------------------

QUARTER = 91 * 24 * 3600


def archived(journal: Journal, clock: FakeClock) -> Journal:
    """One that was settled long ago, one that never was, and a new one."""
    old, _ = journal.begin(KEY, draft("old", tag="t1"))
    journal.settle(old, IntentState.ACKNOWLEDGED, order_id="42")
    journal.begin(KEY, draft("open", tag="t2"))
    clock.advance(QUARTER)
    journal.begin(KEY, draft("new", tag="t3"))
    assert journal.archive_old() == 1
    return journal


def test_what_was_settled_long_ago_is_archived_and_still_found(journal: Journal, clock: FakeClock) -> None:
    archived(journal, clock)
    ids = lambda **filters: [found.draft.client_order_id for found in journal.entries(**filters)]  # noqa: E731
    assert ids() == ["open", "new"]
    assert ids(archived=True) == ["old", "open", "new"]
    assert ids(archived=True, state="acknowledged") == ids(archived=True, client_order_id="old") == ["old"]
    assert journal.archive_old() == 0


def test_an_archived_id_still_gives_its_first_outcome(journal: Journal, clock: FakeClock) -> None:
    again, is_new = archived(journal, clock).begin(KEY, draft("old", tag="t4"))
    assert (again.order_id, again.state, is_new) == ("42", IntentState.ACKNOWLEDGED, False)


def test_a_long_journal_of_young_orders_is_not_read_for_old_ones(tmp_path: Path) -> None:
    steps = []
    with closing(sqlite3.connect(tmp_path / "long.sqlite")) as long:
        long.row_factory = sqlite3.Row
        long.execute("CREATE TABLE intents (id INTEGER PRIMARY KEY, state, day)")
        long.executemany("INSERT INTO intents (state, day) VALUES (?, '2026-11-20')", [("acknowledged",)] * 10_000)
        long.set_progress_handler(lambda: steps.append(1), 100)
        assert Archive(tmp_path).take_from(long, "2026-08-22") == 0
    assert len(steps) < 5


def test_whoever_dies_between_archive_and_journal_leaves_nothing_twice(
    journal: Journal, clock: FakeClock, tmp_path: Path
) -> None:
    archived(journal, clock)
    copy = sqlite3.connect(tmp_path / "archive.sqlite")
    copy.row_factory = sqlite3.Row
    row = dict(copy.execute("SELECT * FROM intents").fetchone())
    copy.close()
    with sqlite3.connect(tmp_path / "journal.sqlite") as undone:
        undone.execute(f"INSERT INTO intents ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()])
    undone.close()
    assert len(journal.entries(archived=True)) == 3
    assert journal.archive_old() == 1
    assert len(journal.entries(archived=True)) == 3


def test_threads_that_come_and_go_leave_no_files_open(journal: Journal) -> None:
    def look() -> None:
        thread = threading.Thread(target=journal.entries)
        thread.start()
        thread.join()

    look()
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(30):
        look()
    assert len(list(Path("/dev/fd").iterdir())) <= before + 3
