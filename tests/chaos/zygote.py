"""A warm process that forks victims: what takes a cold Python a second takes a fork a few milliseconds."""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from .sins import commit

__all__ = ["Deed", "Ending", "Kill", "Zygote"]

#: What a victim does: it gets a function to tell how far it has come.
Deed = Callable[..., Any]
_SPAWN = multiprocessing.get_context("spawn")
#: Seconds after which a victim that was not killed counts as hanging.
_LIMIT = 60.0


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL, so many seconds after the victim has told that it reached that step."""

    step: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Ending:
    """How a deed ended: `result` unless it was killed before it had one; `error` if it raised."""

    result: Any = None
    killed: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    deed: Deed
    arguments: tuple[Any, ...]
    kill: Kill | None


class Zygote:
    """Runs deeds, each in a process of its own, while the `with` block lasts. Not for several threads."""

    def __init__(self, sin: str | None = None) -> None:
        self._sin = sin

    def __enter__(self) -> Self:
        self._line, far_end = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(far_end, self._sin), daemon=True)
        self._process.start()
        far_end.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()
        self._process.join()

    def run(self, deed: Deed, *arguments: Any, kill: Kill | None = None) -> Ending:
        """Do it in a new process. Raises `RuntimeError` with its traceback if it raises."""
        self._line.send(_Job(deed, arguments, kill))
        ending: Ending = self._line.recv()
        if ending.error is not None:
            raise RuntimeError(f"{deed.__name__} failed:\n{ending.error}")
        return ending


def _serve(line: Connection, sin: str | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is asked, and closes the line
    commit(sin)
    known: set[str] = set()
    while True:
        try:
            job = line.recv()
        except EOFError:
            return
        ending, modules = _fork(job)
        line.send(ending)
        # Whatever a victim imported the next one finds there already.
        for name in modules - known:
            with contextlib.suppress(Exception):  # some modules are made by others and cannot be imported by name
                importlib.import_module(name)
        known |= modules
        gc.freeze()


def _fork(job: _Job) -> tuple[Ending, set[str]]:
    reader, writer = multiprocessing.Pipe(duplex=False)
    pid = os.fork()
    if pid == 0:
        reader.close()
        _do(job, writer)
    writer.close()
    try:
        return _watch(job, pid, reader)
    finally:
        reader.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _watch(job: _Job, pid: int, reader: Connection) -> tuple[Ending, set[str]]:
    try:
        while reader.poll(_LIMIT):
            message = reader.recv()
            if isinstance(message, bytes):
                ending: tuple[Ending, set[str]] = pickle.loads(message)
                return ending
            if job.kill is not None and message == job.kill.step:
                time.sleep(job.kill.seconds)
                os.kill(pid, signal.SIGKILL)
        return Ending(error=f"it hangs: no answer within {_LIMIT:g} s"), set()
    except (EOFError, pickle.UnpicklingError):
        return Ending(killed=True), set()


def _do(job: _Job, writer: Connection) -> None:
    """In the child; never returns."""
    try:
        result = job.deed(writer.send, *job.arguments)
        ending = Ending(result)
    except BaseException:  # noqa: BLE001 - whatever it is, the harness must hear of it
        ending = Ending(error=traceback.format_exc())
    # A connection writes length and text in one go up to 16 KB; the modules are more, so they are pickled here.
    writer.send(pickle.dumps((ending, set(sys.modules))))
    os._exit(0)
