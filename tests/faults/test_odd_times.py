"""What a FlexLM log says of dates, starts and quotes at its oddest, met in pieces, at rotations and after kills."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.harness.free_text import BLOCKS, reading_by, see_as_one_reading
from tests.faults.harness.scene import Scene

_SPECIALS = {
    "midnight-without-timestamp": (
        b'23:59:58 (lmgrd) TIMESTAMP 11/14/2024\n23:59:58 (MLM) OUT: "F0" u1@h\n',
        b' 0:00:00 (MLM) OUT: "F0" u2@h\n 0:00:01 (MLM) IN: "F0" u1@h\n23:59:59 (MLM) IN: "F0" u2@h\n',
        b' 0:00:05 (MLM) OUT: "F0" u3@h\n',
    ),
    "timestamp-in-the-past": (
        b'12:00:00 (lmgrd) TIMESTAMP 11/14/2024\n12:00:00 (MLM) OUT: "F0" u1@h\n',
        b'12:00:01 (lmgrd) TIMESTAMP 11/10/2024\n12:00:02 (MLM) OUT: "F0" u2@h\n',
        b'12:00:03 (MLM) IN: "F0" u2@h\n12:00:03 (MLM) IN: "F0" u1@h\n',
    ),
    "timestamp-comes-late": (
        b'12:00:00 (MLM) OUT: "F0" u1@h\n12:00:01 (MLM) IN: "F0" u1@h\n',
        b'12:00:02 (MLM) OUT: "F0" u2@h\n12:00:02 (lmgrd) TIMESTAMP 11/14/2024\n',
        b'12:00:03 (MLM) IN: "F0" u2@h\n',
    ),
    "quote-inside-a-feature": (
        b'12:00:00 (lmgrd) TIMESTAMP 11/14/2024\n12:00:00 (MLM) OUT: "F"0" u1@h\n',
        b'12:00:01 (MLM) OUT: "F0 u2@h\n12:00:01 (MLM) OUT: "" u3@h\n12:00:02 (MLM) OUT: "F0" u4@h\n',
        b'12:00:03 (MLM) IN: "F"0" u1@h\n12:00:04 (MLM) IN: "F0" u4@h\n',
    ),
    "three-digit-hour": (
        b'12:00:00 (lmgrd) TIMESTAMP 11/14/2024\n12:00:00 (MLM) OUT: "F0" u1@h\n',
        b'112:00:01 (MLM) OUT: "F0" u2@h\n12:00:02 (MLM) OUT: "F0" u3@h\n',
        b'12:00:03 (MLM) IN: "F0" u1@h\n',
    ),
    "out-and-in-in-one-second": (
        b'12:00:00 (lmgrd) TIMESTAMP 11/14/2024\n12:00:05 (MLM) OUT: "F0" u1@h\n',
        b'12:00:05 (MLM) IN: "F0" u1@h\n12:00:05 (MLM) OUT: "F0" u1@h\n',
        b'12:00:05 (MLM) IN: "F0" u1@h\n12:00:05 (MLM) OUT: "F0" u1@h\n12:00:05 (MLM) OUT: "F0" u2@h\n',
    ),
    "daemon-restarted": (
        b'12:00:00 (lmgrd) TIMESTAMP 11/14/2024\n12:00:00 (MLM) OUT: "F0" u1@h\n',
        b'12:00:05 (lmgrd) REStarted MLM (internet tcp_port 1 pid 2)\n12:00:06 (MLM) OUT: "F0" u2@h\n',
        b'12:00:07 (MLM) IN: "F0" u1@h\n12:00:08 (MLM) IN: "F0" u2@h\n',
    ),
}


@pytest.mark.case("L11", "Midnight without a TIMESTAMP, one in the past, odd quotes and hours, a daemon's restart.")
@pytest.mark.parametrize("rotated", [False, True], ids=["one-file", "rotated"])
@pytest.mark.parametrize("parts", _SPECIALS.values(), ids=_SPECIALS)
def test_it_is_as_in_one_reading(
    make_scene: Callable[..., Scene], parts: tuple[bytes, bytes, bytes], rotated: bool
) -> None:
    """Read in small steps, over a kill and over rotations, the log gives what one reading of it gives."""
    scene = make_scene(before=[reading_by(BLOCKS[0])])
    first, second, third = parts
    scene.pen.raw(first[:-10])
    scene.poll()
    scene.pen.raw(first[-10:])
    scene.poll()
    with scene.meanwhile():
        if rotated:
            scene.pen.rename()
        scene.pen.raw(second)
        scene.poll()
    scene.poll(4)
    if rotated:
        scene.pen.rename()
    scene.pen.raw(third)
    found = see_as_one_reading(scene, b"".join(parts))

    assert b"".join(parts).count(b"\n") == found.counted
