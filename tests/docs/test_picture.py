"""The picture of an order's life is what its source draws, and leaves no state out."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from openalgo_core.models import IntentState

DOCS = Path(__file__).parents[2] / "docs"
PICTURE = DOCS / "order-states.svg"


def test_it_is_up_to_date() -> None:
    run = subprocess.run([sys.executable, str(DOCS / "picture.py"), "--check"], check=False)
    assert run.returncode == 0, "Run: python docs/picture.py"


def test_every_state_is_drawn_and_explained() -> None:
    drawn = {text.text for text in ET.fromstring(PICTURE.read_text(encoding="utf-8")).iter() if text.text}
    assert {state.value for state in IntentState} <= drawn
    safety = (DOCS / "safety.md").read_text(encoding="utf-8")
    assert [state for state in IntentState if f"\n| {state} |" not in safety] == []
