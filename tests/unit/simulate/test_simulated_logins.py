"""The wtmp of a make-believe host, at once and live."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from exporter.simulate.live import LiveSimulation
from exporter.simulate.logins import LoginEngine
from exporter.simulate.model import Simulation
from exporter.simulate.site import demo_site
from tests.reference.wtmp_records import BOOT_TIME, DEAD, RUN_LVL, SIZE, USER

MADRID = ZoneInfo("Europe/Madrid")


def _days(seed: int = 3) -> Simulation:
    return Simulation(seed, demo_site(), MADRID, LoginEngine)


def test_the_same_seed_writes_the_same() -> None:
    """Two simulations of one seed are equal record by record, of another they differ."""
    first, second, other = (list(_days(seed).days(date(2024, 3, 4), 2)) for seed in (3, 3, 4))

    assert first == second
    assert first != other


def test_records_are_those_of_a_wtmp() -> None:
    """Each has 384 bytes, a type that there is, and the second of its line; seconds never fall."""
    lines = list(_days().days(date(2024, 3, 4), 6))

    assert {SIZE} == {len(line.data) for line in lines}
    assert {BOOT_TIME, RUN_LVL, USER, DEAD} == {int.from_bytes(line.data[:2], "little") for line in lines}
    assert [line.time for line in lines] == [int.from_bytes(line.data[340:344], "little") for line in lines]
    assert sorted(line.time for line in lines) == [line.time for line in lines]


def test_every_login_is_told_once() -> None:
    """Logins in the log are as many as sessions in the truth, those that are still open included."""
    simulation = _days()
    lines = list(simulation.days(date(2024, 3, 4), 3))

    assert sum(line.data[0] == USER for line in lines) == len(list(simulation.truth()))


def test_live_logins_come_as_time_goes_by() -> None:
    """What is asked for now carries this second."""
    live = LiveSimulation(1, demo_site(), MADRID, 600.0, LoginEngine)
    live.due(1_709_280_000.0)
    lines = live.due(1_709_280_060.0)

    assert lines
    assert {1_709_280_060} == {line.time for line in lines}
