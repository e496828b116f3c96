from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from clocks import FakeClock

from openalgo_core.clock import IST
from openalgo_core.config import Paths
from openalgo_core.errors import LoginRequired
from openalgo_core.models import Challenge, Session
from openalgo_core.secrets import Secret
from openalgo_core.store import SessionStore, Vault

from .conftest import Race

ANGEL = ("angel", "default", None)
SIMULATED = ("angel", "default", "http://127.0.0.1:8000")
SESSION = Session(
    user_id="A123456",
    tokens={"jwt": Secret("canary-jwt"), "feed": Secret("canary-feed")},
    expires_at=datetime(2026, 11, 21, tzinfo=IST),
    data={"base": "https://e43.example"},
)
CHALLENGE = Challenge({"otp_token": Secret("canary-otp")}, "OTP sent to ******1234")


def open_store(home: Path, clock: FakeClock | None = None) -> SessionStore:
    return SessionStore(home / "sessions", Vault(Paths(home, home / "openalgo.toml"), {}), clock)


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> SessionStore:
    return open_store(tmp_path, clock)


def test_session_comes_back_in_another_process(store: SessionStore, tmp_path: Path) -> None:
    store.save(*ANGEL, SESSION)
    found = open_store(tmp_path).load(*ANGEL)
    assert found == SESSION
    assert found is not None
    assert found.expires_at.utcoffset() == timedelta(hours=5, minutes=30)


def test_nothing_saved_is_none_and_makes_no_file(store: SessionStore, tmp_path: Path) -> None:
    assert store.load(*ANGEL) is None
    assert store.load_challenge(*ANGEL) is None
    assert not store.logged_out(*ANGEL)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("other", [SIMULATED, ("angel", "father", None), ("kotak", "default", None)])
def test_a_session_belongs_to_broker_profile_and_base_url(
    store: SessionStore, other: tuple[str, str, str | None]
) -> None:
    store.save(*ANGEL, SESSION)
    assert store.load(*other) is None
    store.save(*other, Session("B1", {}, SESSION.expires_at))
    store.mark_logged_out(*other)
    assert store.load(*ANGEL) == SESSION
    assert not store.logged_out(*ANGEL)


