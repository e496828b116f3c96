"""Fetching an instrument file."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from openalgo_core.clock import IST
from openalgo_core.errors import BrokerUnavailable
from openalgo_core.masters import begun, conditions, counted, has_changed, pieces_of, spooled
from openalgo_core.models import Known, MasterRow

NOW = datetime(2026, 11, 20, 10, 15, tzinfo=IST)


@dataclass
class File:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[bytes, ...] = ()
    breaks: bool = False

    def pieces(self, size: int = 1 << 20) -> Iterator[bytes]:
        yield from self.parts
        if self.breaks:
            raise BrokerUnavailable("reset")


@pytest.mark.parametrize(
    ("stamp", "headers"),
    [
        (None, {}),
        ('"33a64df5"', {"If-None-Match": '"33a64df5"'}),
        ('W/"33a64df5"', {"If-None-Match": 'W/"33a64df5"'}),
        ("Fri, 20 Nov 2026 03:00:00 GMT", {"If-Modified-Since": "Fri, 20 Nov 2026 03:00:00 GMT"}),
    ],
)
def test_a_server_is_asked_for_what_changed(stamp: str | None, headers: Mapping[str, str]) -> None:
    assert conditions(Known(stamp, NOW)) == headers
    assert conditions(None) == {}


def test_only_200_is_a_file_and_304_is_none() -> None:
    assert has_changed(File(200))
    assert not has_changed(File(304))
    for status in (206, 301, 403, 500):
        with pytest.raises(BrokerUnavailable) as caught:
            has_changed(File(status))
        assert caught.value.http_status == status


def test_a_master_carries_the_stamp_of_its_file() -> None:
    dated = {"Last-Modified": "Fri, 20 Nov 2026 03:00:00 GMT"}
    by_date, by_tag = begun(File(headers=dated)), begun(File(headers=dated | {"ETag": '"x"'}))
    assert (by_date.stamp, by_tag.stamp) == (dated["Last-Modified"], '"x"')
    assert by_date.source_time == datetime(2026, 11, 20, 8, 30, tzinfo=IST)
    assert begun(File(headers={"Last-Modified": "yesterday"})).source_time is None
    assert begun(File()).stamp is None


def test_a_spooled_file_is_whole_and_rewound() -> None:
    with spooled(File(parts=(b"ab", b"", b"c"))) as file:
        assert file.read() == b"abc"


def test_a_download_that_breaks_leaves_no_file_open() -> None:
    with pytest.raises(BrokerUnavailable):  # and no ResourceWarning, which pytest would turn into an error
        spooled(File(parts=(b"ab",), breaks=True))


def test_what_is_no_instrument_is_counted_by_its_reason() -> None:
    row = MasterRow("SBIN", "NSE", "SBI", "EQ", None, None, 1, None, None, "1", "SBIN-EQ", "NSE", "3045")
    skipped = {"spread": 1}
    assert list(counted(["spread", row, "dead", "spread"], skipped)) == [row]
    assert skipped == {"spread": 3, "dead": 1}


def test_a_file_is_read_piece_by_piece() -> None:
    content = bytes(range(256)) * 2_000
    pieces = list(pieces_of(io.BytesIO(content)))
    assert b"".join(pieces) == content
    assert len(pieces) > 1
