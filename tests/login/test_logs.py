"""`--log-file`: one line of JSON for each request, and nothing that is anybody else's business."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openalgo_core.errors import AuthenticationError, ConfigurationError
from openalgo_core.logs import JsonLines, log_file
from openalgo_core.transport.redact import log_exchange

URL = "https://api.acme.in/auth/v1/login/a3f0-PATHKEY?token=QUERYKEY"
FOREIGN = "token 24681357 of https://x/?token=QUERYKEY"


def fail() -> None:
    raise ValueError(FOREIGN)  # not written out here: a traceback quotes this line


def fail_as_ours() -> None:
    try:
        fail()
    except ValueError as error:
        raise AuthenticationError("It failed.") from error


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "requests.log"
    handler, logger = log_file(file), logging.getLogger("openalgo")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield file
    logger.removeHandler(handler)
    handler.close()
    logger.setLevel(logging.NOTSET)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_request_is_one_line_with_fields(log: Path) -> None:
    log_exchange("acme", "POST", URL, "200", 0.01234)
    log_exchange("acme", "GET", URL, "BrokerUnavailable", 1.0)
    first, second = lines(log)
    assert list(first) == ["time", "level", "logger", "request_id", "broker", "method", "endpoint", "status", "ms"]
    assert first["time"].endswith("+05:30")
    assert (first["endpoint"], first["status"], first["ms"]) == ("/auth/v1/login/…", 200, 12.3)
    assert second["status"] == "BrokerUnavailable"
    assert len({first["request_id"], second["request_id"]}) == 2
    assert "KEY" not in log.read_text(encoding="utf-8")


def test_anything_else_is_a_message(log: Path) -> None:
    logging.getLogger("openalgo.store").warning("%s could be read by others", "x")
    assert lines(log)[0]["message"] == "x could be read by others"


def test_a_traceback_says_where_and_not_what_a_foreign_exception_says(log: Path) -> None:
    try:
        fail_as_ours()
    except AuthenticationError:
        logging.getLogger("openalgo.plugins").exception("the plugin acme failed")
    [line] = lines(log)
    assert "test_logs.py" in line["traceback"]
    assert "AuthenticationError: It failed." in line["traceback"]
    assert "QUERYKEY" not in line["traceback"] and "24681357" not in line["traceback"]


def test_another_handler_s_traceback_is_not_taken_over() -> None:
    try:
        fail()
    except ValueError as error:
        record = logging.makeLogRecord({"msg": "x", "exc_info": (type(error), error, error.__traceback__)})
    logging.Formatter().format(record)  # leaves its text in the record
    assert "24681357" not in JsonLines().format(record)
    assert "24681357" in str(record.exc_text)


def test_the_file_is_the_owners_and_grows(log: Path) -> None:
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    log_exchange("acme", "GET", URL, "200", 0.1)
    again = log_file(log)
    again.handle(logging.makeLogRecord({"msg": "second", "name": "openalgo", "levelname": "INFO"}))
    again.close()
    assert len(lines(log)) == 2


def test_a_file_that_cannot_be_written_is_a_setting_that_is_off(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written") as caught:
        log_file(tmp_path / "nowhere" / "x.log")
    assert "OPENALGO_LOG_FILE" in caught.value.hint
