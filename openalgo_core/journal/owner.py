"""Which process is sending an intent, and whether it still lives.

A process that sends orders holds a lock on a file of its own. The operating system frees the lock when the process
ends, however it ends, so that a lock that can be taken proves that its owner is gone. Process numbers would not do:
they are used again.
"""

from __future__ import annotations

import atexit
import os
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from filelock import BaseFileLock

__all__ = ["Owner"]


class Owner:
    """This process, as the journal knows it. Made once per directory and process; see `Owner.of`."""

    # Keyed by process too: a forked child must not pass for its parent, and dropping the parent's lock object in the
    # child would free the lock that both share.
    _made: ClassVar[dict[tuple[int, Path], Owner]] = {}
    _guard = threading.Lock()

    def __init__(self, directory: Path) -> None:
        from filelock import FileLock

        self._directory = directory
        self._process = os.getpid()
        self.name = uuid.uuid4().hex
        #: Intents that a thread of this process is sending. What it wanted to settle and could not is not among them.
        self.sending: set[int] = set()
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Not thread-local: the lock belongs to the process, whichever thread sends.
            self._lock: BaseFileLock = FileLock(self._path(self.name), mode=0o600, thread_local=False)
            self._lock.acquire(timeout=0)
        except OSError as error:
            raise ConfigurationError(
                f"The state directory {directory} cannot be written: {error.strerror}.",
                hint="Make it writable, or set OPENALGO_HOME to a directory that is. No order was sent.",
            ) from error
        atexit.register(self._leave)

    @classmethod
    def of(cls, directory: Path) -> Owner:
        """The owner that stands for this process in that directory."""
        with cls._guard:
            key = (os.getpid(), directory)
            if key not in cls._made:
                cls._made[key] = cls(directory)
            return cls._made[key]

    def is_alive(self, name: str) -> bool:
        """Whether the process of that name still runs. The file of a dead one is removed."""
        if name == self.name:
            return True
        path = self._path(name)
        if not path.exists():
            return False
        from filelock import FileLock, Timeout

        probe = FileLock(path, thread_local=False)
        try:
            probe.acquire(timeout=0)
        except Timeout:
            return True
        probe.release()
        path.unlink(missing_ok=True)
        return False

    def _leave(self) -> None:
        """Tidy up at a normal exit; whoever is killed leaves a file that `is_alive` removes."""
        if os.getpid() == self._process:  # a forked child must not free its parent's lock
            self._lock.release()
            self._path(self.name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.lock"
