"""The accounting of a make-believe site, at once and live."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from exporter.simulate.accounting import AccountingEngine
from exporter.simulate.live import LiveSimulation
from exporter.simulate.model import Simulation
from exporter.simulate.site import demo_site

MADRID = ZoneInfo("Europe/Madrid")


def _days(seed: int = 3) -> Simulation:
    return Simulation(seed, demo_site(), MADRID, AccountingEngine)


def test_the_same_seed_writes_the_same() -> None:
    """Two simulations of one seed are equal line by line, of another they differ."""
    first, second, other = (list(_days(seed).days(date(2024, 3, 4), 2)) for seed in (3, 3, 4))

    assert first == second
    assert first != other


def test_times_never_fall_and_show_the_wall_clock() -> None:
    """Lines come in the order of their seconds, and begin with the day as syslog writes it."""
    lines = list(_days().days(date(2024, 3, 4), 1))

    assert sorted(line.time for line in lines) == [line.time for line in lines]
    assert {"Mar  4"} == {line.text[:6] for line in lines}


def test_every_run_is_told_once() -> None:
    """Starts in the log are as many as sessions in the truth, those that still run included."""
    simulation = _days()
    lines = list(simulation.days(date(2024, 3, 4), 3))

    assert sum(" START " in line.text for line in lines) == len(list(simulation.truth()))


def test_live_runs_come_as_time_goes_by() -> None:
    """What is asked for now carries this second."""
    live = LiveSimulation(1, demo_site(), MADRID, 600.0, AccountingEngine)
    live.due(1_709_280_000.0)
    lines = live.due(1_709_280_060.0)

    assert lines
    assert {"Mar  1 09:01:00"} == {line[:15] for line in lines}
