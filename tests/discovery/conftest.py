from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

#: Puts the metadata of a distribution into a directory and returns its dist-info.
Install = Callable[..., Path]


@pytest.fixture
def install() -> Install:
    def install(
        where: Path,
        entry_points: str | None,
        *,
        name: str = "openalgo-toy",
        version: str = "1.0",
        directory: str | None = None,
        metadata: str = "METADATA",
    ) -> Path:
        dist_info = where / (directory or f"{name.replace('-', '_')}-{version}.dist-info")
        dist_info.mkdir(parents=True)
        (dist_info / metadata).write_text(
            f"Metadata-Version: 2.3\nName: {name}\nVersion: {version}\nSummary: a toy\n\nName: not this\n"
        )
        if entry_points is not None:
            (dist_info / "entry_points.txt").write_text(entry_points, encoding="utf-8")
        return dist_info

    return install
