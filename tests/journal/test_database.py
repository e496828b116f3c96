"""The file that many processes share."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from openalgo_core.database import open_shared

SCHEMA = "CREATE TABLE notes (text TEXT)"
#: Another program that writes a line and ends.
_PASSER_BY = """
import sys
from pathlib import Path
from openalgo_core.database import open_shared
connection = open_shared(Path(sys.argv[1]), schema="CREATE TABLE notes (text TEXT)", version=1)
connection.execute("INSERT INTO notes VALUES ('theirs')")
connection.close()
"""


def test_a_second_connection_of_a_process_leaves_the_first_its_locks(tmp_path: Path) -> None:
    """Without them the next process that ends takes itself for the last one and removes the log under our feet."""
    file = tmp_path / "shared.sqlite"
    with closing(open_shared(file, schema=SCHEMA, version=1)) as first:
        first.execute("INSERT INTO notes VALUES ('ours')")
        open_shared(file, schema=SCHEMA, version=1).close()
        subprocess.run([sys.executable, "-c", _PASSER_BY, str(file)], check=True)
        assert file.with_name("shared.sqlite-wal").exists()
        first.execute("INSERT INTO notes VALUES ('ours again')")
        texts = [row["text"] for row in first.execute("SELECT text FROM notes")]
    assert texts == ["ours", "theirs", "ours again"]
