"""The stage of a demo: a home of its own, a broker, and for a broker's wire its simulator in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..config.environment import DEFAULT_BROKER
from .bench import account_lines, new_setup, simulator_of
from .recorder import Exchange, Recorder

if TYPE_CHECKING:
    from ..plugins.broker import Broker
    from ..simulation import SimulatorSetup

__all__ = ["Stage", "set_up"]


@dataclass(frozen=True, slots=True)
class Stage:
    """`requests` gives what went over the wire since it was last asked; on paper there is no wire.

    `surprises` are the sentences in which a simulator says what it did not expect.
    """

    broker: Broker
    requests: Callable[[], tuple[Exchange, ...]] = tuple
    surprises: Sequence[str] = ()


@contextmanager
def set_up(name: str) -> Iterator[Stage]:
    """The stage for that broker. The user's own settings, sessions and paper account are out of reach while it lasts.

    Raises what `simulator_of` and `connect` raise.
    """
    from ..plugins.connect import connect

    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="openalgo-demo-", ignore_cleanup_errors=True)))
        stack.enter_context(_only_home(home))
        if name == DEFAULT_BROKER:
            env_file = _written(home / "demo.env", {})
            yield Stage(stack.enter_context(connect(name, env_file=env_file)))
            return
        setup, recorder = stack.enter_context(_simulated(name))
        env_file = _written(home / "demo.env", account_lines(name, setup.account, setup.public_url))
        yield Stage(stack.enter_context(connect(name, env_file=env_file)), recorder.take, setup.surprises)


@contextmanager
def _simulated(name: str) -> Iterator[tuple[SimulatorSetup, Recorder]]:
    """That broker's simulator, serving, with a recorder in front of it."""
    hook = simulator_of(name)
    from ..simulation import serve

    setup = new_setup()
    recorder = Recorder(hook(setup))
    with closing(setup), serve(lambda _: recorder, setup):
        yield setup, recorder


@contextmanager
def _only_home(home: Path) -> Iterator[None]:
    """The environment without anything of ours in it but a home."""
    saved = dict(os.environ)
    for name in saved:
        if name.startswith(("BROKER_", "OPENALGO_")) or name == "REDIRECT_URL":
            del os.environ[name]
    os.environ["OPENALGO_HOME"] = str(home)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)


def _written(file: Path, variables: Mapping[str, str]) -> Path:
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}='{value}'\n" for name, value in variables.items()), encoding="utf-8")
    return file
