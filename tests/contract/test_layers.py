"""Who may import whom, read from the sources themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import openalgo_core

ROOT = Path(openalgo_core.__file__).parent

#: What each part of the core may import of ours, at run time. A part that is not listed may import anything.
ALLOWED = {
    "errors": set(),
    "capabilities": set(),
    "secrets": set(),
    "clock": set(),
    "_lazy": set(),
    "database": {"errors"},
    "numbers": {"errors"},
    "streams": {"errors"},
    "answers": {"clock", "errors", "numbers"},
    "masters": {"errors", "clock", "models"},
    "symbols": {"errors", "models", "numbers"},
    "models": {"errors", "secrets", "clock", "capabilities", "_lazy"},
    "hookspecs": set(),
    "exchange": {"errors", "models", "clock", "numbers", "symbols", "database", "_lazy"},
    "transport": {"errors", "models", "clock", "secrets", "database", "_lazy"},
    "store": {"errors", "models", "clock", "secrets", "symbols", "numbers", "_lazy"},
    "config": {"errors", "models", "secrets", "store", "_lazy"},
    "orders": {
        "errors",
        "models",
        "clock",
        "capabilities",
        "config",
        "guards",
        "journal",
        "numbers",
        "symbols",
        "_lazy",
    },
    "journal": {"errors", "models", "clock", "database", "_lazy"},
    "guards": {"errors", "models", "clock", "hookspecs", "plugins", "store"},
    "paper": {"errors", "models", "clock", "hookspecs", "capabilities", "exchange", "symbols", "numbers", "secrets"},
}
#: Parts that only programs and tests stand on.
OUTERMOST = {"cli", "demo", "testing"}
#: Standard library only, so that the list of brokers costs nothing.
STANDARD_ONLY = {"plugins/discovery.py": {"errors"}}


def imports(file: Path) -> Iterator[str]:
    """The parts of openalgo_core that a file imports at run time; what is for the type checker alone does not count."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    typing_only = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    package = ("openalgo_core", *file.relative_to(ROOT).parts[:-1])
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[1] for name in node.names if name.name.startswith("openalgo_core."))
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            full = (*base, *(node.module.split(".") if node.module else ()))
            if full[:1] != ("openalgo_core",):
                continue
            yield from [full[1]] if len(full) > 1 else [name.name for name in node.names]


def part_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


#: The template of a plugin is no part of the core: it imports what plugins import.
FILES = sorted(file for file in ROOT.rglob("*.py") if "scaffold" not in file.relative_to(ROOT).parts[:-2])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_a_file_imports_only_what_its_layer_may(file: Path) -> None:
    part = part_of(file)
    used = set(imports(file)) - {part, "__version__"}
    if part in ALLOWED:
        assert used <= ALLOWED[part]
    if part not in OUTERMOST:
        assert not used & OUTERMOST
    allowed = STANDARD_ONLY.get(file.relative_to(ROOT).as_posix())
    if allowed is not None:
        assert used <= allowed


def test_every_listed_part_exists() -> None:
    parts = {part_of(file) for file in FILES}
    assert set(ALLOWED) - parts == set()


def test_discovery_stands_on_the_standard_library_alone() -> None:
    tree = ast.parse((ROOT / "plugins/discovery.py").read_text(encoding="utf-8"))
    modules = {
        (node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0
    } | {name.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    import sys

    assert modules <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_file_grows_beyond_a_reader(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 350
