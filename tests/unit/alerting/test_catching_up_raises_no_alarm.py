"""What Prometheus sees of Seatwatch that was away for two days and reads what was written meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.alerting.rules_tried import DAEMON, FEATURE, SCRAPE, SOURCE, Values, calm, fires, without

GONE, READING = 100, 10
"""Minutes: when it goes, and how long it reads after it was started again."""
WEEKEND, NOON = 48 * 60, 30


def away(minutes: int, hours_after: int) -> tuple[dict[str, Values], int, int]:
    """
    Return a world in which it was away for so many minutes, when it is started again, and when it has caught up.

    Meanwhile 200 people were turned away, a thousand lines not understood, a daemon was down, a disk ran nearly full.
    """
    back = GONE + minutes
    read = back + READING
    end = read + 60 * hours_after
    world = calm(end)
    for prefix in ("licence_", "seatwatch_"):
        world |= without(world, prefix, GONE, back)
    for prefix in ("licence_feature_", "licence_product_", "licence_denials_"):
        world |= without(world, prefix, GONE, read)

    def put(name: str, start: int, value: float, stop: int = end) -> None:
        world[name] = [*world[name][:start], *[value] * (stop - start), *world[name][stop:]]

    put(f"up{{{SCRAPE}}}", GONE, 0, back)
    put(f"seatwatch_source_caught_up{{{SOURCE}}}", back, 0, read)
    put(f"licence_server_up{{{DAEMON}}}", back, 0, read)
    name = f"seatwatch_source_caught_up_timestamp_seconds{{{SOURCE}}}"
    world |= without({name: world[name]}, name, GONE, read)
    put(name, read, read * 60)
    put(f"licence_denials_effective_total{{{FEATURE}}}", read, 203)
    put(f'seatwatch_log_lines_total{{{SOURCE},outcome="unparsed"}}', read - 5, 1007)
    put(f"seatwatch_ledger_disk_free_bytes{{{SCRAPE}}}", read - 5, 20e9)
    put(f"seatwatch_ledger_disk_free_bytes{{{SCRAPE}}}", read, 5e9)
    return world, back, read


@pytest.mark.parametrize("minutes", [WEEKEND, NOON])
def test_what_is_caught_up_with_raises_no_alarm(minutes: int, promtool: str, tmp_path: Path) -> None:
    """After two days or half an hour nothing fires but that it was away: not while it reads, nor for hours after it."""
    world, back, read = away(minutes, 7)
    quiet = {minute: set[str]() for minute in (99, *range(back + 1, read + 10), *range(read + 10, read + 419, 10))}
    fires(promtool, tmp_path, world, {**quiet, GONE + 10: {"SeatwatchAbsent"}})


def test_what_happens_after_that_is_told(promtool: str, tmp_path: Path) -> None:
    """Denials after it has caught up fire as soon as it has been at the end for as long as the alert looks back."""
    world, _, read = away(NOON, 3)
    name = f"licence_denials_effective_total{{{FEATURE}}}"
    world[name] = [*world[name][: read + 30], *[240] * 150]
    expected = {read + 40: set[str](), read + 59: set(), read + 61: {"LicenceDenied"}, read + 95: set()}
    fires(promtool, tmp_path, world, expected)


def test_a_source_that_is_read_does_not_hold_others_up(promtool: str, tmp_path: Path) -> None:
    """While one source is read, denials at a server of another one are told, and at its own they are not."""
    world = calm(200)
    theirs = FEATURE.replace("lic1", "lic2")
    for denials in (FEATURE, theirs):
        world[f"licence_denials_effective_total{{{denials}}}"] = [*[3] * 100, *[30] * 100]
    reading = SOURCE.replace('"lic"', '"lic-2"')
    world |= {
        f"seatwatch_source_up{{{reading}}}": [1] * 200,
        f"seatwatch_source_caught_up{{{reading}}}": [*[0] * 110, *[1] * 90],
        f'seatwatch_source_info{{{reading},server="lic2",vendor="acornd"}}': [1] * 200,
        f"licence_feature_users{{{theirs}}}": [1] * 200,
    }
    expected = {105: ["LicenceDenied"], 115: ["LicenceDenied", "LicenceDenied"]}
    fires(promtool, tmp_path, world, expected)


def test_gaps_of_the_weekend_are_told(promtool: str, tmp_path: Path) -> None:
    """What was lost while it was away is told, whether or not the source had lost anything like it before."""
    world, back, read = away(WEEKEND, 2)
    after = [None] * WEEKEND
    rest = read + 120 - back - 3
    world[f'seatwatch_gaps_total{{{SOURCE},reason="generation is gone"}}'] = [
        *[4] * GONE,
        *after,
        *[4] * 3,
        *[5] * rest,
    ]
    world[f'seatwatch_gaps_total{{{SOURCE},reason="rolled back"}}'] = [*[None] * GONE, *after, *[None] * 3, *[1] * rest]
    fires(promtool, tmp_path, world, {back + 2: [], back + 5: ["LicenceLogGap", "LicenceLogGap"], back + 65: []})


def test_gaps_that_a_first_reading_finds_are_no_news(promtool: str, tmp_path: Path) -> None:
    """A source that is read for the first time has gaps of long ago; none of them is told."""
    world = calm(400)
    for name in list(world):
        if name.startswith("seatwatch_source_"):
            world |= without({name: world[name]}, name, 0, 100)
    world[f"seatwatch_source_caught_up{{{SOURCE}}}"] = [*[None] * 100, *[0] * 100, *[1] * 200]
    world[f'seatwatch_gaps_total{{{SOURCE},reason="generation is gone"}}'] = [*[None] * 150, *[9] * 250]
    fires(promtool, tmp_path, world, {minute: [] for minute in range(100, 400, 7)})
