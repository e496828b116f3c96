"""Writes the pages of the documentation that are made from the program itself.

    python docs/generate.py            write them
    python docs/generate.py --check    fail if a page differs from what would be written

Made from: the hook specifications, the error tree, the capabilities of the installed brokers, every `--help`, and the
conformance cases.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from hook_examples import example_of

from openalgo_core import errors, hookspecs
from openalgo_core.capabilities import Capability, Support
from openalgo_core.cli import main as command_line
from openalgo_core.hookspecs import auth, callback, guard, host, order, quote
from openalgo_core.hookspecs.history import GAINED, since
from openalgo_core.plugins.discovery import discover
from openalgo_core.plugins.loading import load_broker
from openalgo_core.testing.conformance import conformance_page

DOCS = Path(__file__).parent
FAMILIES = (host, auth, callback, order, quote, guard)
BANNER = "<!-- Made by docs/generate.py; change the program, then run it. -->\n"


def hooks() -> str:
    """A heading per hook: exact signature, since when, what `None` and an exception mean, a tested example."""
    lines = ["# Hooks", "", inspect.getdoc(hookspecs) or "", "", _CONTRACT, "", *_gains(), ""]
    for family in FAMILIES:
        title = family.__name__.rpartition(".")[2].capitalize()
        lines += [f"## {title}", "", inspect.getdoc(family) or "", ""]
        for name, function in vars(family).items():
            if hasattr(function, "openalgo_spec"):
                lines += _hook(name, function)
    return "\n".join(lines)


def _hook(name: str, function: Callable[..., Any]) -> list[str]:
    signature = str(inspect.signature(function)).replace("'", "")
    lines = [f"### `{name}`", "", "```python", f"{name}{signature}", "```", "", inspect.getdoc(function) or "", ""]
    means = _MEANS.get(name) or (_WRITE if name in _WRITES else _READ)
    lines += [f"{means} Since plugin API {since(name)}.", ""]
    example = example_of(name)
    if example is not None:
        lines += [f"From {example.origin}:", "", "```python"]
        lines += ["\n\n\n".join(f"# {file}\n{text}" for file, text in example.parts), "```", ""]
    return lines


def _gains() -> list[str]:
    """What each number of the contract brought."""
    lines = ["| plugin API | since openalgo-core | brought |", "|---|---|---|"]
    for number, gain in GAINED.items():
        parameters = [f"`{hook}({', '.join(sorted(names))})`" for hook, names in sorted(gain.parameters.items())]
        brought = "every hook of this page" if number == 1 else ", ".join([*sorted(gain.hooks), *parameters])
        lines.append(f"| {number} | {gain.release} | {brought} |")
    return lines


_CONTRACT = """## The number of the contract

`describe()` states the number that the plugin was written for, as a plain number. A core takes every number from the
oldest that it knows up to its own: a later number only adds, so a plugin that was written for an earlier one keeps
working. One that was written for a later number is refused, naming both. What is to go warns first, at the plugin's own
line."""
_WRITES = frozenset({"place_order", "modify_order", "cancel_order"})
_WRITE = (
    "`None` is an error, and the outcome unknown; what an exception means says the table above. "
    "Called once, from any thread, never from two with the same order."
)
_READ = (
    "`None` is an error (`PluginBroken`, exit 10). An error of `openalgo_core.errors` reaches the user with its exit "
    "code; any other exception is told as a fault (exit 1). Called from any thread, and from several at once."
)
_MEANS = {
    "describe": "`None` and any exception: the plugin is refused (exit 10). Called once, when the plugin is loaded.",
    "simulator": "`None` and any exception: `openalgo simulate` ends. Called once for each server, in the main thread.",
    "check_order": (
        "`None` lets the order pass; any exception is an objection, and stops the order. "
        "Called from the thread that sends it."
    ),
    "order_settled": (
        "The answer is not looked at; an exception is logged and changes nothing. "
        "Called from the thread that sent the order."
    ),
}


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


PAGES: dict[str, Callable[[], str]] = {
    "hooks.md": hooks,
    "errors.md": error_page,
    "brokers.md": brokers,
    "cli.md": cli,
    "conformance.md": conformance_page,
}


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
