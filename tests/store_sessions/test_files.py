from __future__ import annotations

import errno
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from openalgo_core.errors import ConfigurationError
from openalgo_core.store.files import (
    erase,
    loose_modes,
    make_directory,
    read_private,
    tighten,
    write_private,
)

posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    write_private(tmp_path / "a" / "file", b"one")
    write_private(tmp_path / "a" / "file", b"two")
    assert read_private(tmp_path / "a" / "file") == b"two"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["file"]


@posix
def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write_private(tmp_path / "new" / "deep" / "file", b"x")
    finally:
        os.umask(old)
    assert mode(tmp_path / "new") == mode(tmp_path / "new" / "deep") == 0o700
    assert mode(tmp_path / "new" / "deep" / "file") == 0o600


def test_no_file_is_none(tmp_path: Path) -> None:
    assert read_private(tmp_path / "file") is None


def test_unreadable_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_private(tmp_path)


@posix
def test_file_that_others_can_read_is_tightened_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_private(tmp_path / "file", b"x")
    (tmp_path / "file").chmod(0o644)
    assert read_private(tmp_path / "file") == b"x"
    assert mode(tmp_path / "file") == 0o600
    assert "could be read by others" in caplog.text


@posix
def test_directory_that_others_can_enter_is_tightened(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)
    assert mode(make_directory(tmp_path / "home")) == 0o700


@posix
def test_loose_modes_are_found_and_tightened(tmp_path: Path) -> None:
    home = make_directory(tmp_path / "home")
    write_private(home / "tight", b"")
    write_private(home / "deep" / "loose", b"")
    (home / "deep").chmod(0o750)
    (home / "deep" / "loose").chmod(0o604)
    (home / "link").symlink_to(tmp_path)
    found = list(loose_modes(home))
    assert found == [home / "deep", home / "deep" / "loose"]
    assert all(tighten(path) for path in found)
    assert not any(tighten(path) for path in found)
    assert list(loose_modes(home)) == []
    assert list(loose_modes(home / "missing")) == []


def test_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_private(tmp_path / "file", b"old")

    def no_space(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(ConfigurationError, match="No space left"):
        write_private(tmp_path / "file", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_private(tmp_path / "file", b"new")
    assert list(tmp_path.iterdir()) == []


def test_file_in_the_way_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "file" / "deep"):
        with pytest.raises(ConfigurationError, match="File exists"):
            make_directory(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_directory_without_the_right_to_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ConfigurationError, match="Permission denied"):
        make_directory(tmp_path)


def test_erase(tmp_path: Path) -> None:
    write_private(tmp_path / "file", b"")
    assert erase(tmp_path / "file")
    assert not erase(tmp_path / "file")
    with pytest.raises(ConfigurationError):
        erase(tmp_path)


def test_threads_that_make_the_same_directories_at_once(tmp_path: Path) -> None:
    start = threading.Barrier(8)

    def make(path: Path) -> Path:
        start.wait()
        return make_directory(path)

    with ThreadPoolExecutor(8) as pool:
        for turn in range(20):
            path = tmp_path / str(turn) / "a" / "b" / "c"
            assert list(pool.map(make, [path] * 8)) == [path] * 8
