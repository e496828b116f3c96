"""Fetching instrument files: asked for only if they changed, read row by row, what is left out counted.

    with account.http.download(URL, headers=conditions(known)) as download:
        if not has_changed(download):
            return False
        answer = begun(download)
        answer.rows = counted(read(spooled(download)), answer.skipped)
    return answer

A file that can be read from its beginning needs no `spooled`; then the rows keep the download open, and close it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import IO, TYPE_CHECKING, Final

from .clock import ist
from .errors import BrokerUnavailable
from .models.master import Master

if TYPE_CHECKING:
    from .models.account import Download
    from .models.master import MasterFields
    from .models.sync import Known

__all__ = ["TRY_AGAIN", "begun", "conditions", "counted", "has_changed", "pieces_of", "spooled"]

#: The hint of an error about an instrument file.
TRY_AGAIN: Final = "Try again; the table of the last sync stays in use."

#: A file up to this many bytes is spooled in memory, a larger one on the disk.
_IN_MEMORY: Final = 1 << 20
#: Bytes that are read at once.
_PIECE: Final = 1 << 17


def conditions(known: Known | None) -> dict[str, str]:
    """The headers that make a server answer 304 where nothing changed. An ETag is quoted, a date is not."""
    if known is None or known.stamp is None:
        return {}
    return {"If-None-Match" if known.stamp.endswith('"') else "If-Modified-Since": known.stamp}


def has_changed(download: Download) -> bool:
    """`False` for 304, `True` for a file. Raises `BrokerUnavailable` for any other answer."""
    if download.status not in (200, 304):
        raise BrokerUnavailable(
            f"The instrument file could not be read (HTTP {download.status}).",
            hint=TRY_AGAIN,
            http_status=download.status,
        )
    return download.status == 200


def begun(download: Download) -> Master:
    """A master without rows, stamped with the ETag or Last-Modified of its file, where the server sends one."""
    changed = download.headers.get("Last-Modified")
    return Master((), stamp=download.headers.get("ETag") or changed, source_time=_http_date(changed))


def spooled(download: Download) -> IO[bytes]:
    """The whole file, rewound, for one that must be read from its end, as a zip is. Whoever reads it closes it."""
    import tempfile  # here, because every command imports the plugin, and few fetch its file

    with ExitStack() as unless_complete:
        # Unread, the file goes with the last reference to it.
        file = unless_complete.enter_context(tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))
        for piece in download.pieces():
            file.write(piece)
        unless_complete.pop_all()
    file.seek(0)
    return file


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """The rest of a file, as a download would bring it."""
    return iter(lambda: file.read(_PIECE), b"")


def counted(found: Iterable[MasterFields | str], skipped: dict[str, int]) -> Iterator[MasterFields]:
    """The rows; a text among them is the reason why a row of the file is none, and is counted."""
    for row in found:
        if isinstance(row, str):
            skipped[row] = skipped.get(row, 0) + 1
        else:
            yield row


def _http_date(text: str | None) -> datetime | None:
    from email.utils import parsedate_to_datetime  # as above

    try:
        return ist(parsedate_to_datetime(text)) if text else None
    except ValueError:
        return None
