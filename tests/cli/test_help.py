"""The help of every command: it exists, it agrees with the table of commands, and its examples are right."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import click
import pytest

from openalgo_core.cli import main
from openalgo_core.cli.command import Command, Group
from openalgo_core.cli.options import GLOBAL_OPTIONS
from openalgo_core.cli.root import SECTIONS

from .conftest import Run

LAZY = {word: lazy for commands in SECTIONS.values() for word, lazy in commands.items()}


def _walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group) and command is not main:
        for word, child in command.commands.items():
            yield from _walk(f"{name} {word}", child)


COMMANDS = dict(pair for word, lazy in LAZY.items() for pair in _walk(word, lazy.load()))
EXAMPLES = [
    example
    for command in [main, *COMMANDS.values()]
    if isinstance(command, (Command, Group))
    for example in command.examples
]


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_help_with_its_global_options(words: str, run: Run) -> None:
    ran = run(*words.split(), "--help")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: openalgo {words} ")
    assert all(option.opts[0] in ran.out for option in GLOBAL_OPTIONS)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_is_one_of_ours_and_has_an_example(words: str) -> None:
    command = COMMANDS[words]

    assert isinstance(command, (Command, Group))
    if isinstance(command, Command):
        assert any(example.startswith(f"openalgo {words}") for example in command.examples)


@pytest.mark.parametrize("word", LAZY)
def test_the_line_in_the_table_is_the_first_line_of_the_command(word: str) -> None:
    command = LAZY[word].load()

    assert command.name == word
    assert (command.help or "").splitlines()[0] == LAZY[word].help


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_can_be_parsed(example: str) -> None:
    program, *words = shlex.split(example)
    assert program == "openalgo"

    context = main.make_context("openalgo", words)
    while isinstance(context.command, click.Group):
        name, command, rest = context.command.resolve_command(context, context._protected_args + context.args)
        assert command is not None
        context = command.make_context(name, rest, parent=context)


def test_the_help_lists_every_command_under_its_heading(run: Run) -> None:
    out = run("--help").out

    for heading, commands in SECTIONS.items():
        assert f"\n{heading}:\n" in out
        assert all(f"  {word} " in out for word in commands)
