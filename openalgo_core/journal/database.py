"""The journal on disk: one SQLite file for all brokers, profiles and processes of the machine.

Write-ahead logging with `synchronous=NORMAL` loses nothing when a process dies at any instant; `durability="power"`
sets `FULL`, which survives a power cut at the price of two flushes to the disk per order: before it leaves, and when
its outcome is known. A new intent waits for the first of them, for until then there is nothing that could be lost.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from ..clock import Clock, day_of
from ..database import open_shared
from ..errors import ConfigurationError, NotSent
from ..models.journal import IntentKind, IntentState
from .archive import Archive
from .intent import Draft, Intent
from .owner import Owner
from .schema import COLUMNS, INSERT, SCHEMA, SETTLE, VERSION, draft_values, intent_of

__all__ = ["Journal", "JournalKey"]

#: Less free space than this and no order is begun: the outcome must fit on the disk too.
_ROOM = 1 << 20
#: How long a settled intent stays in the journal itself.
_KEPT = timedelta(days=90)
#: An order that an intent has become; as the index `claim_once` has it.
_CLAIM = "account = ? AND kind = 'place' AND state = 'acknowledged'"
_ATTEMPTS = "account = ? AND client_order_id = ? AND kind = 'place'"


class JournalKey:
    """Whose intents: broker, profile, user and the base URL that the session was made at."""

    def __init__(self, broker: str, profile: str, user_id: str, base_url: str | None) -> None:
        self.broker = broker
        self.profile = profile
        self.text = f"{broker}/{profile}/{user_id}@{base_url or 'live'}"


class _Errors:
    """What SQLite and the disk say, in our own words. A plain object: it stands around each write of each order."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, sqlite3.IntegrityError) or not isinstance(error, sqlite3.Error | OSError):
            return
        raise ConfigurationError(
            f"The journal {self._path} cannot be used: {error}.",
            hint="No order is sent without a record. Free the disk or mend the permissions, or set OPENALGO_HOME.",
        ) from error


