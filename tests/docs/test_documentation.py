"""The documentation says what the program does."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from openalgo_core import errors
from openalgo_core.capabilities import Capability
from openalgo_core.config import Paths, load_settings
from openalgo_core.hookspecs import BROKER_FAMILIES, guard

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_pages_made_from_the_program_are_up_to_date() -> None:
    run = subprocess.run(
        [sys.executable, str(DOCS / "generate.py"), "--check"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert run.returncode == 0, f"{run.stdout}{run.stderr}\nRun: python docs/generate.py"


def test_every_hook_has_its_heading() -> None:
    names = [
        name
        for family in (*BROKER_FAMILIES, guard)
        for name, value in vars(family).items()
        if hasattr(value, "openalgo_spec")
    ]
    assert len(names) <= 25, "hooks are the contract; they are to stay few"
    assert [name for name in names if f"### `{name}`" not in page("hooks.md")] == []


def test_every_error_exit_code_and_capability_has_its_place() -> None:
    text = page("errors.md")
    classes = [name for name in errors.__all__ if issubclass(getattr(errors, name), errors.OpenAlgoError)]
    assert [name for name in classes if f"### `{name}`" not in text] == []
    assert [code for code in errors.ExitCode if f"| {code.value} | {code.name} |" not in text] == []
    assert [capability for capability in Capability if f"| `{capability}` |" not in page("brokers.md")] == []


def test_every_error_class_is_in_the_drawn_tree_with_its_exit_code() -> None:
    tree = errors.__doc__ or ""
    for name in errors.__all__:
        kind = getattr(errors, name)
        if issubclass(kind, errors.OpenAlgoError):
            assert re.search(rf"\b{name} +{kind.exit_code.value}\b", tree), name


def test_the_documented_settings_are_accepted_and_complete(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", page("configuration.md"), re.DOTALL)
    file = tmp_path / "openalgo.toml"
    file.write_text(example, encoding="utf-8")
    settings = load_settings(Paths(tmp_path, file), {})
    documented = set(tomllib.loads(example))
    assert documented == {key.split(".")[0] for key, _ in settings.describe()}


@pytest.mark.parametrize("file", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda file: file.name)
def test_links_between_pages_lead_somewhere(file: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []


def test_the_readme_sells_in_fifty_words() -> None:
    before = (ROOT / "README.md").read_text(encoding="utf-8").partition("```bash")[0]
    assert len(before.split()) <= 50


def test_every_variable_is_documented() -> None:
    text = page("configuration.md")
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "openalgo_core").rglob("*.py")]
    used = set(re.findall(r"\b(?:OPENALGO|BROKER)_[A-Z_]*[A-Z]\b", "\n".join(sources)))
    assert sorted(name for name in used - {"BROKER_FAMILIES"} if name not in text) == []
