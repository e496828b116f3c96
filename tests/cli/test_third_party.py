"""Commands of installed packages, from real distributions on the path."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Run

HELLO = """
import click

@click.command("hello")
@click.argument("name")
@click.pass_obj
def hello(options, name):
    click.echo(f"Hello {name}, json={options.json}")
    return 7
"""
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a distribution with one command onto the path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def install(distribution: str, word: str, value: str, source: str | None) -> None:
        info = site / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[openalgo.commands]\n{word} = {value}\n", encoding="utf-8")
        module = value.partition(":")[0]
        monkeypatch.delitem(sys.modules, module, raising=False)
        if source is not None:
            (site / f"{module}.py").write_text(source, encoding="utf-8")

    return install


def test_a_command_is_listed_without_being_imported_and_run_by_its_word(run: Run, install: Install) -> None:
    install("acme", "hello", "acme_cli_one:hello", HELLO)

    listed = run("--help")
    assert "Commands of installed packages:\n  hello  From acme 1.0.\n" in listed.out
    assert "acme_cli_one" not in sys.modules

    ran = run("--json", "hello", "Asha")
    assert (ran.code, ran.out, ran.err) == (0, "Hello Asha, json=True\n", "")


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        (None, "ModuleNotFoundError"),
        ("raise RuntimeError('boom')", "RuntimeError: boom"),
        ("hello = 3", "is a int, not a click command"),
        ("other = 3", "AttributeError"),
    ],
)
def test_a_broken_command_hurts_only_itself(source: str | None, cause: str, run: Run, install: Install) -> None:
    install("acme", "hello", "acme_cli_two:hello", source)

    ran = run("hello", "Asha", "--json")
    assert (ran.code, ran.error["kind"]) == (10, "PluginBroken")
    assert ran.error["message"].startswith("The command 'hello' of acme 1.0 ")
    assert cause in ran.error["message"]
    assert (run("--help").code, run("--version").code) == (0, 0)


def test_two_packages_with_one_word_are_both_named(run: Run, install: Install) -> None:
    install("acme", "hello", "acme_cli_three:hello", HELLO)
    install("other", "hello", "other_cli:hello", HELLO)

    ran = run("hello", "Asha")

    assert ran.code == 10
    assert "acme 1.0" in ran.err
    assert "other 1.0" in ran.err


def test_no_package_can_take_a_word_of_ours(run: Run, install: Install) -> None:
    install("acme", "quote", "acme_cli_four:hello", HELLO)

    assert "acme" not in run("--help").out
    assert run("quote", "--help").out.startswith("Usage: openalgo quote")