class Journal:
    """Opened lazily; safe for many threads and many processes.

    Every method raises `ConfigurationError` if the file cannot be read or written; an order is never begun then.
    """

    def __init__(self, directory: Path, clock: Clock, *, durability: Literal["process", "power"] = "process") -> None:
        self._directory = str(directory)
        self._path = directory / "journal.sqlite"
        self._archive = Archive(directory)
        self._owners = directory / "owners"
        self._clock = clock
        self._synchronous: Literal["FULL", "NORMAL"] = "FULL" if durability == "power" else "NORMAL"
        self._local = threading.local()
        self._opened: list[tuple[int, threading.Thread, sqlite3.Connection]] = []
        self._opening = threading.Lock()
        self._errors = _Errors(self._path)

    # -- writing ---------------------------------------------------------------------------------------------------

    def begin(self, key: JournalKey, draft: Draft) -> tuple[Intent, bool]:
        """Record a new intent; returns it and `True`.

        For a place, a client order id that is already there yields that intent and `False` instead, unless its last
        attempt was not placed and asks for the same thing: then a new attempt is recorded.
        """
        # Not before it is among those that are being sent may another thread see it: hence the transaction.
        with self._transaction(flushed=False) as db:
            self._check_room()
            intent = None if self._archived_attempts(key, draft) else self._insert(db, key, draft, attempt=1)
            if intent is not None:
                return intent, True
            last = self.attempts(key, draft.client_order_id)[-1]
            if last.state is IntentState.NOT_PLACED and last.draft.request == draft.request:
                intent = self._insert(db, key, draft, attempt=last.attempt + 1)
            return (last, False) if intent is None else (intent, True)

    def mark_sent(self, intent: Intent) -> Intent:
        """The request is about to be handed to the network: from here on a crash leaves the outcome unknown.

        Returns the intent as it stands now. Raises `NotSent` if it was settled meanwhile: whoever settled it said that
        it would never be sent.
        """
        now = self._clock.now()
        with self._errors:
            marked = self._connection().execute(
                "UPDATE intents SET sent_at = ? WHERE id = ? AND state = 'intended'", (now.isoformat(), intent.id)
            )
        if marked.rowcount != 1:
            raise NotSent("The order was settled by another process before it was sent; nothing left this machine.")
        return intent._replace(sent_at=now)

    def end_sending(self, intent: Intent) -> None:
        """Whoever sent it has done what could be done: what is unsettled now may be settled by anybody."""
        self._owner().sending.discard(intent.id)

    def settle(
        self,
        intent: Intent,
        state: IntentState,
        *,
        order_id: str | None = None,
        refs: Mapping[str, str] | None = None,
        reason: str | None = None,
        error: str | None = None,
    ) -> Intent:
        """Record an outcome, unless another process has settled the intent for good meanwhile. Returns what stands.

        Raises `sqlite3.IntegrityError` if the order id is claimed by another intent already.
        """
        now = None if state is IntentState.UNKNOWN else self._clock.now()
        values = {
            "state": state.value,
            "now": None if now is None else now.isoformat(),
            "reason": reason,
            "error": error,
            "order_id": order_id,
            "refs": None if refs is None else json.dumps(dict(refs)),
            "id": intent.id,
        }
        with self._errors:
            done = self._connection().execute(SETTLE, values)
        if done.rowcount != 1:
            return self.get(intent.id)
        draft = intent.draft
        if order_id is not None or refs is not None:
            draft = draft._replace(order_id=order_id or draft.order_id, refs=draft.refs if refs is None else refs)
        return intent._replace(state=state, settled_at=now, reason=reason, error=error, draft=draft)

    def archive_old(self) -> int:
        """Move what was settled more than 90 days ago to the archive, where it is still found. Returns how many."""
        before = (day_of(self._clock.now()) - _KEPT).isoformat()
        with self._transaction() as db:
            return self._archive.take_from(db, before)

    # -- reading ---------------------------------------------------------------------------------------------------

    def get(self, intent_id: int) -> Intent:
        return self._intents("id = ?", intent_id)[0]

    def unsettled(self, key: JournalKey) -> list[Intent]:
        """Intents without a final outcome, oldest first, those being sent right now included."""
        return self._intents("account = ? AND state IN ('intended', 'unknown')", key.text)

    def rivals(self, key: JournalKey) -> list[Intent]:
        """Place intents that may stand in the book though nobody claimed their row: unsettled, or rejected today."""
        return self._intents(
            "account = ? AND kind = 'place' AND (state IN ('intended', 'unknown') OR (state = 'rejected' AND day = ?))",
            key.text,
            self._today(),
        )

    def is_being_sent(self, intent: Intent) -> bool:
        """Whether a living process is still about to write this intent's outcome."""
        if intent.state is not IntentState.INTENDED:
            return False
        owner = self._owner()
        return intent.id in owner.sending if intent.owner == owner.name else owner.is_alive(intent.owner)

    def attempts(self, key: JournalKey, client_order_id: str) -> list[Intent]:
        """The place intents of a client order id, archived ones included, oldest first."""
        return self._intents(_ATTEMPTS, key.text, client_order_id, archived=True)

    def placed(self, key: JournalKey, order_id: str) -> Intent | None:
        """The place intent of an order in the broker's book, or `None` if the order is not of our making.

        Of today or, as long as a book is shown after midnight, of yesterday: brokers use their numbers again.
        """
        today = day_of(self._clock.now())
        days = (today.isoformat(), (today - timedelta(days=1)).isoformat())
        found = self._intents(f"{_CLAIM} AND day IN (?, ?) AND order_id = ?", key.text, *days, order_id)
        return found[-1] if found else None

    def client_ids(self, key: JournalKey) -> dict[str, str]:
        """Today's client order ids by order id; its keys are the orders that belong to an intent already."""
        with self._errors:
            rows = self._connection().execute(
                f"SELECT order_id, client_order_id FROM intents WHERE {_CLAIM} AND day = ?",  # noqa: S608 - our own names
                (key.text, self._today()),
            )
            return {row["order_id"]: row["client_order_id"] for row in rows}

    def entries(
        self,
        *,
        broker: str | None = None,
        profile: str | None = None,
        day: date | None = None,
        state: str | None = None,
        symbol: str | None = None,
        client_order_id: str | None = None,
        archived: bool = False,
    ) -> list[Intent]:
        """Intents that match every filter given, oldest first; `archived` looks into the archive too."""
        filters = {
            "broker": broker,
            "profile": profile,
            "day": None if day is None else day.isoformat(),
            "state": state,
            "symbol": symbol,
            "client_order_id": client_order_id,
        }
        wanted = {column: value for column, value in filters.items() if value is not None}
        where = " AND ".join(f"{column} = ?" for column in wanted) or "1"
        return self._intents(where, *wanted.values(), archived=archived)

    def close(self) -> None:
        """Close the connections of every thread; those that came over a fork are the parent's to close."""
        with self._opening:
            for process, _, connection in self._opened:
                if process == os.getpid():
                    connection.close()
            self._opened = [each for each in self._opened if each[0] != os.getpid()]
        self._local = threading.local()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _insert(self, db: sqlite3.Connection, key: JournalKey, draft: Draft, *, attempt: int) -> Intent | None:
        """The new intent, `None` where that attempt of a place is there already."""
        owner, now = self._owner(), self._clock.now()
        values = (key.text, key.broker, key.profile, attempt, owner.name, day_of(now).isoformat(), now.isoformat())
        done = db.execute(INSERT, values + draft_values(draft))
        if done.rowcount != 1:
            return None
        number = done.lastrowid
        assert number is not None  # a row was inserted
        owner.sending.add(number)
        return Intent(
            number,
            key.text,
            key.broker,
            key.profile,
            attempt,
            IntentState.INTENDED,
            owner.name,
            now,
            sent_at=None,
            settled_at=None,
            reason=None,
            error=None,
            draft=draft,
        )

    def _archived_attempts(self, key: JournalKey, draft: Draft) -> list[Intent]:
        """Of an id of the caller's own; the one that is made of a new tag was never there before."""
        if draft.kind is not IntentKind.PLACE or draft.client_order_id == draft.tag:
            return []
        return self._archive.intents(_ATTEMPTS, (key.text, draft.client_order_id))

    def _intents(self, where: str, *values: Any, archived: bool = False) -> list[Intent]:
        with self._errors:
            old = self._archive.intents(where, values) if archived else []
            # `where` is made of the column names in this module; what users give goes in as values.
            rows = self._connection().execute(f"SELECT {COLUMNS} FROM intents WHERE {where} ORDER BY id", values)  # noqa: S608
            seen = {(intent.owner, intent.id) for intent in old}  # who died while moving left it in both
            return old + [row for row in map(intent_of, rows) if (row.owner, row.id) not in seen]

    def _connection(self) -> sqlite3.Connection:
        process, connection = getattr(self._local, "connection", (0, None))
        # A connection must not cross a fork; the child opens its own.
        if connection is None or process != os.getpid():
            connection = self._open()
            self._local.connection = (os.getpid(), connection)
            with self._opening:
                self._close_abandoned()
                self._opened.append((os.getpid(), threading.current_thread(), connection))
        return connection

    def _close_abandoned(self) -> None:
        """Those whose thread has ended."""
        gone = [each for each in self._opened if each[0] == os.getpid() and not each[1].is_alive()]
        for each in gone:
            self._opened.remove(each)
            each[2].close()

    def _open(self) -> sqlite3.Connection:
        # In autocommit, where one statement is a transaction. Those of several are begun by hand, IMMEDIATE, so that no
        # two processes read before they write.
        return open_shared(self._path, schema=SCHEMA, version=VERSION, synchronous=self._synchronous)

    @contextmanager
    def _transaction(self, *, flushed: bool = True) -> Iterator[sqlite3.Connection]:
        """Several statements as one. Unless `flushed` they reach the disk together with the write that comes next."""
        with self._errors:
            db = self._connection()
            later = not flushed and self._synchronous == "FULL"
            if later:
                db.execute("PRAGMA synchronous = NORMAL")
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:  # it must not outlive whatever went wrong
                    db.execute("ROLLBACK")
                if later:
                    db.execute("PRAGMA synchronous = FULL")

    def _check_room(self) -> None:
        room = os.statvfs(self._directory) if hasattr(os, "statvfs") else None
        if room is not None and room.f_bavail * room.f_frsize < _ROOM:
            raise ConfigurationError(
                f"The disk of {self._directory} is full: less than 1 MB is free.",
                hint="Free some space; no order was sent.",
            )

    def _owner(self) -> Owner:
        return Owner.of(self._owners)

    def _today(self) -> str:
        return day_of(self._clock.now()).isoformat()
