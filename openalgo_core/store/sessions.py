"""Sessions and pending challenges on disk: encrypted, one set for each broker, profile and base URL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..clock import Clock, SystemClock, ist
from ..errors import LoginRequired
from ..models.session import Session
from ..secrets import Secret
from .crypto import Vault
from .files import erase, make_directory, read_private, write_private

if TYPE_CHECKING:
    from ..models.login import Challenge

__all__ = ["CHALLENGE_LIFETIME", "SessionStore"]

CHALLENGE_LIFETIME = timedelta(minutes=10)
_LOCK_PATIENCE = 120  # seconds; longer than a login that waits for the next authenticator code


class SessionStore:
    """The logins of one machine.

    A session belongs to the base URL that it was made at (`None`: the broker's own hosts), so a simulator's
    token never reaches the broker and a login at a simulator does not cost the real one. Every method raises
    `ConfigurationError` where the directory cannot be read or written.
    """

    def __init__(self, directory: Path, vault: Vault, clock: Clock | None = None) -> None:
        self._directory = directory
        self._vault = vault
        self._clock = clock or SystemClock()

    def save(self, broker: str, profile: str, base_url: str | None, session: Session) -> None:
        """Keep a fresh login; it ends what an explicit logout began and any pending challenge."""
        place = self._place(broker, profile, base_url)
        self._write(
            place / "session",
            {
                "user_id": session.user_id,
                "tokens": _revealed(session.tokens),
                "expires_at": session.expires_at.isoformat(),
                "data": dict(session.data),
            },
        )
        erase(place / "challenge")
        erase(place / "logged_out")

    def load(self, broker: str, profile: str, base_url: str | None) -> Session | None:
        """The session, expired or not; `None` where there is none.

        Raises `LoginRequired` if it is there and cannot be decrypted.
        """
        content = self._read(self._place(broker, profile, base_url) / "session", broker, profile)
        if content is None:
            return None
        return Session(
            user_id=content["user_id"],
            tokens=_secrets(content["tokens"]),
            expires_at=ist(datetime.fromisoformat(content["expires_at"])),
            data=content["data"],
        )

    def erase(self, broker: str, profile: str, base_url: str | None) -> None:
        """Forget the session, because the broker ended it. A command may log in by itself again."""
        erase(self._place(broker, profile, base_url) / "session")

    def mark_logged_out(self, broker: str, profile: str, base_url: str | None) -> None:
        """Forget the session because the user said so: until `save`, `logged_out` is true."""
        place = self._place(broker, profile, base_url)
        write_private(place / "logged_out", b"")
        erase(place / "session")
        erase(place / "challenge")

    def logged_out(self, broker: str, profile: str, base_url: str | None) -> bool:
        """Whether the user logged out and not yet in again: then nothing logs in by itself."""
        return (self._place(broker, profile, base_url) / "logged_out").exists()

    def save_challenge(self, broker: str, profile: str, base_url: str | None, challenge: Challenge) -> None:
        """Keep what `request_otp` was answered, for ten minutes and any process."""
        until = self._clock.now() + CHALLENGE_LIFETIME
        content = {
            "data": _revealed(challenge.data),
            "message": challenge.message,
            "until": until.isoformat(),
        }
        self._write(self._place(broker, profile, base_url) / "challenge", content)

    def load_challenge(self, broker: str, profile: str, base_url: str | None) -> Challenge | None:
        """The pending challenge, `None` where there is none or it is older than ten minutes."""
        from ..models.login import Challenge

        file = self._place(broker, profile, base_url) / "challenge"
        try:
            content = self._read(file, broker, profile)
        except LoginRequired:  # a challenge that cannot be read is one that must be requested again
            content = None
        if content is None or self._clock.now() >= datetime.fromisoformat(content["until"]):
            erase(file)
            return None
        return Challenge(_secrets(content["data"]), content["message"])

    def erase_challenge(self, broker: str, profile: str, base_url: str | None) -> None:
        """Forget the pending challenge: it was answered, or replaced by nothing."""
        erase(self._place(broker, profile, base_url) / "challenge")

    def totp_state(self, broker: str, profile: str) -> Path:
        """Where `login.TotpCodes` remembers the last code; one for all base URLs, as the secret is one."""
        return self._place(broker, profile, None) / "totp"

    @contextmanager
    def lock(self, broker: str, profile: str, base_url: str | None) -> Iterator[None]:
        """Be the only thread of the only process that logs this account in, refreshes it or logs it out.

        The operating system frees the lock of a process that dies. Not reentrant. Raises `LoginRequired` if
        another one holds it for two minutes.
        """
        from filelock import FileLock, Timeout  # lazily: 35 ms that few commands need

        file = make_directory(self._place(broker, profile, base_url)) / ".lock"
        lock = FileLock(file, timeout=_LOCK_PATIENCE, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            raise LoginRequired(
                f"Another process has been logging in to {broker} for over two minutes.",
                hint="Finish or stop that login, then try again.",
                broker=broker,
            ) from None
        try:
            yield
        finally:
            lock.release()

    def _place(self, broker: str, profile: str, base_url: str | None) -> Path:
        suffix = f"@{hashlib.sha256(base_url.encode()).hexdigest()[:16]}" if base_url else ""
        return self._directory / broker / f"{profile}{suffix}"

    def _name(self, file: Path) -> str:
        return file.relative_to(self._directory).as_posix()

    def _write(self, file: Path, content: Mapping[str, Any]) -> None:
        write_private(file, self._vault.encrypt(self._name(file), json.dumps(content).encode()))

    def _read(self, file: Path, broker: str, profile: str) -> Any:
        blob = read_private(file)
        if blob is None:
            return None
        try:
            return json.loads(self._vault.decrypt(self._name(file), blob))
        except LoginRequired as error:
            raise LoginRequired(error.message, hint=_hint(broker, profile), broker=broker) from error


def _revealed(secrets: Mapping[str, Secret]) -> dict[str, str]:
    return {name: secret.reveal() for name, secret in secrets.items()}


def _secrets(texts: Mapping[str, str]) -> dict[str, Secret]:
    return {name: Secret(text) for name, text in texts.items()}


def _hint(broker: str, profile: str) -> str:
    return f"Run: openalgo login --broker {broker}" + (f" --profile {profile}" if profile != "default" else "")
