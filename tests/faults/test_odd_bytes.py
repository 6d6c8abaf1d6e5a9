"""The log holds bytes that are no plain text: other line ends, other encodings, marks at its beginning."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exporter.ledger.export import export
from exporter.ledger.reader import LedgerReader
from tests.faults.harness.free_text import BLOCKS, reading_by, see_as_one_reading, write_in_pieces
from tests.faults.harness.scene import Scene

_BEGIN = b"23:50:00 (lmgrd) TIMESTAMP 11/14/2024\n"
_NOT_LINE_ENDS = (b"\r", b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e", b"\x85", b"\xc2\x85", b"\xe2\x80\xa8")

_INSIDE = _BEGIN + b"".join(
    b'23:50:%02d (MLM) OUT: "F0" u%d%sx@h\n23:50:%02d (MLM) note%shere\n' % (nth, nth, odd, nth, odd)
    for nth, odd in enumerate(_NOT_LINE_ENDS)
)
_NAMES = (b"jos\xe9", "josé".encode(), b"\xff\xfe\xfa", "名前".encode(), b"\xe5\x90", b"a\x80b")
_USERS = _BEGIN + b"".join(
    b'23:51:%02d (MLM) OUT: "F0" %s@h\n23:52:%02d (MLM) IN: "F0" %s@h\n' % (nth, name, nth, name)
    for nth, name in enumerate(_NAMES)
)


@pytest.mark.case("L5", "A line holds what some programs take for line ends: CR, VT, FF, FS, GS, RS, NEL, LS.")
@pytest.mark.case("L4")
@pytest.mark.parametrize("block", BLOCKS[:2])
def test_nothing_but_a_line_feed_ends_a_line(make_scene: Callable[..., Scene], block: int) -> None:
    """However the log is cut into reads, each of its lines is one line."""
    scene = make_scene(before=[reading_by(block)])
    write_in_pieces(scene, _INSIDE[:300], 37)
    with scene.meanwhile():
        write_in_pieces(scene, _INSIDE[300:], 101)

    assert _INSIDE.count(b"\n") == see_as_one_reading(scene, _INSIDE).counted


@pytest.mark.case("L6", "Names are not UTF-8, or their characters lie in two reads.")
@pytest.mark.parametrize("block", BLOCKS[:2])
def test_names_of_any_bytes(make_scene: Callable[..., Scene], block: int) -> None:
    """Each name is one user's, read as UTF-8 where it is that, and no byte of the log is lost."""
    scene = make_scene(before=[reading_by(block)])
    write_in_pieces(scene, _USERS[:200], 1)
    with scene.meanwhile():
        write_in_pieces(scene, _USERS[200:], 7)
    found = see_as_one_reading(scene, _USERS)

    assert _USERS.count(b"\n") == found.counted
    assert 0 == found.tally.get("unparsed", 0)
    users = _column(scene, "sessions", "user")
    assert len(_NAMES) == len(users)
    assert {"josé", "名前"} < set(users)
    assert all(_column(scene, "sessions", "end"))
    assert [str(len(_USERS))] == [str(value) for value in _column(scene, "positions", "offset")]


@pytest.mark.case("L7", "A byte order mark begins each generation; the log is UTF-16.")
@pytest.mark.parametrize("rotate", ["rename", "truncate"])
def test_a_mark_is_no_part_of_the_first_line(make_scene: Callable[..., Scene], rotate: str) -> None:
    """The TIMESTAMP behind the mark of each generation is understood."""
    scene = make_scene(mark=b"\xef\xbb\xbf")
    scene.pen.write(100)
    scene.poll()
    with scene.meanwhile():
        getattr(scene.pen, rotate)()
        scene.pen.write(100)
        scene.poll()

    assert 0 == scene.see().tally.get("unparsed", 0)


@pytest.mark.case("L7")
@pytest.mark.parametrize(
    ("encoding", "mark", "source"),
    [
        ("utf-16-le", b"\xff\xfe", ""),
        ("utf-16-be", b"\xfe\xff", ""),
        ("utf-16-le", b"\xff\xfe", "encoding: utf-16"),
        ("utf-16-le", b"", "encoding: utf-16"),
    ],
    ids=["little-endian", "big-endian", "as-configured", "without-mark"],
)
def test_wide_characters(make_scene: Callable[..., Scene], encoding: str, mark: bytes, source: str) -> None:
    """A log of wide characters, torn and rotated, gives what it gives as plain text."""
    scene = make_scene(source=source, encoding=encoding, mark=mark)
    scene.pen.write(100, hold=7)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50, hold=1)
        scene.poll()
        scene.pen.write(50)
        scene.pen.rename()
        scene.pen.write(100)
        scene.poll()
    found = scene.see(same=False)

    plain = make_scene(started=False, first=0)
    plain.pen.write(200)
    plain.pen.leave()
    plain.pen.write(100)
    assert plain.read_at_one_go().exports == found.exports


def _column(scene: Scene, what: str, name: str) -> list[object]:
    """Return one column of an export."""
    reader = LedgerReader(scene.ledger)
    try:
        columns, rows = export(reader.ask, what)
        at = [column.name for column in columns].index(name)
        return [row[at] for row in rows]
    finally:
        reader.close()
