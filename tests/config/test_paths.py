from __future__ import annotations

import stat
from pathlib import Path

import platformdirs
import pytest

from openalgo_core.config import Paths
from openalgo_core.errors import ConfigurationError


def test_home_moves_state_and_configuration(tmp_path: Path) -> None:
    paths = Paths.from_environment({"OPENALGO_HOME": str(tmp_path)})
    assert paths == Paths(tmp_path, tmp_path / "openalgo.toml")


def test_config_names_another_file(tmp_path: Path) -> None:
    paths = Paths.from_environment({"OPENALGO_HOME": str(tmp_path), "OPENALGO_CONFIG": str(tmp_path / "my.toml")})
    assert (paths.home, paths.config_file) == (tmp_path, tmp_path / "my.toml")


def test_default_is_the_platform_s() -> None:
    paths = Paths.from_environment({})
    assert paths.home == Path(platformdirs.user_data_dir("openalgo", appauthor=False))
    assert paths.config_file == Path(platformdirs.user_config_dir("openalgo", appauthor=False)) / "openalgo.toml"


def test_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Paths.from_environment({"OPENALGO_HOME": "state"}).home == tmp_path / "state"


def test_directories_are_for_their_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    made = Paths(home, home / "openalgo.toml").directory("sessions", "angel")
    assert made == home / "sessions" / "angel"
    for directory in (home.parent, home, made.parent, made):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError, match="cannot be written") as caught:
        Paths(tmp_path / "file" / "home", tmp_path).directory()
    assert "OPENALGO_HOME" in caught.value.hint
