"""The installed `openalgo` command and a simulated Angel One, as two programs that talk over a socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from terminals import SEEDS, Angel, Terminal, simulated_angel


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.fixture
def angel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Angel]:
    yield from simulated_angel(tmp_path_factory.mktemp("simulator"))


@pytest.fixture
def trader(terminal: Terminal, angel: Angel) -> Terminal:
    """The `.env` of Angel's set-up page, byte for byte, plus BROKER_BASE_URL and what answers the login questions."""
    (terminal.directory / ".env").write_bytes((SEEDS / "angel.env").read_bytes())
    wanted = ("BROKER_CLIENT_ID", "BROKER_PIN", "BROKER_TOTP_SECRET")
    terminal.environment = {name: angel.credentials[name] for name in wanted} | {"BROKER_BASE_URL": angel.url}
    return terminal
