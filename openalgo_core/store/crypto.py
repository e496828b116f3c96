"""Encryption of what is kept on disk.

AES-256-GCM. The name of the file is authenticated with the content, so that an encrypted file cannot be put
in another's place. The key is `OPENALGO_SECRET_KEY` where that is set, else the key file in the state
directory, made on first use. A key file beside the files protects copies and backups of them, not a machine
whose user is compromised.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigurationError, LoginRequired
from ..secrets import Secret
from .files import make_directory, read_private, write_private

if TYPE_CHECKING:
    from ..config.paths import Paths

__all__ = ["KEY_FILE", "Vault"]

KEY_FILE = "secret.key"
_MAGIC = b"openalgo1\n"
_NONCE = 12  # bytes, what GCM is made for
_SHORTEST = 32  # characters of a key: 32 of hexadecimal are 128 bits
_AGAIN = "Run: openalgo login"


class Vault:
    """Encrypts and decrypts with one key; cheap to make, the key is read when it is first needed."""

    def __init__(self, paths: Paths, env: Mapping[str, str]) -> None:
        self._file = paths.home / KEY_FILE
        self._given = Secret(env.get("OPENALGO_SECRET_KEY", "").strip())
        self._key: Secret | None = None

    def encrypt(self, name: str, content: bytes) -> bytes:
        """`content` for the file called `name`. Raises `ConfigurationError` if there is no key to be had."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # lazily: most commands never write

        nonce = os.urandom(_NONCE)
        return _MAGIC + nonce + AESGCM(self._key_bytes()).encrypt(nonce, content, name.encode())

    def decrypt(self, name: str, blob: bytes) -> bytes:
        """What `encrypt` was given.

        Raises `LoginRequired` if the key is another one, or the file was damaged, exchanged or written by a
        later version: whatever it held can only be had by logging in again.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        body = blob.removeprefix(_MAGIC)
        if len(body) == len(blob) or len(body) < _NONCE:
            raise LoginRequired("The saved login is damaged.", hint=_AGAIN)
        try:
            return AESGCM(self._key_bytes()).decrypt(body[:_NONCE], body[_NONCE:], name.encode())
        except InvalidTag:
            raise LoginRequired(
                f"The saved login cannot be decrypted: {self._source} is not the key it was saved with.",
                hint=_AGAIN,
            ) from None

    @property
    def _source(self) -> str:
        return "OPENALGO_SECRET_KEY" if self._given else str(self._file)

    def _key_bytes(self) -> bytes:
        if self._key is None:
            key = self._given or Secret(_key_in(self._file))
            if len(key.reveal()) < _SHORTEST:
                raise ConfigurationError(
                    f"{self._source} holds no key: a key has at least {_SHORTEST} characters.",
                    hint="Make one with: openssl rand -hex 32" if self._given else "Delete it and log in again.",
                )
            self._key = key
        return hashlib.sha256(self._key.reveal().encode("utf-8", "surrogateescape")).digest()


def _key_in(file: Path) -> str:
    content = read_private(file)
    return (_made(file) if content is None else content).decode("ascii", errors="replace").strip()


def _made(file: Path) -> bytes:
    """A new key, or the one that another process made in the meantime: the lock lets exactly one write."""
    from filelock import FileLock  # lazily: 35 ms, once in the life of a machine

    with FileLock(make_directory(file.parent) / f".{file.name}.lock", mode=0o600):
        content = read_private(file)
        if content is None:
            content = os.urandom(32).hex().encode()
            write_private(file, content + b"\n")
        return content
