"""The true state of plugins, good and bad, each loaded in a process of its own and then remembered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from openalgo_core.capabilities import Capability
from openalgo_core.plugins.discovery import BROKERS, Found, discover
from openalgo_core.plugins.states import PluginState, Verdict, broker_states, examine

from .conftest import Install

GOOD = """
from openalgo_core import hookimpl
from openalgo_core.capabilities import Capability, Support
from openalgo_core.models import BrokerInfo, Exchange

@hookimpl
def describe():
    return BrokerInfo(
        name="{name}", title="Toy", api=1, exchanges=frozenset({{Exchange.NSE}}), hosts=(),
        capabilities={{Capability.CNC: Support.FULL, Capability.MIS: Support.IMPOSSIBLE}},
    )
"""
#: Module text, and what the cause must say.
BAD = {
    "raises": ("raise ValueError('no luck')", "ValueError: no luck"),
    "exits": ("raise SystemExit(3)", "SystemExit"),
    "leaves": ("import os; os._exit(3)", "status 3"),
    "leaves_well": ("import os; os._exit(0)", "ends the process"),
    "crashes": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
    "chatters": (
        "print('hello')\n" + GOOD.format(name="chatters"),
        "writes to standard output while it is loaded: 'hello",
    ),
    "pretends": ("import os\nprint('{}', flush=True)\nos._exit(0)", "writes to standard output"),
    "misses": ("import no_such_module", "no_such_module"),
    "lacks": ("", "describe"),
}


class Asked:
    """A probe that only counts."""

    def __init__(self, verdict: Verdict = Verdict("ok", 1, {"CNC": "full"})) -> None:  # noqa: B008 - immutable
        self.verdict = verdict
        self.names: list[str] = []

    def __call__(self, found: Found) -> Verdict:
        self.names.append(found.name)
        return self.verdict


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    return site


@pytest.fixture
def offer(site: Path, install: Install) -> Callable[..., Path]:
    """Installs a distribution with one broker of that name and module text."""

    def offer(name: str, text: str = "", distribution: str | None = None) -> Path:
        (site / f"{name}_broker.py").write_text(text)
        return install(site, f"[openalgo.brokers]\n{name} = {name}_broker\n", name=distribution or f"openalgo-{name}")

    return offer


@pytest.fixture
def toys(site: Path) -> Callable[[], Sequence[Found]]:
    return lambda: [one for one in discover([str(site)]) if one.group == BROKERS]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "home" / "plugins.json"


def test_a_good_plugin_shows_what_it_declares(
    offer: Callable[..., Path], toys: Callable[[], Sequence[Found]], cache: Path
) -> None:
    offer("toy", GOOD.format(name="toy"))
    (state,) = broker_states(toys(), cache)
    assert (state.name, state.distribution, state.version) == ("toy", "openalgo-toy", "1.0")
    assert (state.state, state.api, state.cause, state.remedy) == ("ok", 1, None, None)
    assert list(state.capabilities) == [capability.value for capability in Capability]
    assert (state.capabilities["CNC"], state.capabilities["MIS"]) == ("full", "impossible")
    assert state.capabilities["NRML"] == "unstated"
    assert "toy_broker" not in sys.modules


def test_bad_plugins_are_broken_with_their_cause_and_hurt_nobody(
    offer: Callable[..., Path], toys: Callable[[], Sequence[Found]], cache: Path
) -> None:
    for name, (text, _) in BAD.items():
        offer(name, text)
    offer("toy", GOOD.format(name="toy"))
    states = {state.name: state for state in broker_states(toys(), cache)}
    assert states.pop("toy").state == "ok"
    assert states.keys() == BAD.keys()
    for name, state in states.items():
        assert state.state == "broken"
        assert BAD[name][1] in (state.cause or "")
        assert f"openalgo-{name}" in (state.cause or "")
        assert state.remedy
        assert (state.api, state.capabilities) == (None, {})


def test_one_that_does_not_end_is_given_up(offer: Callable[..., Path], toys: Callable[[], Sequence[Found]]) -> None:
    offer("sleeper", "import threading; threading.Event().wait()")
    verdict = examine(toys()[0], timeout=0.5)
    assert verdict.state == "broken"
    assert "within 0.5 seconds" in (verdict.cause or "")


def test_a_thread_that_it_leaves_running_does_not_matter(
    offer: Callable[..., Path], toys: Callable[[], Sequence[Found]]
) -> None:
    thread = "import threading; threading.Thread(target=threading.Event().wait).start()\n"
    offer("toy", thread + GOOD.format(name="toy"))
    assert examine(toys()[0]).state == "ok"


def test_the_working_directory_does_not_disturb(
    offer: Callable[..., Path],
    toys: Callable[[], Sequence[Found]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offer("toy", GOOD.format(name="toy"))
    (tmp_path / "json.py").write_text("raise ImportError('mine')")
    monkeypatch.chdir(tmp_path)
    assert examine(toys()[0]).state == "ok"


def test_two_of_one_name_are_both_broken(
    offer: Callable[..., Path], toys: Callable[[], Sequence[Found]], cache: Path
) -> None:
    offer("toy", GOOD.format(name="toy"))
    offer("toy", GOOD.format(name="toy"), distribution="other-toy")
    states = broker_states(toys(), cache)
    assert [(state.distribution, state.state) for state in states] == [
        ("openalgo-toy", "broken"),
        ("other-toy", "broken"),
    ]
    assert all("openalgo-toy 1.0 and other-toy 1.0" in (state.cause or "") for state in states)


class TestMemory:
    @pytest.fixture
    def dist_info(self, offer: Callable[..., Path]) -> Path:
        return offer("toy")

    def ask(self, toys: Sequence[Found], cache: Path, verdict: Verdict | None = None, check: bool = False) -> list[str]:
        """The names that had to be asked anew."""
        asked = Asked(verdict) if verdict else Asked()
        states = broker_states(toys, cache, check=check, probe=asked)
        expected = PluginState("toy", "openalgo-toy", toys[0].version, "ok", 1, {"CNC": "full"}, None, None)
        assert verdict or states == [expected]
        return asked.names

    def test_a_plugin_is_asked_once(self, dist_info: Path, toys: Callable[[], Sequence[Found]], cache: Path) -> None:
        assert self.ask(toys(), cache) == ["toy"]
        assert self.ask(toys(), cache) == []

    def test_unless_somebody_wants_to_know(
        self, dist_info: Path, toys: Callable[[], Sequence[Found]], cache: Path
    ) -> None:
        self.ask(toys(), cache)
        assert self.ask(toys(), cache, check=True) == ["toy"]
        assert self.ask(toys(), cache) == []

    def test_again_when_it_was_installed_anew(
        self, dist_info: Path, toys: Callable[[], Sequence[Found]], cache: Path
    ) -> None:
        self.ask(toys(), cache)
        os.utime(dist_info, (1, 1))
        assert self.ask(toys(), cache) == ["toy"]

    def test_again_when_anything_was_installed_beside_it(
        self, dist_info: Path, toys: Callable[[], Sequence[Found]], cache: Path, install: Install
    ) -> None:
        self.ask(toys(), cache)
        install(dist_info.parent, "", name="the-missing-one")
        os.utime(dist_info.parent, (1, 1))
        assert self.ask(toys(), cache) == ["toy"]

    def test_again_when_the_version_changed(
        self, dist_info: Path, toys: Callable[[], Sequence[Found]], cache: Path
    ) -> None:
        self.ask(toys(), cache)
        metadata = dist_info / "METADATA"
        metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 1.1"))
        assert self.ask(toys(), cache) == ["toy"]

    def test_again_with_another_core(
        self,
        dist_info: Path,
        toys: Callable[[], Sequence[Found]],
        cache: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.ask(toys(), cache)
        monkeypatch.setattr("openalgo_core.plugins.states.__version__", "99")
        assert self.ask(toys(), cache) == ["toy"]

    def test_a_broken_one_is_remembered_too(
        self, dist_info: Path, toys: Callable[[], Sequence[Found]], cache: Path
    ) -> None:
        broken = Verdict("broken", cause="It does not import.")
        self.ask(toys(), cache, broken)
        assert self.ask(toys(), cache, broken) == []
        assert broker_states(toys(), cache)[0].cause == "It does not import."

    def test_but_not_while_its_author_works_on_it(
        self, dist_info: Path, toys: Callable[[], Sequence[Found]], cache: Path
    ) -> None:
        (dist_info / "direct_url.json").write_text('{"url": "file:///toy", "dir_info": {"editable": true}}')
        broken = Verdict("broken", cause="It does not import.")
        self.ask(toys(), cache, broken)
        assert self.ask(toys(), cache) == ["toy"]
        assert self.ask(toys(), cache) == []

    @pytest.mark.parametrize(
        "content", [b"", b"\xff", b"[]", b'{"a": 1}', b'{"a": {"state": "fine"}}', b'{"a": {"status": "ok"}}', b"null"]
    )
    def test_a_memory_that_makes_no_sense_is_none(
        self, dist_info: Path, toys: Callable[[], Sequence[Found]], cache: Path, content: bytes
    ) -> None:
        cache.parent.mkdir()
        cache.write_bytes(content)
        assert self.ask(toys(), cache) == ["toy"]
        assert self.ask(toys(), cache) == []

    def test_one_that_cannot_be_kept_costs_only_time(
        self, dist_info: Path, toys: Callable[[], Sequence[Found]], tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        impossible = tmp_path / "file" / "plugins.json"
        assert self.ask(toys(), impossible) == ["toy"]
        assert self.ask(toys(), impossible) == ["toy"]

    def test_it_does_not_grow_without_end(
        self, dist_info: Path, toys: Callable[[], Sequence[Found]], cache: Path
    ) -> None:
        cache.parent.mkdir()
        cache.write_text(json.dumps({str(number): {"state": "ok"} for number in range(500)}))
        self.ask(toys(), cache)
        assert len(json.loads(cache.read_bytes())) <= 100
        assert self.ask(toys(), cache) == []


def test_a_remembered_state_costs_no_import(
    offer: Callable[..., Path], toys: Callable[[], Sequence[Found]], cache: Path, site: Path
) -> None:
    offer("toy")
    broker_states(toys(), cache, probe=Asked())
    script = f"""
import sys
from pathlib import Path
from openalgo_core.plugins.discovery import discover
from openalgo_core.plugins.states import broker_states
def probe(found):
    raise AssertionError(found)
print(broker_states(discover([{str(site)!r}]), Path({str(cache)!r}), probe=probe)[0].state)
heavy = ("pydantic", "requests", "pluggy", "importlib.metadata", "subprocess", "tempfile", "toy_broker")
print([name for name in heavy if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["ok", "[]"]
