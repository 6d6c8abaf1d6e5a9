"""Line numbers and texts, found from byte offsets."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.reports.source_lines import SourceLines

LINES = [b"first\n", b"second \xe9\t\x1b[1m\r\n", b"\n", b"x" * 5_000 + b"\n", b"fifth\n", b"last, no end"]
OFFSETS = [sum(map(len, LINES[:number])) for number in range(len(LINES))]
TEXTS = ["first", "second \xe9 \ufffd[1m", "", "x" * 2_000, "fifth", "last, no end"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_lines_are_found_in_plain_and_compressed_logs(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """Asked forwards, backwards or twice, each offset gives its line's number and text, whatever the file is called."""
    path = tmp_path / "lic1.log"
    path.write_bytes(pack(b"".join(LINES)))
    expected = list(enumerate(TEXTS, 1))
    with SourceLines() as line_of:
        assert expected == [line_of(str(path), offset) for offset in OFFSETS]
        assert expected[::-1] == [line_of(str(path), offset) for offset in reversed(OFFSETS)]
        assert [expected[2]] * 2 == [line_of(str(path), OFFSETS[2]) for _ in range(2)]


def test_an_offset_where_no_line_begins_has_no_line(tmp_path: Path) -> None:
    """Inside a line, at the end and past the end there is none, and the next question is answered well."""
    path = tmp_path / "lic1.log"
    path.write_bytes(b"".join(LINES))
    size = sum(map(len, LINES))
    with SourceLines() as line_of:
        for wrong in (3, OFFSETS[4] + 1, size, size + 10):
            assert line_of(str(path), wrong) is None
            assert (5, "fifth") == line_of(str(path), OFFSETS[4])


def test_a_file_that_can_not_be_read_has_no_line(tmp_path: Path) -> None:
    """Gone, a folder, or a cut gzip: None, and another file is answered after it."""
    cut, whole = tmp_path / "cut.gz", tmp_path / "whole"
    cut.write_bytes(gzip.compress(b"".join(LINES))[:40])
    whole.write_bytes(b"a\nb\n")
    with SourceLines() as line_of:
        for path in (tmp_path / "gone", tmp_path, cut):
            assert line_of(str(path), OFFSETS[5]) is None
            assert (2, "b") == line_of(str(whole), 2)


def test_the_names_of_files_may_be_any_bytes(tmp_path: Path) -> None:
    """A path with bytes that don't decode is opened as it is."""
    path = tmp_path / "lic\udcff.log"
    path.write_bytes(b"a\n")
    with SourceLines() as line_of:
        assert (1, "a") == line_of(str(path), 0)


def test_several_logs_are_read_in_turn(tmp_path: Path) -> None:
    """A later offset of another file is counted in that file, not on from the one before."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"a\nb\nc\n")
    other.write_bytes(b"long first\nsecond\n")
    with SourceLines() as line_of:
        assert (2, "b") == line_of(str(one), 2)
        assert (2, "second") == line_of(str(other), 11)
        assert (3, "c") == line_of(str(one), 4)