def test_nothing_on_disk_shows_a_token(store: SessionStore, tmp_path: Path) -> None:
    store.save(*ANGEL, SESSION)
    store.save_challenge(*ANGEL, CHALLENGE)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 3
    assert not any(b"canary" in path.read_bytes() for path in files)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_everything_on_disk_is_for_its_owner_only(store: SessionStore, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    store.save_challenge(*ANGEL, CHALLENGE)
    with store.lock(*ANGEL):
        store.save(*ANGEL, SESSION)
    store.mark_logged_out(*SIMULATED)
    for path in tmp_path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_lost_key_names_the_command_to_run(store: SessionStore, tmp_path: Path) -> None:
    store.save("angel", "father", None, SESSION)
    (tmp_path / "secret.key").unlink()
    with pytest.raises(LoginRequired, match="cannot be decrypted") as caught:
        open_store(tmp_path).load("angel", "father", None)
    assert caught.value.hint == "Run: openalgo login --broker angel --profile father"
    assert caught.value.broker == "angel"


def test_a_new_login_overwrites_an_unreadable_one(store: SessionStore, tmp_path: Path) -> None:
    store.save(*ANGEL, SESSION)
    (tmp_path / "secret.key").unlink()
    later = open_store(tmp_path)
    later.save(*ANGEL, SESSION)
    assert later.load(*ANGEL) == SESSION


def test_a_session_file_moved_to_another_account_is_refused(store: SessionStore, tmp_path: Path) -> None:
    store.save(*ANGEL, SESSION)
    (tmp_path / "sessions/angel/default").rename(tmp_path / "sessions/angel/father")
    with pytest.raises(LoginRequired):
        store.load("angel", "father", None)


# -- logging out ---------------------------------------------------------------------------------------------------


def test_logout_is_remembered_until_the_next_login(store: SessionStore) -> None:
    store.save(*ANGEL, SESSION)
    store.save_challenge(*ANGEL, CHALLENGE)
    store.mark_logged_out(*ANGEL)
    assert store.load(*ANGEL) is None
    assert store.load_challenge(*ANGEL) is None
    assert store.logged_out(*ANGEL)
    store.save(*ANGEL, SESSION)
    assert not store.logged_out(*ANGEL)


def test_a_session_that_the_broker_ended_is_no_logout(store: SessionStore) -> None:
    store.save(*ANGEL, SESSION)
    store.erase(*ANGEL)
    assert store.load(*ANGEL) is None
    assert not store.logged_out(*ANGEL)
    store.erase(*ANGEL)


# -- challenges ----------------------------------------------------------------------------------------------------


def test_challenge_lives_ten_minutes(store: SessionStore, clock: FakeClock, tmp_path: Path) -> None:
    store.save_challenge(*ANGEL, CHALLENGE)
    clock.advance(599)
    assert open_store(tmp_path, clock).load_challenge(*ANGEL) == CHALLENGE
    clock.advance(1)
    assert store.load_challenge(*ANGEL) is None
    assert not (tmp_path / "sessions/angel/default/challenge").exists()


def test_challenge_ends_with_the_login_that_answers_it(store: SessionStore) -> None:
    store.save_challenge(*ANGEL, CHALLENGE)
    store.save(*ANGEL, SESSION)
    assert store.load_challenge(*ANGEL) is None


def test_challenge_can_be_erased(store: SessionStore) -> None:
    store.save_challenge(*ANGEL, CHALLENGE)
    store.erase_challenge(*ANGEL)
    assert store.load_challenge(*ANGEL) is None


def test_challenge_that_cannot_be_read_must_be_requested_again(store: SessionStore, tmp_path: Path) -> None:
    store.save_challenge(*ANGEL, CHALLENGE)
    (tmp_path / "secret.key").unlink()
    assert open_store(tmp_path).load_challenge(*ANGEL) is None


# -- one login at a time -------------------------------------------------------------------------------------------


def test_many_processes_renew_once(race: Race, tmp_path: Path) -> None:
    users = race(
        "import os; from datetime import datetime; from pathlib import Path;"
        "from openalgo_core.clock import IST; from openalgo_core.config import Paths;"
        "from openalgo_core.models import Session; from openalgo_core.store import SessionStore, Vault;"
        "home = Path(sys.argv[1]); store = SessionStore(home / 'sessions', Vault(Paths(home, home), {}));"
        "account = ('angel', 'default', None)",
        """
with store.lock(*account):
    session = store.load(*account)
    if session is None:
        session = Session(f"renewed by {os.getpid()}", {}, datetime(2026, 11, 21, tzinfo=IST))
        store.save(*account, session)
print(session.user_id)
""",
        str(tmp_path),
    )
    assert len(set(users)) == 1


@contextmanager
def held_elsewhere(store: SessionStore) -> Iterator[None]:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with store.lock(*ANGEL):
            held.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    try:
        yield
    finally:
        done.set()
        holder.join()


def test_a_lock_held_for_too_long_is_an_error_and_blocks_no_other_account(
    store: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openalgo_core.store.sessions._LOCK_PATIENCE", 0)
    with held_elsewhere(store):
        with pytest.raises(LoginRequired, match="Another process"), store.lock(*ANGEL):
            pass
        with store.lock(*SIMULATED), store.lock("angel", "father", None):
            pass
    with store.lock(*ANGEL):
        pass


def test_the_lock_is_free_after_a_failure(store: SessionStore) -> None:
    with pytest.raises(ZeroDivisionError), store.lock(*ANGEL):
        _ = 1 / 0
    with store.lock(*ANGEL):
        pass
