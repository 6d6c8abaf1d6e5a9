"""A make-believe server that runs now, on a clock that the test steps."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from exporter.simulate.live import LiveSimulation
from exporter.simulate.site import demo_site

NOW = 1_709_280_000  # 2024-03-01T08:00:00Z
EVENT = re.compile(r'^.{8} \(\w+\) (OUT|IN|DENIED): "(\w+)"')


def watch(live: LiveSimulation, seconds: int) -> list[tuple[int, str]]:
    """Step a clock second by second; give (second since the start, line)."""
    return [(second, line.text) for second in range(seconds) for line in live.due(NOW + second)]


def test_lines_carry_the_time_of_the_clock() -> None:
    """Whatever is due at a step of the clock shows exactly that time in the server's zone."""
    live = LiveSimulation(1, demo_site(), ZoneInfo("UTC"))
    seen = watch(live, 300)
    for second, line in seen:
        now = datetime.fromtimestamp(NOW + second, UTC)
        assert f"{now.hour:2d}:{now:%M:%S} (" == line[:10]
    assert len(seen) > 500


def test_it_begins_with_a_start_that_shows_the_date() -> None:
    """The first lines are lmgrd's banner with the date of the clock."""
    first = [line.text for line in LiveSimulation(1, demo_site(), ZoneInfo("Asia/Tokyo")).due(NOW + 0.5)]
    assert first[0] == "17:00:00 (lmgrd) -----------------------------------------------"
    assert any(line.endswith("started on lic-host1 (linux) (3/1/2024)") for line in first)


@pytest.mark.parametrize("seed", range(4))
def test_there_is_something_to_see_at_once(seed: int) -> None:
    """Check-outs and check-ins come within 20 s, several features are in use after a minute, denials within 2 min."""
    first: dict[str, int] = {}
    used: Counter[str] = Counter()
    for second, line in watch(LiveSimulation(seed, demo_site(), ZoneInfo("UTC")), 121):
        if event := EVENT.match(line):
            first.setdefault(event[1], second)
            if second < 60:
                used[event[2]] += {"OUT": 1, "IN": -1, "DENIED": 0}[event[1]]
    assert first["OUT"] < 20
    assert first["IN"] < 20
    assert first["DENIED"] <= 120
    assert sum(used.values()) >= 12


def test_speed_makes_it_denser_and_never_moves_the_clock() -> None:
    """At a sixth of the speed far fewer lines come in the same time, and they carry the same clock."""
    fast, slow = (len(watch(LiveSimulation(1, demo_site(), ZoneInfo("UTC"), speed), 300)) for speed in (60.0, 10.0))
    assert fast > 2 * slow


def test_after_a_pause_lines_carry_the_new_time() -> None:
    """What fell due while the machine slept is written with the time of waking, and not as a flood."""
    live = LiveSimulation(1, demo_site(), ZoneInfo("UTC"))
    watch(live, 120)
    woken = live.due(NOW + 120 + 1800)
    assert woken
    assert {line.text[:8] for line in woken} == {" 8:32:00"}
    assert len(woken) < 500


def test_nothing_is_written_while_the_clock_is_behind() -> None:
    """A clock that steps back silences the server until the time it had has come again."""
    live = LiveSimulation(1, demo_site(), ZoneInfo("UTC"))
    watch(live, 60)
    assert not live.due(NOW + 10)
    assert watch(live, 61)[-1][0] == 60


def test_the_truth_of_what_ended_is_told_once_and_the_open_at_the_end() -> None:
    """Rows come as things end; asked for the end, what is still open is told with no end."""
    live = LiveSimulation(1, demo_site(), ZoneInfo("UTC"))
    watch(live, 120)
    assert all(row.get("end", 0) is not None for row in live.truth())
    rest = list(live.truth(over=True))
    assert rest
    assert all(row["end"] is None for row in rest)
