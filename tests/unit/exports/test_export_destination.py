"""Where exports go: a file is whole or isn't there, and what can't be written is told."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from threading import Thread

import pytest

from exporter.errors import ExportFailed
from exporter.exports.destination import destination


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    """While it is being written the file of before is there, and then the new one, in UTF-8, with nothing beside it."""
    path = tmp_path / "rows.csv"
    path.write_text("before")
    with destination(path) as out:
        out.write("\u00e9\n")
        assert "before" == path.read_text()
    assert "\u00e9\n".encode() == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_a_failure_leaves_the_file_of_before(tmp_path: Path) -> None:
    """When the rows end in an error, the file stays as it was, and no half one remains."""
    path = tmp_path / "rows.csv"
    path.write_text("before")
    with pytest.raises(ExportFailed, match="no more"), destination(path):
        raise ExportFailed("no more")
    assert "before" == path.read_text()
    assert [path] == list(tmp_path.iterdir())


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What a link leads to is replaced, not the link."""
    (tmp_path / "link").symlink_to(tmp_path / "rows.csv")
    with destination(tmp_path / "link") as out:
        out.write("rows")
    assert (tmp_path / "link").is_symlink()
    assert "rows" == (tmp_path / "rows.csv").read_text()


def test_a_named_pipe_is_written_as_it_is(tmp_path: Path) -> None:
    """A reader at a named pipe gets the rows, and the pipe stays one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    with destination(pipe) as out:
        out.write("rows")
    reader.join()
    assert ["rows"] == read
    assert pipe.is_fifo()


def test_a_closed_standard_output_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who closes it is told so, and what to do."""
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(ExportFailed, match="--output FILE"), destination(None):
        pass


@pytest.mark.parametrize(
    ("name", "why"),
    [("", "Is a directory"), ("no/rows.csv", "No such file or directory"), ("/dev/full", "No space left")],
)
def test_what_can_not_be_written_is_told(tmp_path: Path, name: str, why: str) -> None:
    """The message names the file, and what the system says."""
    path = tmp_path / name
    with pytest.raises(ExportFailed, match=f"{path} can't be written: {why}"), destination(path) as out:
        out.write("rows")


def test_stdout_is_utf_8(tmp_path: Path) -> None:
    """Whatever the locale says, stdout gets the bytes that a file gets."""
    with (tmp_path / "out").open("w", encoding="latin-1") as file, redirect_stdout(file), destination(None) as out:
        assert out is sys.stdout
        out.write("\u00e9\r\n")
    assert "\u00e9\r\n".encode() == (tmp_path / "out").read_bytes()
