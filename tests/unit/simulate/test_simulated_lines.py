"""The shapes of event lines, blank for blank."""

from __future__ import annotations

from exporter.simulate import lines
from exporter.simulate.book import Key

BASE = Key("acornd", "acorn_base", "Ana Robledal", "ws-01")
BATCH = Key("brookd", "brook_cfd", "amber", "node01", "cfd:batch")


def test_two_blanks_stand_after_the_host() -> None:
    """A line of one seat ends in two blanks, and a reason follows them."""
    assert lines.event("OUT", BASE, 1) == 'OUT: "acorn_base" Ana Robledal@ws-01  '
    assert lines.event("IN", BASE, 1, "(INACTIVE)") == 'IN: "acorn_base" Ana Robledal@ws-01  (INACTIVE)'


def test_one_blank_stands_after_the_seats() -> None:
    """A line of several seats ends in one blank; with a reason behind the seats it ends in none."""
    assert lines.event("OUT", BASE, 8) == 'OUT: "acorn_base" Ana Robledal@ws-01  (8 licenses) '
    assert lines.event("IN", BASE, 8, "(SHUTDOWN)") == ('IN: "acorn_base" Ana Robledal@ws-01  (8 licenses) (SHUTDOWN)')
    assert lines.upgrade(BASE, 4, 16) == 'UPGRADE: "acorn_base" Ana Robledal@ws-01  (4->16 licenses) '


def test_a_display_stands_in_brackets() -> None:
    """A line with a display has one blank on each side of it and none at its end."""
    assert lines.event("OUT", BATCH, 8) == 'OUT: "brook_cfd" amber@node01 [cfd:batch] (8 licenses)'
    assert lines.event("IN", BATCH, 1) == 'IN: "brook_cfd" amber@node01 [cfd:batch]'


def test_denials_carry_their_reason() -> None:
    """A denial names the reason, its numbers and, when there is one, the errno."""
    assert lines.event("DENIED", BASE, 1, lines.reason(lines.ALL_IN_USE, '10054 ""')) == (
        'DENIED: "acorn_base" Ana Robledal@ws-01  (Licensed number of users already reached. (-4,342:10054 ""))'
    )
    assert lines.unsupported(BASE, "00B0 EF6E AFC6 B280") == (
        'UNSUPPORTED: "acorn_base" (00B0 EF6E AFC6 B280 ) Ana Robledal@ws-01  (No such feature exists. (-5,346))'
    )
