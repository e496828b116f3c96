"""What is installed, told without importing it, and told as `importlib.metadata` tells it."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import zipfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pytest

from openalgo_core.plugins.discovery import BROKERS, COMMANDS, GUARDS, Found, discover, not_installed, suggest

from .conftest import Install

TOY = "[openalgo.brokers]\ntoy = toy_broker\n"
Told = tuple[str, str, str, str, str]


def told(found: Collection[Found]) -> list[Told]:
    return [(one.group, one.name, one.value, one.distribution, one.version) for one in found]


def told_by_importlib(groups: Collection[str], path: Sequence[str] | None = None) -> list[Told]:
    """The same through the standard library; of a distribution that is there twice the first counts."""
    seen: set[str] = set()
    rows: list[Told] = []
    for distribution in importlib.metadata.distributions(path=list(sys.path if path is None else path)):
        name = distribution.metadata["Name"]
        if name.lower().replace("-", "_") in seen:
            continue
        seen.add(name.lower().replace("-", "_"))
        for entry in distribution.entry_points:
            if entry.group in groups:
                value = f"{entry.module}:{entry.attr}" if entry.attr else entry.module
                rows.append((entry.group, entry.name, value, name, distribution.version))
    return sorted(rows)


def test_the_running_environment_is_seen_as_importlib_sees_it() -> None:
    groups = (BROKERS, COMMANDS, GUARDS, "console_scripts", "pytest11")
    found = sorted(told(discover(groups=groups)))
    assert found == told_by_importlib(groups)
    assert {group for group, *_ in found} >= {BROKERS, "console_scripts", "pytest11"}


def test_the_core_s_own_broker_is_found() -> None:
    (paper,) = [one for one in discover() if one.name == "paper"]
    assert (paper.group, paper.distribution, paper.value) == (BROKERS, "openalgo-core", "openalgo_core.paper")


@pytest.mark.parametrize("kind", ["directory", "zip", "egg"])
def test_a_distribution_is_found_wherever_python_finds_it(tmp_path: Path, install: Install, kind: str) -> None:
    site = tmp_path / "site"
    if kind == "egg":
        site = tmp_path / "openalgo_toy-1.0-py3.11.egg"
        install(site, TOY, directory="EGG-INFO", metadata="PKG-INFO")
    else:
        install(site, TOY)
    entry = zipped(site) if kind == "zip" else site
    expected: list[Told] = [(BROKERS, "toy", "toy_broker", "openalgo-toy", "1.0")]
    assert told(discover([str(entry)])) == expected == told_by_importlib([BROKERS], [str(entry)])


def zipped(directory: Path) -> Path:
    archive = directory.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as file:
        for member in directory.rglob("*"):
            file.write(member, member.relative_to(directory))
    return archive


def test_where_it_was_found_is_told(tmp_path: Path, install: Install) -> None:
    dist_info = install(tmp_path / "site", TOY)
    archive = zipped(tmp_path / "site")
    assert discover([str(tmp_path / "site")])[0].dist_info == str(dist_info)
    assert discover([str(archive)])[0].dist_info == str(archive)


def test_a_development_install_of_old_is_found(tmp_path: Path, install: Install) -> None:
    install(tmp_path, TOY, directory="openalgo_toy.egg-info", metadata="PKG-INFO")
    assert told(discover([str(tmp_path)])) == told_by_importlib([BROKERS], [str(tmp_path)])


def test_a_finder_of_another_tool_is_asked(tmp_path: Path, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, TOY)

    class Finder:
        @staticmethod
        def find_spec(*_: object) -> None:
            return None

        @staticmethod
        def find_distributions(
            context: importlib.metadata.DistributionFinder.Context,
        ) -> Iterator[importlib.metadata.Distribution]:
            inside = importlib.metadata.DistributionFinder.Context(path=[str(tmp_path)])
            return iter(importlib.metadata.MetadataPathFinder.find_distributions(inside))

    assert "toy" not in [one.name for one in discover()]
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    assert "toy" in [one.name for one in discover()]


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        (TOY, [(BROKERS, "toy", "toy_broker")]),
        ("# a comment\n\n  [openalgo.brokers]  \n\n  toy   =   toy_broker  \n", [(BROKERS, "toy", "toy_broker")]),
        ("[openalgo.brokers]\ntoy=toy.broker:plugin\n", [(BROKERS, "toy", "toy.broker:plugin")]),
        ("[openalgo.brokers]\ntoy = toy_broker [simulator, testing]\n", [(BROKERS, "toy", "toy_broker")]),
        ("[openalgo.brokers]\r\ntoy = toy_broker\r\n", [(BROKERS, "toy", "toy_broker")]),
        (
            "[console_scripts]\ntoy = toy:main\n[openalgo.guards]\nb = g\na = g\n[openalgo.commands]\nc = m:f\n",
            [(COMMANDS, "c", "m:f"), (GUARDS, "a", "g"), (GUARDS, "b", "g")],
        ),
        ("[console_scripts]\nopenalgo.brokers = toy:main\n", []),
        ("", []),
    ],
)
def test_entry_points_are_read_with_care(
    tmp_path: Path, install: Install, text: str, entries: list[tuple[str, str, str]]
) -> None:
    install(tmp_path, text)
    found = told(discover([str(tmp_path)]))
    assert found == [(*entry, "openalgo-toy", "1.0") for entry in entries]
    assert found == told_by_importlib([BROKERS, COMMANDS, GUARDS], [str(tmp_path)])


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00[", b"[openalgo.brokers]\nno equals sign\n", b"[openalgo.brokers\nx = y"]
)
def test_a_broken_file_costs_only_its_own_distribution(tmp_path: Path, install: Install, content: bytes) -> None:
    (install(tmp_path, "", name="broken") / "entry_points.txt").write_bytes(content)
    install(tmp_path, TOY)
    assert [one.name for one in discover([str(tmp_path)])] == ["toy"]


def test_of_a_distribution_that_is_there_twice_the_first_counts(tmp_path: Path, install: Install) -> None:
    install(tmp_path / "first", TOY, name="openalgo.Toy", directory="openalgo.Toy-2.0.dist-info", version="2.0")
    install(tmp_path / "second", TOY)
    assert [one.version for one in discover([str(tmp_path / "first"), str(tmp_path / "second")])] == ["2.0"]
    assert [one.version for one in discover([str(tmp_path / "second"), str(tmp_path / "first")])] == ["1.0"]


def test_a_first_without_entry_points_hides_a_second_with_some(tmp_path: Path, install: Install) -> None:
    install(tmp_path / "first", None, version="2.0")
    install(tmp_path / "second", TOY)
    assert discover([str(tmp_path / "first"), str(tmp_path / "second")]) == ()


def test_two_distributions_of_one_name_are_both_listed(tmp_path: Path, install: Install) -> None:
    install(tmp_path, TOY, name="other-toy")
    install(tmp_path, TOY)
    assert [one.distribution for one in discover([str(tmp_path)])] == ["openalgo-toy", "other-toy"]


def test_what_is_not_there_is_passed_over(tmp_path: Path, install: Install) -> None:
    install(tmp_path, TOY)
    (tmp_path / "text.txt").write_text("no archive")
    (tmp_path / "file_only-1.0.dist-info").write_text("no directory")
    path = [str(tmp_path / "absent"), "__editable__.x.finder.__path_hook__", str(tmp_path / "text.txt"), str(tmp_path)]
    assert [one.name for one in discover(path)] == ["toy"]


def test_an_empty_entry_is_the_working_directory(
    tmp_path: Path, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, TOY)
    monkeypatch.chdir(tmp_path)
    assert [one.name for one in discover([""])] == ["toy"]


def test_nothing_is_imported_for_it(tmp_path: Path, install: Install) -> None:
    install(tmp_path, "[openalgo.brokers]\nbomb = bomb\n")
    (tmp_path / "bomb.py").write_text("raise SystemExit('imported')")
    script = """
import sys
from openalgo_core.plugins.discovery import discover
print([one.name for one in discover() if one.name == "bomb"])
print([name for name in ("bomb", "importlib.metadata", "pluggy", "pydantic") if name in sys.modules])
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(tmp_path)}
    )
    assert ran.stdout.splitlines() == ["['bomb']", "[]"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("angel", "Run: pip install openalgo-angel"),
        ("angle", "Did you mean angel? Run: pip install openalgo-angel"),
        ("Kotak", "Did you mean kotak? Run: pip install openalgo-kotak"),
        ("papper", "Did you mean paper?"),
        ("zerodha", "Installed: paper, toy. To be had: openalgo-angel, openalgo-definedge"),
    ],
)
def test_a_broker_that_is_not_installed_comes_with_the_line_that_installs_it(name: str, hint: str) -> None:
    error = not_installed(name, ["toy", "paper"])
    assert error.hint.startswith(hint)
    assert name in error.message


def test_suggestions() -> None:
    assert suggest("definedgge", ["angel", "definedge"]) == "definedge"
    assert suggest("zzz", ["angel", "definedge"]) is None
