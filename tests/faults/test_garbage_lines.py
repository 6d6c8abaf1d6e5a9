"""Lines harmed in every way, on their whole way from the log to the endpoint and the exports."""

from __future__ import annotations

import tracemalloc
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest

from exporter.tiers.calendar import grid
from tests.faults.harness.garbage import Garbage, examples, torn
from tests.faults.harness.garbage_files import count_lines
from tests.faults.harness.garbage_reading import BadLogs, read, samples, see_safe_labels, see_sound_ledger

LINES = 100_000
PARTS = 5
MEGABYTE = 1 << 20


class Outcome(NamedTuple):
    """Logs that were read in parts, each by a process of its own, and the last scrape."""

    logs: BadLogs
    data: bytes
    scrape: str


@pytest.fixture(scope="module", params=[0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 11))])
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Give a log of harmed lines and of lines cut at every byte, read while it grew."""
    garbage = Garbage(request.param, examples())
    cut = list(torn(sorted(set(chain.from_iterable(examples())))))
    lines = [*cut, *garbage.lines(LINES - len(cut))]
    logs = BadLogs(tmp_path_factory.mktemp("garbage"))
    step = len(lines) // PARTS
    for part in range(PARTS):
        with (logs.logs / "srv.log").open("ab") as file:
            file.writelines(line + b"\n" for line in lines[part * step : (part + 1) * step])
        scrape = logs.read()
    return Outcome(logs, (logs.logs / "srv.log").read_bytes(), scrape)


def test_every_harmed_line_is_counted_once(outcome: Outcome) -> None:
    """Understood, noise and unparsed are the lines of the log, and oversize those that are too long."""
    tally = outcome.logs.tallies()["srv.log"]

    expected = count_lines(outcome.data)
    assert expected is not None
    assert expected.read + expected.oversize >= LINES
    assert expected == (tally["understood"] + tally["noise"] + tally["unparsed"], tally["oversize"])
    assert [] == outcome.logs.ask("SELECT * FROM gap")


def test_harmed_lines_leave_a_sound_ledger(outcome: Outcome) -> None:
    """SQLite finds no fault in it, and each export is CSV with a row for each fact."""
    see_sound_ledger(outcome.logs)


def test_harmed_lines_leave_a_scrape_that_can_be_read(outcome: Outcome) -> None:
    """Each series is there once, each label can be shown, and the counts are those of the ledger."""
    see_safe_labels(outcome.scrape)
    checkouts = sum(sample.value for sample in samples(outcome.scrape) if sample.name == "licence_checkouts_total")

    assert outcome.logs.ask("SELECT sum(checkouts) FROM total") == [(checkouts,)]


def test_harmed_lines_read_at_one_go(outcome: Outcome, tmp_path: Path) -> None:
    """One process that reads them all finds what five found that read a part each."""
    again = BadLogs(tmp_path / "again")
    (again.logs / "srv.log").write_bytes(outcome.data)
    again.read()

    assert outcome.logs.tallies() == again.tallies()
    for what in ("sessions", "spans", "denials", "waits", "gaps"):
        assert outcome.logs.exported(what) == again.exported(what)


def test_memory_stays_flat_over_harmed_lines(tmp_path: Path) -> None:
    """Lines whose names are known need no more memory, however often they come."""
    garbage = Garbage(7, examples())
    lines = garbage.lines(8_000)
    logs = BadLogs(tmp_path / "flat")
    used = []
    with logs.collector() as collector:
        for _ in range(5):
            with (logs.logs / "srv.log").open("ab") as file:
                file.writelines(line + b"\n" for line in garbage.draw.sample(lines, len(lines)))
            if len(used) == 1:  # by now every name is known
                tracemalloc.start()
            read(collector)
            grid.cache_clear()  # a few are kept, of decades here, and which ones is chance
            used.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()

    assert used[-1] - used[1] < MEGABYTE
