"""Where the key is kept that encrypts sessions; each place makes one when it is first asked."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from ..secrets import Secret
from .files import make_directory, read_private, write_private

__all__ = ["KEY_FILE", "KeyInFile", "KeyInKeyring"]

KEY_FILE = "secret.key"
_SERVICE = "openalgo"


class KeyInFile:
    """A file of mode 0600."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __str__(self) -> str:
        return str(self._file)

    def key(self) -> Secret:
        """Raises `ConfigurationError` if the file can be neither read nor made."""
        content = read_private(self._file)
        return Secret((self._made() if content is None else content).decode("ascii", errors="replace").strip())

    def _made(self) -> bytes:
        """A new key, or the one that another process made in the meantime."""
        with _only_one(self._file.parent, self._file.name):
            content = read_private(self._file)
            if content is None:
                content = _new_key().encode()
                write_private(self._file, content + b"\n")
            return content


class KeyInKeyring:
    """An entry of the platform's keyring, by way of the library `keyring`; one for each state directory."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def __str__(self) -> str:
        return f"the keyring's entry {_SERVICE!r}"

    def key(self) -> Secret:
        """Raises `ConfigurationError` without the library, and where the keyring is locked or there is none."""
        keyring = _keyring()
        try:
            return Secret(keyring.get_password(_SERVICE, str(self._home)) or self._made(keyring))
        except keyring.errors.KeyringError as error:
            raise ConfigurationError(
                f"The keyring gives no key: {type(error).__name__}.",
                hint='Unlock it, set OPENALGO_SECRET_KEY, or set key = "file" under [sessions] in openalgo.toml.',
            ) from None  # what a backend says may name what it holds

    def _made(self, keyring: Any) -> str:
        with _only_one(self._home, "keyring"):
            key: str = keyring.get_password(_SERVICE, str(self._home)) or _new_key()
            keyring.set_password(_SERVICE, str(self._home), key)
            return key


def _keyring() -> Any:
    try:
        import_module("keyring.errors")
        return import_module("keyring")
    except ImportError:
        raise ConfigurationError(
            "The key is to be kept in the keyring, and the library for that is not installed.",
            hint="Run: pip install 'openalgo-core[keyring]'",
        ) from None


def _new_key() -> str:
    return os.urandom(32).hex()


def _only_one(directory: Path, name: str) -> Any:
    """A lock that lets exactly one process make the key."""
    from filelock import FileLock  # lazily: 35 ms, once in the life of a machine

    return FileLock(make_directory(directory) / f".{name}.lock", mode=0o600)
