"""Encryption of what is kept on disk.

AES-256-GCM. The name of the file is authenticated with the content, so that an encrypted file cannot be put
in another's place. The key is `OPENALGO_SECRET_KEY` where that is set, else it is made on first use and kept in a
file of the state directory or, by setting, in the platform's keyring. A key file beside the files protects copies and
backups that leave it out, not a machine whose user is compromised.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ..errors import ConfigurationError, LoginRequired
from ..secrets import Secret
from .keys import KEY_FILE, KeyInFile, KeyInKeyring

if TYPE_CHECKING:
    from ..config.paths import Paths

__all__ = ["Vault"]

_MAGIC = b"openalgo1\n"
_NONCE = 12  # bytes, what GCM is made for
_SHORTEST = 32  # characters of a key: 32 of hexadecimal are 128 bits
_AGAIN = "Run: openalgo login"


class Vault:
    """Encrypts and decrypts with one key; cheap to make, the key is read when it is first needed."""

    def __init__(self, paths: Paths, env: Mapping[str, str], key_store: Literal["file", "keyring"] = "file") -> None:
        self._keeper = KeyInFile(paths.home / KEY_FILE) if key_store == "file" else KeyInKeyring(paths.home)
        self._given = Secret(env.get("OPENALGO_SECRET_KEY", "").strip())

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
        return "OPENALGO_SECRET_KEY" if self._given else str(self._keeper)

    @cached_property
    def _key(self) -> Secret:
        key = self._given or self._keeper.key()
        if len(key.reveal()) < _SHORTEST:
            raise ConfigurationError(
                f"{self._source} holds no key: a key has at least {_SHORTEST} characters.",
                hint="Make one with: openssl rand -hex 32" if self._given else "Delete it and log in again.",
            )
        return key

    def _key_bytes(self) -> bytes:
        return hashlib.sha256(self._key.reveal().encode("utf-8", "surrogateescape")).digest()
