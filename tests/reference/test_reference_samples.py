"""The reference reader against real logs that lie outside of the project, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reference.flexlm_reader import read

LATER = 1_800_000_000

COUNTED = {
    # file: check-outs, check-ins, closed, open, inferred, unmatched, their seat seconds, features, highest level
    "autodesk-2022.log": (8402, 8400, 8400, 2, 0, 0, 39187256, 18, (b"64300ACD_F", 242)),
    "maple-2022.log": (262, 262, 262, 0, 0, 0, 1011320, 4, (b"Maple", 39)),
    "ansys-2017.log": (598, 598, 598, 0, 0, 0, 91519034, 6, (b"aa_r_hpc", 384)),
    "autodesk-options-2016.log": (1918, 1918, 1918, 0, 0, 0, 7891510, 5, (b"64300ACD_F", 12)),
}


@pytest.mark.parametrize("file", sorted(COUNTED))
def test_a_real_log(file: str, shared: Path) -> None:
    """The reference reader finds in a real log what independent counting found there."""
    log = shared / "samples" / "flexlm" / file
    result = read([log.read_bytes()], "UTC", None, LATER)
    closed = [session for session in result.sessions if session.reason]
    levels = result.levels()
    highest = {feature: max(level for _, level in states) for (_, feature), states in levels.items()}
    feature, _ = COUNTED[file][-1]
    assert COUNTED[file] == (
        result.tallies.checkouts,
        result.tallies.checkins,
        len(closed),
        len(result.sessions) - len(closed),
        result.tallies.inferred,
        result.tallies.unmatched,
        sum(session.seat_seconds(result.frontier) for session in closed),
        len(highest),
        (feature, highest[feature]),
    )
    assert (0, 0) == (result.tallies.unparsed, result.tallies.refused)
    assert 1 == len(result.coverage)
