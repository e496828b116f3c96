"""Writes the pages of the documentation that are made from the program itself.

    python docs/generate.py            write them
    python docs/generate.py --check    fail if a page differs from what would be written

Made from: the hook specifications, the error tree, the capabilities of the installed brokers, and every `--help`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from openalgo_core import errors
from openalgo_core.capabilities import Capability, Support
from openalgo_core.cli import main as command_line
from openalgo_core.hookspecs import auth, callback, guard, host, order, quote
from openalgo_core.plugins.discovery import discover
from openalgo_core.plugins.loading import load_broker

DOCS = Path(__file__).parent
FAMILIES = (host, auth, callback, order, quote, guard)
BANNER = "<!-- Made by docs/generate.py; change the program, then run it. -->\n"


def hooks() -> str:
    """One heading per hook, with the exact signature."""
    lines = ["# Hooks", "", "What a plugin may implement. A hook is a plain function marked with `@hookimpl`.", ""]
    for family in FAMILIES:
        title = family.__name__.rpartition(".")[2].capitalize()
        lines += [f"## {title}", "", inspect.getdoc(family) or "", ""]
        for name, function in vars(family).items():
            if hasattr(function, "openalgo_spec"):
                signature = str(inspect.signature(function)).replace("'", "")
                lines += [
                    f"### `{name}`",
                    "",
                    "```python",
                    f"{name}{signature}",
                    "```",
                    "",
                    inspect.getdoc(function) or "",
                    "",
                ]
    return "\n".join(lines)


def error_page() -> str:
    """The tree, every class, every exit code."""
    lines = ["# Errors and exit codes", "", "```", (inspect.getdoc(errors) or "").partition("\n\n")[2], "```", ""]
    lines += ["## Exit codes", "", "| code | name | meaning |", "|---|---|---|"]
    source = inspect.getsource(errors.ExitCode)
    for code in errors.ExitCode:
        comment = next(
            line.partition("#")[2] for line in source.splitlines() if line.strip().startswith(f"{code.name} =")
        )
        lines.append(f"| {code.value} | {code.name} | {comment.strip()} |")
    lines += ["| 130 | | interrupted with Ctrl-C; an order under way is in the journal |", "", "## Classes", ""]
    for name in errors.__all__:
        kind = getattr(errors, name)
        if issubclass(kind, errors.OpenAlgoError):
            again = "yes" if kind.retryable else "no"
            lines += [
                f"### `{name}`",
                "",
                f"{inspect.getdoc(kind)}",
                "",
                f"Exit code {kind.exit_code.value}; a read is tried again: {again}.",
                "",
            ]
    return "\n".join(lines)


def brokers() -> str:
    """What each installed broker can do."""
    infos = [load_broker(found).info for found in discover() if found.group == "openalgo.brokers"]
    infos.sort(key=lambda info: info.name)
    lines = ["# Brokers", "", "What each broker can do through its plugin, as the plugin declares it.", ""]
    lines += [f"- **{support}**: {_MEANING[support]}" for support in Support]
    lines += ["", f"| capability | {' | '.join(info.name for info in infos)} |", f"|---|{'---|' * len(infos)}"]
    for capability in Capability:
        row = " | ".join(info.support(capability).value for info in infos)
        lines.append(f"| `{capability}` | {row} |")
    lines += ["", f"| | {' | '.join(info.name for info in infos)} |", f"|---|{'---|' * len(infos)}"]
    for label, value in _FACTS:
        lines.append(f"| {label} | {' | '.join(value(info) for info in infos)} |")
    return "\n".join([*lines, ""])


_MEANING = {
    Support.FULL: "everything the command offers",
    Support.PARTIAL: "some exchanges or kinds; the plugin's README says which",
    Support.NOT_IMPLEMENTED: "the broker can, the plugin does not yet",
    Support.IMPOSSIBLE: "the broker's API cannot",
    Support.UNSTATED: "nobody has looked",
}
_FACTS: tuple[tuple[str, Callable[[Any], str]], ...] = (
    ("exchanges", lambda info: " ".join(sorted(info.exchanges))),
    ("quotes in one request", lambda info: str(info.quote_batch)),
    ("candles", lambda info: " ".join(info.history_windows)),
    ("tag comes back", lambda info: "yes" if info.tag.comes_back else "no"),
    ("market orders", lambda info: "native" if info.native_market_orders else "as a protected limit"),
)


def cli() -> str:
    """The help of every command, as it is printed."""
    lines = ["# Command line", "", "Global options may stand before or after the command.", ""]
    for path, command in _commands(command_line, ("openalgo",)):
        context = click.Context(command, info_name=" ".join(path), terminal_width=100, max_content_width=100)
        lines += [f"## `{' '.join(path)}`", "", "```", command.get_help(context), "```", ""]
    return "\n".join(lines)


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _commands(child, (*path, name))


PAGES: dict[str, Callable[[], str]] = {"hooks.md": hooks, "errors.md": error_page, "brokers.md": brokers, "cli.md": cli}


def main(check: bool) -> int:
    stale = []
    for name, make in PAGES.items():
        text = BANNER + make().rstrip() + "\n"
        page = DOCS / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                page.write_text(text, encoding="utf-8")
    if stale:
        print(f"{'differ from the program' if check else 'written'}: {', '.join(stale)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
