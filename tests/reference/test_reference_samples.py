"""The reference reader against real logs that lie outside of the project, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reference.flexlm_reader import read
from tests.reference.site_facts import Site
from tests.reference.window_facts import Stream
from tests.reference.windows import feature_windows

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


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize("file", sorted(COUNTED))
def test_the_hours_of_a_real_log(file: str, zone: str, shared: Path) -> None:
    """The reference hours of a real log hold all its lines and seat seconds, whatever the zone of server and site."""
    log = shared / "samples" / "flexlm" / file
    result = read([log.read_bytes()], zone, None, LATER)
    hours = feature_windows([Stream("srv", result)], Site(zone), "hourly")
    for (_, vendor, feature), found in hours.items():
        raw = (vendor.encode(), feature.encode())
        sessions = [it for it in result.sessions if (it.vendor, it.feature) == raw]
        assert sum(it.seat_seconds for it in found) == sum(it.seat_seconds(result.frontier) for it in sessions)
        levels = [level for _, level in result.levels().get(raw, [])]
        assert max((it.in_use_max for it in found), default=0) == max(levels, default=0)
    everything = [it for found in hours.values() for it in found]
    assert result.tallies.checkouts == sum(it.checkouts for it in everything)
    assert result.tallies.checkins == sum(it.checkins for it in everything)
    effective = [it for it in result.episodes if it.outcome in ("waited", "refused")]
    assert len(effective) == sum(it.denials_waited + it.denials_refused for it in everything)
