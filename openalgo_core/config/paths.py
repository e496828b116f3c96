"""Where state and configuration live."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..store.files import make_directory

__all__ = ["CONFIG_NAME", "Paths"]

CONFIG_NAME = "openalgo.toml"


class Paths(NamedTuple):
    """`home` holds all state; `config_file` is `openalgo.toml`, which need not exist."""

    home: Path
    config_file: Path

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Paths:
        """The paths that the environment names; nothing is created here.

        `OPENALGO_HOME` moves all state and the configuration with it, `OPENALGO_CONFIG` names another file.
        Without them both are in the platform's user directories.
        """
        home, config = env.get("OPENALGO_HOME"), env.get("OPENALGO_CONFIG")
        if home:
            state = Path(home).expanduser().absolute()
            directory = state
        else:
            import platformdirs  # lazily: whoever sets OPENALGO_HOME does not pay for it

            state = platformdirs.user_data_path("openalgo", appauthor=False)
            directory = platformdirs.user_config_path("openalgo", appauthor=False)
        return cls(state, Path(config).expanduser().absolute() if config else directory / CONFIG_NAME)

    @property
    def config_directory(self) -> Path:
        return self.config_file.parent

    def directory(self, *parts: str) -> Path:
        """The directory of that name under `home`, made (0700) if needed.

        Raises `ConfigurationError` if it cannot be made or written to.
        """
        path = make_directory(self.home)
        for part in parts:
            path = make_directory(path / part)
        return path
