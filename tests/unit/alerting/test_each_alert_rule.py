"""Each rule, by real promtool: it fires when it has to and not before, and it resolves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from exporter.catalog.alerts import ALERTS
from tests.unit.alerting.rules_tried import DAEMON, FEATURE, PRODUCT, SCRAPE, SINK, SOURCE, Values, calm, fires, without

DAY = 86400


class Trial(NamedTuple):
    """What happens in a calm world, and which alerts fire at which minute."""

    minutes: int
    changes: Callable[[Mapping[str, Values]], Mapping[str, Values]]
    expected: Mapping[int, set[str]]


def series(name: str, *phases: tuple[float | None, int]) -> Callable[[Mapping[str, Values]], Mapping[str, Values]]:
    """Return a change of one series: a value, for so many minutes, then the next."""
    return lambda _: {name: [value for value, minutes in phases for _ in range(minutes)]}


def both(
    *changes: Callable[[Mapping[str, Values]], Mapping[str, Values]],
) -> Callable[[Mapping[str, Values]], Mapping[str, Values]]:
    """Return several changes as one."""
    return lambda world: {name: values for change in changes for name, values in change(world).items()}


def falling_disk(world: Mapping[str, Values]) -> Mapping[str, Values]:
    """Let a disk lose a gigabyte an hour for ten hours; five days are left, then nothing more goes."""
    name = f"seatwatch_ledger_disk_free_bytes{{{SCRAPE}}}"
    minutes = len(world[name])
    free = [120e9 - 1e9 / 60 * min(max(minute - 60, 0), 600) for minute in range(minutes)]
    return {name: free}


def lines_of_another_format(world: Mapping[str, Values]) -> Mapping[str, Values]:
    """Let a fifth of the lines be unparsed from the 100th minute to the 160th."""
    name = f'seatwatch_log_lines_total{{{SOURCE},outcome="unparsed"}}'
    return {name: [7 + 2 * min(max(minute - 100, 0), 60) for minute in range(len(world[name]))]}


ENDS = f"licence_feature_expiry_timestamp_seconds{{{FEATURE}}}"
IN_USE = f"licence_feature_in_use{{{FEATURE}}}"
UNREADABLE = both(
    series(f"seatwatch_source_up{{{SOURCE}}}", (1, 20), (0, 20), (1, 20)),
    series(f"seatwatch_source_caught_up{{{SOURCE}}}", (1, 20), (0, 20), (1, 20)),
    lambda world: without(world, "licence_feature_", 20, 40),
    lambda world: without(world, "seatwatch_source_caught_up_timestamp", 20, 40),
)
TRIALS: Mapping[str, Trial] = {
    "LicenceSaturated": Trial(
        70,
        series(IN_USE, (8, 20), (9, 30), (8, 20)),
        {19: set(), 29: set(), 31: {"LicenceSaturated"}, 49: {"LicenceSaturated"}, 51: set()},
    ),
    "LicenceProductSaturated": Trial(
        70,
        series(f"licence_product_in_use{{{PRODUCT}}}", (8, 20), (9, 30), (8, 20)),
        {29: set(), 31: {"LicenceProductSaturated"}, 51: set()},
    ),
    "LicenceExhausted": Trial(
        70,
        series(IN_USE, (8, 20), (10, 30), (8, 20)),
        {24: set(), 26: {"LicenceExhausted"}, 49: {"LicenceExhausted", "LicenceSaturated"}, 51: set()},
    ),
    "LicenceProductExhausted": Trial(
        70,
        series(f"licence_product_in_use{{{PRODUCT}}}", (8, 20), (10, 9), (8, 41)),
        {24: set(), 26: {"LicenceProductExhausted"}, 31: set()},
    ),
    "LicenceDenied": Trial(
        200,
        series(f"licence_denials_effective_total{{{FEATURE}}}", (3, 70), (7, 20), (8, 110)),
        {89: set(), 91: {"LicenceDenied"}, 125: {"LicenceDenied"}, 152: set()},
    ),
    "LicenceExpires": Trial(
        120,
        series(ENDS, (30 * DAY + 3600, 90), (-30 * DAY, 20), (400 * DAY, 10)),
        {59: set(), 61: {"LicenceExpires"}, 89: {"LicenceExpires"}, 91: set(), 111: set()},
    ),
    "LicenceExpiresSoon": Trial(
        120,
        series(ENDS, (7 * DAY + 3600, 70), (-29 * DAY, 20), (400 * DAY, 30)),
        {
            59: {"LicenceExpires"},
            61: {"LicenceExpires", "LicenceExpiresSoon"},
            89: {"LicenceExpires", "LicenceExpiresSoon"},
            91: set(),
        },
    ),
    "LicenceServerDown": Trial(
        60,
        series(f"licence_server_up{{{DAEMON}}}", (1, 20), (0, 20), (1, 20)),
        {19: set(), 24: set(), 26: {"LicenceServerDown"}, 39: {"LicenceServerDown"}, 41: set()},
    ),
    "LicenceOverIssued": Trial(
        80,
        series(IN_USE, (5, 20), (11, 30), (5, 30)),
        {
            34: {"LicenceExhausted", "LicenceSaturated"},
            36: {"LicenceExhausted", "LicenceSaturated", "LicenceOverIssued"},
            51: set(),
        },
    ),
    "LicenceDrift": Trial(
        200,
        series(f"licence_feature_drift_seats{{{FEATURE}}}", (0, 20), (-2, 90), (0, 90)),
        {79: set(), 81: {"LicenceDrift"}, 111: set()},
    ),
    "LicenceLogStale": Trial(
        60,
        both(
            lambda world: without(world, "licence_feature_", 20, 40),
            series(f"licence_server_up{{{DAEMON}}}", (1, 20), (0, 20), (1, 20)),
        ),
        {19: set(), 24: set(), 26: {"LicenceLogStale", "LicenceServerDown"}, 41: set()},
    ),
    "LicenceLogUnreadable": Trial(60, UNREADABLE, {19: set(), 24: set(), 26: {"LicenceLogUnreadable"}, 41: set()}),
    "LicenceLogBehind": Trial(
        300,
        both(
            series(f"seatwatch_source_caught_up{{{SOURCE}}}", (1, 20), (0, 200), (1, 80)),
            series(f"seatwatch_log_lag_bytes{{{SOURCE}}}", (0, 20), (5e9, 200), (0, 80)),
            lambda world: without(world, "licence_feature_", 20, 220),
            lambda world: without(world, "seatwatch_source_caught_up_timestamp", 20, 220),
        ),
        {139: set(), 141: {"LicenceLogBehind"}, 221: set()},
    ),
    "LicenceLogNotUnderstood": Trial(
        300, lines_of_another_format, {99: set(), 116: set(), 150: {"LicenceLogNotUnderstood"}, 230: set()}
    ),
    "LicenceEndsMissing": Trial(
        200,
        both(
            series(f'seatwatch_stopless{{{SOURCE},vendor="acornd"}}', (0, 20), (1, 90), (0, 90)),
            lambda world: without(world, "licence_feature_in_use", 20, 110),
        ),
        {79: set(), 81: {"LicenceEndsMissing"}, 111: set()},
    ),
    "LicenceLogGap": Trial(
        300,
        both(
            series(f'seatwatch_gaps_total{{{SOURCE},reason="generation is gone"}}', (2, 100), (3, 200)),
            series(f'seatwatch_gaps_total{{{SOURCE},reason="rolled back"}}', (None, 200), (1, 100)),
        ),
        {99: set(), 101: {"LicenceLogGap"}, 159: {"LicenceLogGap"}, 161: set(), 201: {"LicenceLogGap"}, 261: set()},
    ),
    "LicenceLogRotatedWrongly": Trial(
        60,
        series(f"seatwatch_writer_on_rotated_file{{{SOURCE}}}", (0, 20), (1, 20), (0, 20)),
        {34: set(), 36: {"LicenceLogRotatedWrongly"}, 41: set()},
    ),
    "SeatwatchSinkBehind": Trial(
        200,
        both(
            series(f"seatwatch_sink_pending_rows{{{SINK}}}", (0, 20), (300, 100), (0, 80)),
            series(f"seatwatch_sink_last_success_timestamp_seconds{{{SINK}}}", (19 * 60, 120), (120 * 60, 80)),
        ),
        {49: set(), 63: set(), 66: {"SeatwatchSinkBehind"}, 121: set()},
    ),
    "SeatwatchLedgerDiskFull": Trial(
        1500, falling_disk, {59: set(), 300: {"SeatwatchLedgerDiskFull"}, 600: {"SeatwatchLedgerDiskFull"}, 1300: set()}
    ),
    "SeatwatchLedgerFailing": Trial(
        80,
        series(f"seatwatch_ledger_errors_total{{{SCRAPE}}}", (2, 20), (3, 5), (4, 5), (5, 50)),
        {19: set(), 24: set(), 26: {"SeatwatchLedgerFailing"}, 38: {"SeatwatchLedgerFailing"}, 42: set()},
    ),
    "SeatwatchConfigRefused": Trial(
        60,
        series(f"seatwatch_config_last_reload_successful{{{SCRAPE}}}", (1, 20), (0, 20), (1, 20)),
        {24: set(), 26: {"SeatwatchConfigRefused"}, 41: set()},
    ),
    "SeatwatchAbsent": Trial(
        60,
        both(
            series(f"up{{{SCRAPE}}}", (1, 20), (0, 20), (1, 20)),
            lambda world: without(world, "licence_", 20, 40),
            lambda world: without(world, "seatwatch_", 20, 40),
        ),
        {24: set(), 26: {"SeatwatchAbsent"}, 41: set()},
    ),
}


@pytest.mark.parametrize("name", [alert.name for alert in ALERTS])
def test_it_fires_when_it_has_to_and_resolves(name: str, promtool: str, tmp_path: Path) -> None:
    """The alert fires once its condition has lasted, nothing that isn't so is told, and it resolves."""
    trial = TRIALS[name]
    assert any(name in firing for firing in trial.expected.values())
    assert name not in trial.expected[max(trial.expected)]
    world = calm(trial.minutes)
    world |= trial.changes(world)
    assert {trial.minutes} == {len(values) for values in world.values()}
    fires(promtool, tmp_path, world, trial.expected)
