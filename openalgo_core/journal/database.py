"""The journal on disk: one SQLite file for all brokers, profiles and processes of the machine.

Write-ahead logging with `synchronous=NORMAL` loses nothing when a process dies at any instant; `durability="power"`
sets `FULL`, which survives a power cut at the price of one flush to the disk per write.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Literal

from ..clock import Clock, day_of
from ..database import open_shared
from ..errors import ConfigurationError, NotSent
from ..models.journal import IntentKind, IntentState
from .intent import Draft, Intent
from .owner import Owner
from .schema import COLUMNS, SCHEMA, VERSION, draft_values, intent_of

__all__ = ["Journal", "JournalKey"]

#: Less free space than this and no order is begun: the outcome must fit on the disk too.
_ROOM = 1 << 20


class JournalKey:
    """Whose intents: broker, profile, user and the base URL that the session was made at."""

    def __init__(self, broker: str, profile: str, user_id: str, base_url: str | None) -> None:
        self.broker = broker
        self.profile = profile
        self.text = f"{broker}/{profile}/{user_id}@{base_url or 'live'}"


class Journal:
    """Opened lazily; safe for many threads and many processes.

    Every method raises `ConfigurationError` if the file cannot be read or written; an order is never begun then.
    """

    def __init__(self, directory: Path, clock: Clock, *, durability: Literal["process", "power"] = "process") -> None:
        self._path = directory / "journal.sqlite"
        self._owners = directory / "owners"
        self._clock = clock
        self._synchronous: Literal["FULL", "NORMAL"] = "FULL" if durability == "power" else "NORMAL"
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []

    # -- writing ---------------------------------------------------------------------------------------------------

    def begin(self, key: JournalKey, draft: Draft) -> tuple[Intent, bool]:
        """Record a new intent; returns it and `True`.

        For a place, a client order id that is already there yields that intent and `False` instead, unless its last
        attempt was not placed and asks for the same thing: then a new attempt is recorded.
        """
        self._check_room()
        with self._transaction() as db:
            earlier = self.attempts(key, draft.client_order_id) if draft.kind is IntentKind.PLACE else []
            last = earlier[-1] if earlier else None
            if last is not None and (last.state is not IntentState.NOT_PLACED or last.draft.request != draft.request):
                return last, False
            return self._insert(db, key, draft, attempt=1 if last is None else last.attempt + 1), True

    def mark_sent(self, intent: Intent) -> None:
        """The request is about to be handed to the network: from here on a crash leaves the outcome unknown.

        Raises `NotSent` if the intent was settled meanwhile: whoever settled it said that it would never be sent.
        """
        with self._transaction() as db:
            marked = db.execute(
                "UPDATE intents SET sent_at = ? WHERE id = ? AND state = 'intended'", (self._now(), intent.id)
            )
        if marked.rowcount != 1:
            raise NotSent("The order was settled by another process before it was sent; nothing left this machine.")

    def settle(
        self,
        intent: Intent,
        state: IntentState,
        *,
        order_id: str | None = None,
        refs: str | None = None,
        reason: str | None = None,
        error: str | None = None,
    ) -> Intent:
        """Record an outcome, unless another process has settled the intent for good meanwhile. Returns what stands.

        Raises `sqlite3.IntegrityError` if the order id is claimed by another intent already.
        """
        with self._transaction() as db:
            db.execute(
                """UPDATE intents SET state = :state, settled_at = :now, reason = :reason, error = :error,
                       order_id = coalesce(:order_id, order_id), refs = coalesce(:refs, refs)
                   WHERE id = :id AND state IN ('intended', 'unknown')""",
                {
                    "state": state.value,
                    "now": None if state is IntentState.UNKNOWN else self._now(),
                    "reason": reason,
                    "error": error,
                    "order_id": order_id,
                    "refs": refs,
                    "id": intent.id,
                },
            )
            return self.get(intent.id)

    # -- reading ---------------------------------------------------------------------------------------------------

    def get(self, intent_id: int) -> Intent:
        return self._intents("id = ?", intent_id)[0]

    def unsettled(self, key: JournalKey) -> list[Intent]:
        """Intents without a final outcome, oldest first, those being sent right now included."""
        return self._intents("account = ? AND state IN ('intended', 'unknown')", key.text)

    def is_being_sent(self, intent: Intent) -> bool:
        """Whether a living process is still about to write this intent's outcome."""
        return intent.state is IntentState.INTENDED and self._owner().is_alive(intent.owner)

    def attempts(self, key: JournalKey, client_order_id: str) -> list[Intent]:
        """The place intents of a client order id, oldest first."""
        return self._intents("account = ? AND client_order_id = ? AND kind = 'place'", key.text, client_order_id)

    def placed(self, key: JournalKey, order_id: str) -> Intent | None:
        """The newest place intent of a broker's order id, or `None` if the order is not of our making."""
        found = self._intents("account = ? AND order_id = ? AND kind = 'place'", key.text, order_id)
        return found[-1] if found else None

    def client_ids(self, key: JournalKey) -> dict[str, str]:
        """Today's client order ids by order id; its keys are the orders that belong to an intent already."""
        with self._errors():
            rows = self._connection().execute(
                "SELECT order_id, client_order_id FROM intents "
                "WHERE account = ? AND day = ? AND kind = 'place' AND order_id IS NOT NULL",
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
    ) -> list[Intent]:
        """Intents that match every filter given, oldest first."""
        filters = {
            "broker": broker,
            "profile": profile,
            "day": None if day is None else day.isoformat(),
            "state": state,
            "symbol": symbol,
            "client_order_id": client_order_id,
        }
        wanted = {column: value for column, value in filters.items() if value is not None}
        return self._intents(" AND ".join(f"{column} = ?" for column in wanted) or "1", *wanted.values())

    def close(self) -> None:
        """Close the connections of every thread."""
        for connection in self._opened:
            connection.close()
        self._opened.clear()
        self._local = threading.local()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _insert(self, db: sqlite3.Connection, key: JournalKey, draft: Draft, *, attempt: int) -> Intent:
        values = draft_values(draft) | {
            "account": key.text,
            "broker": key.broker,
            "profile": key.profile,
            "attempt": attempt,
            "state": IntentState.INTENDED.value,
            "owner": self._owner().name,
            "day": self._today(),
            "created_at": self._now(),
        }
        names = ", ".join(values)
        slots = ", ".join(f":{name}" for name in values)
        cursor = db.execute(f"INSERT INTO intents ({names}) VALUES ({slots})", values)  # noqa: S608 - our own names
        assert cursor.lastrowid is not None
        return self.get(cursor.lastrowid)

    def _intents(self, where: str, *values: Any) -> list[Intent]:
        with self._errors():
            # `where` is made of the column names in this module; what users give goes in as values.
            rows = self._connection().execute(f"SELECT {COLUMNS} FROM intents WHERE {where} ORDER BY id", values)  # noqa: S608
            return [intent_of(row) for row in rows]

    def _connection(self) -> sqlite3.Connection:
        process, connection = getattr(self._local, "connection", (0, None))
        # A connection must not cross a fork; the child opens its own.
        if connection is None or process != os.getpid():
            connection = self._open()
            self._local.connection = (os.getpid(), connection)
            self._opened.append(connection)
        return connection

    def _open(self) -> sqlite3.Connection:
        # In autocommit: transactions are begun by hand, IMMEDIATE, so that no two processes read before they write.
        return open_shared(self._path, schema=SCHEMA, version=VERSION, synchronous=self._synchronous)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._errors():
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:  # the transaction must not outlive whatever went wrong; it is raised again
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except (sqlite3.Error, OSError) as error:
            raise ConfigurationError(
                f"The journal {self._path} cannot be used: {error}.",
                hint="No order is sent without a record. Free the disk or mend the permissions, or set OPENALGO_HOME.",
            ) from error

    def _check_room(self) -> None:
        directory = self._path.parent
        with self._errors():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            room = os.statvfs(directory) if hasattr(os, "statvfs") else None
        if room is not None and room.f_bavail * room.f_frsize < _ROOM:
            raise ConfigurationError(
                f"The disk of {directory} is full: less than 1 MB is free.",
                hint="Free some space; no order was sent.",
            )

    def _owner(self) -> Owner:
        return Owner.of(self._owners)

    def _now(self) -> str:
        return self._clock.now().isoformat()

    def _today(self) -> str:
        return day_of(self._clock.now()).isoformat()
