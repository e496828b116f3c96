"""How an error is told: at most three lines, or one JSON object, on standard error; and the exit code."""

from __future__ import annotations

import traceback
from dataclasses import asdict, dataclass
from types import TracebackType

import click

from ..errors import ExitCode, OpenAlgoError
from .text import one_line

__all__ = ["INTERRUPTED", "Failure", "report"]

#: What shells expect of a program that was stopped by Ctrl-C: 128 and the number of SIGINT.
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Failure:
    """The `error` object of `--json`; the fields are the contract, in this order."""

    kind: str
    message: str
    hint: str
    broker: str | None
    code: str | None
    exit_code: int


def report(error: BaseException, *, json: bool, verbose: bool) -> int:
    """Tells the error on standard error and returns the exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    failure = _failure(error)
    if verbose and not isinstance(error, (click.ClickException, click.Abort)):
        from ..transport.redact import public_traceback

        click.echo(public_traceback(error), err=True, nl=False)
    click.echo(_as_json(failure) if json else _as_text(failure), err=True)
    return failure.exit_code


def _failure(error: BaseException) -> Failure:
    if isinstance(error, OpenAlgoError):
        return Failure(error.kind, error.message, error.hint, error.broker, error.code, int(error.exit_code))
    if isinstance(error, click.UsageError):
        return Failure("UsageError", error.format_message(), _help_line(error), None, None, int(ExitCode.USAGE))
    if isinstance(error, click.ClickException):
        return Failure(type(error).__name__, error.format_message(), "", None, None, error.exit_code)
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        notes = getattr(error.__cause__, "__notes__", [])
        return Failure("Interrupted", " ".join(["Interrupted.", *notes]), "", None, None, INTERRUPTED)
    return _fault_of_ours(error)


def _help_line(error: click.UsageError) -> str:
    return f"Run: {error.ctx.command_path} --help" if error.ctx else "Run: openalgo --help"


def _fault_of_ours(error: BaseException) -> Failure:
    # The text of a foreign exception may hold a token (in a URL, say): only its class and place are told.
    return Failure(
        "InternalError",
        f"An unexpected {type(error).__name__} in {_place(error.__traceback__)}: our fault, not yours.",
        "Please report it with this line. Before you repeat an order, look at: openalgo journal list",
        None,
        None,
        int(ExitCode.INTERNAL),
    )


def _place(trace: TracebackType | None) -> str:
    """The innermost line that belongs to this project or one of its plugins, as `module:line`."""
    frames = [(frame.f_globals.get("__name__", "?"), line) for frame, line in traceback.walk_tb(trace)]
    ours = [frame for frame in frames if frame[0].startswith("openalgo")] or frames or [("?", 0)]
    return "{}:{}".format(*ours[-1])


def _as_json(failure: Failure) -> str:
    from json import dumps

    return dumps({"error": asdict(failure)}, ensure_ascii=False)


def _as_text(failure: Failure) -> str:
    told = not failure.code or f"({failure.code})" in failure.message
    source = "" if told else " ".join(part for part in (failure.broker, failure.code) if part)
    lines = [f"{click.style('Error:', fg='red', bold=True)} {one_line(failure.message)}{source and f' [{source}]'}"]
    if failure.hint:
        lines.append(f"       {one_line(failure.hint)}")
    return "\n".join(lines)
