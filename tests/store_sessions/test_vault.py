from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.config import Paths
from openalgo_core.errors import ConfigurationError, LoginRequired
from openalgo_core.store import Vault

from .conftest import Race

KEY = {"OPENALGO_SECRET_KEY": "0123456789abcdef" * 4}


def vault(home: Path, env: dict[str, str] | None = None) -> Vault:
    return Vault(Paths(home, home / "openalgo.toml"), env or {})


@settings(deadline=None)
@given(st.text(), st.binary())
def test_round_trip(name: str, content: bytes) -> None:
    one = vault(Path("unused"), KEY)
    assert one.decrypt(name, one.encrypt(name, content)) == content


def test_key_file_is_made_on_first_use_and_kept(tmp_path: Path) -> None:
    first = vault(tmp_path / "home")
    assert not (tmp_path / "home").exists()
    blob = first.encrypt("file", b"canary")
    assert b"canary" not in blob
    assert vault(tmp_path / "home").decrypt("file", blob) == b"canary"
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "home" / "secret.key").stat().st_mode) == 0o600


def test_same_content_never_looks_the_same(tmp_path: Path) -> None:
    one = vault(tmp_path)
    assert one.encrypt("file", b"x") != one.encrypt("file", b"x")


def test_a_key_of_the_environment_leaves_no_key_file(tmp_path: Path) -> None:
    blob = vault(tmp_path, KEY).encrypt("file", b"x")
    assert list(tmp_path.iterdir()) == []
    assert vault(tmp_path, KEY).decrypt("file", blob) == b"x"


def test_lost_key_means_login(tmp_path: Path) -> None:
    blob = vault(tmp_path).encrypt("file", b"x")
    (tmp_path / "secret.key").unlink()
    with pytest.raises(LoginRequired, match=r"secret\.key is not the key it was saved with"):
        vault(tmp_path).decrypt("file", blob)


def test_other_key_means_login(tmp_path: Path) -> None:
    blob = vault(tmp_path).encrypt("file", b"x")
    with pytest.raises(LoginRequired, match="OPENALGO_SECRET_KEY is not the key"):
        vault(tmp_path, KEY).decrypt("file", blob)


def test_one_file_cannot_take_another_s_place(tmp_path: Path) -> None:
    one = vault(tmp_path)
    with pytest.raises(LoginRequired):
        one.decrypt("kotak/default/session", one.encrypt("angel/default/session", b"x"))


@settings(deadline=None)
@given(st.data())
def test_damage_is_noticed(data: st.DataObject) -> None:
    one = vault(Path("unused"), KEY)
    blob = one.encrypt("file", b"content")
    position = data.draw(st.integers(0, len(blob) - 1))
    flipped = bytes([blob[position] ^ data.draw(st.integers(1, 255))])
    for damaged in (blob[:position] + flipped + blob[position + 1 :], blob[:position], b""):
        with pytest.raises(LoginRequired):
            one.decrypt("file", damaged)


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe"])
def test_broken_key_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"secret\.key holds no key") as caught:
        vault(tmp_path).encrypt("file", b"x")
    assert "log in again" in caught.value.hint


def test_weak_key_of_the_environment_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="OPENALGO_SECRET_KEY") as caught:
        vault(tmp_path, {"OPENALGO_SECRET_KEY": "canary"}).encrypt("file", b"x")
    assert "canary" not in caught.value.message + caught.value.hint


def test_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="cannot be"):
        vault(tmp_path / "file").encrypt("file", b"x")


def test_processes_that_make_the_key_at_once_end_up_with_one(race: Race, tmp_path: Path) -> None:
    blobs = race(
        "from pathlib import Path; from openalgo_core.config import Paths; from openalgo_core.store import Vault;"
        "home = Path(sys.argv[1]); vault = Vault(Paths(home, home), {})",
        "print(vault.encrypt('file', b'x').hex())",
        str(tmp_path),
    )
    reader = vault(tmp_path)
    assert [reader.decrypt("file", bytes.fromhex(blob)) for blob in blobs] == [b"x"] * 4
