"""Files that only their owner may read, written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ..errors import ConfigurationError

__all__ = ["erase", "loose_modes", "make_directory", "read_private", "tighten", "write_private"]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_directory(path: Path) -> Path:
    """The directory, made with its missing parents, all 0700; an existing one of ours is tightened to that.

    Raises `ConfigurationError` if it cannot be made or written to.
    """
    try:
        _make_missing(path)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _unwritable("directory", path, error) from error
    tighten(path)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Put `content` in place of the file, mode 0600: a reader, or a crash, sees the old or the new one whole.

    Raises `ConfigurationError` if it cannot be written.
    """
    make_directory(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        _write_through(temporary, content)
        temporary.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise _unwritable("file", path, error) from error
    finally:
        temporary.unlink(missing_ok=True)  # still there only where something failed, or Ctrl-C came


def read_private(path: Path) -> bytes | None:
    """The content, `None` where there is no file. A file that others could read is tightened, with a warning.

    Raises `ConfigurationError` if it is there and cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}.",
            hint="Make the file yours, or delete it and log in again.",
        ) from error
    if tighten(path):
        import logging  # here, because the list of brokers is printed without it

        logging.getLogger("openalgo.store").warning("%s could be read by others; its mode is 0600 now", path)
    return content


def erase(path: Path) -> bool:
    """Remove the file; false where there was none. Raises `ConfigurationError` if it cannot be removed."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unwritable("file", path, error) from error
    return True


def loose_modes(root: Path) -> Iterator[Path]:
    """The files and directories in `root`, itself included, that somebody beside their owner may use."""
    if root.is_dir():
        yield from (path for path in (root, *sorted(root.rglob("*"))) if _is_loose(path))


def tighten(path: Path) -> bool:
    """Take everybody else's rights away (0600, directories 0700); true where that was needed and possible."""
    if not _is_loose(path):
        return False
    with contextlib.suppress(OSError):  # another's file: `doctor` reports it, and what we write there is 0600 anyway
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)
        return True
    return False


def _make_missing(path: Path) -> None:
    if not path.is_dir():
        _make_missing(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)  # another process may have made it just now


def _write_through(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _is_loose(path: Path) -> bool:
    if os.name != "posix":  # elsewhere the mode says nothing; user directories are private by their ACL
        return False
    mode = path.lstat().st_mode
    return not stat.S_ISLNK(mode) and bool(mode & _OTHERS)


def _sync_directory(directory: Path) -> None:
    if os.name != "posix":  # only there can a directory be opened, and needs to be
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(what: str, path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The {what} {path} cannot be written: {error.strerror or error}.",
        hint="Free some space, or get the right to write there, or set OPENALGO_HOME to another directory.",
    )
