"""Where the key is kept: a file, the platform's keyring, the environment."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from openalgo_core.config import Paths
from openalgo_core.errors import ConfigurationError, LoginRequired
from openalgo_core.store import Vault


class KeyringError(Exception):
    pass


class Keyring(ModuleType):
    """The two functions of the library `keyring` that we use, over a dictionary."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.errors = SimpleNamespace(KeyringError=KeyringError)
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, name: str) -> str | None:
        if self.locked:
            raise KeyringError("canary")
        return self.entries.get((service, name))

    def set_password(self, service: str, name: str, password: str) -> None:
        self.entries[service, name] = password


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    made = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", made)
    monkeypatch.setitem(sys.modules, "keyring.errors", ModuleType("keyring.errors"))
    return made


def vault(home: Path, **env: str) -> Vault:
    return Vault(Paths(home, home / "openalgo.toml"), env, "keyring")


def test_the_key_is_made_once_and_stays_in_the_keyring(keyring: Keyring, tmp_path: Path) -> None:
    blob = vault(tmp_path).encrypt("x", b"token")
    assert vault(tmp_path).decrypt("x", blob) == b"token"
    [(entry, key)] = keyring.entries.items()
    assert entry == ("openalgo", str(tmp_path))
    assert len(key) == 64
    assert not (tmp_path / "secret.key").exists()


def test_every_home_has_a_key_of_its_own(keyring: Keyring, tmp_path: Path) -> None:
    blob = vault(tmp_path / "one").encrypt("x", b"token")
    with pytest.raises(LoginRequired, match="the keyring's entry 'openalgo' is not the key"):
        vault(tmp_path / "two").decrypt("x", blob)


def test_a_keyring_that_gives_nothing_is_told_without_its_words(keyring: Keyring, tmp_path: Path) -> None:
    keyring.locked = True
    with pytest.raises(ConfigurationError, match="KeyringError") as caught:
        vault(tmp_path).encrypt("x", b"token")
    assert "canary" not in caught.value.message
    assert "OPENALGO_SECRET_KEY" in caught.value.hint


def test_a_key_in_the_environment_goes_first(keyring: Keyring, tmp_path: Path) -> None:
    vault(tmp_path, OPENALGO_SECRET_KEY="k" * 32).encrypt("x", b"token")
    assert keyring.entries == {}


def test_without_the_library_the_install_line_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setitem(sys.modules, "keyring.errors", None)
    with pytest.raises(ConfigurationError) as caught:
        vault(tmp_path).encrypt("x", b"token")
    assert caught.value.hint == "Run: pip install 'openalgo-core[keyring]'"
