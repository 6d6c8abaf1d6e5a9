"""Files harmed as a whole, and files that never were logs, each taken for the log of a server."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.harness.garbage import examples
from tests.faults.harness.garbage_files import GarbageFiles, count_lines
from tests.faults.harness.garbage_reading import BadLogs, see_safe_labels, see_sound_ledger

FILES = 1_000


class Outcome(NamedTuple):
    """Files that were read, and the scrape then."""

    logs: BadLogs
    scrape: str


def _read(logs: BadLogs, files: GarbageFiles, number: int) -> Outcome:
    for server in range(number):
        (logs.logs / f"{server:05}.log").write_bytes(files.file())
    return Outcome(logs, logs.read())


@pytest.fixture(scope="module", params=[0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 11))])
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Give bad files that were read at one go."""
    logs = BadLogs(tmp_path_factory.mktemp("garbage"))
    return _read(logs, GarbageFiles(request.param, examples()), FILES)


def _see_counts(logs: BadLogs) -> None:
    """See that each line of each file that can be unpacked was counted once, and that each other file is a gap."""
    tallies = logs.tallies()
    gaps = {
        Path(name.decode()).name
        for (name,) in logs.ask("SELECT g.path FROM gap JOIN generation AS g ON g.id = gap.generation")
    }
    damaged = set()
    for file in sorted(logs.logs.iterdir()):
        expected = count_lines(file.read_bytes())
        tally = tallies.get(file.name, {})
        if expected is None:
            damaged.add(file.name)
        else:
            read = sum(tally.get(outcome, 0) for outcome in ("understood", "noise", "unparsed"))
            assert expected == (read, tally.get("oversize", 0)), file
    assert damaged == gaps


def test_every_line_of_a_bad_file_is_counted_once(outcome: Outcome) -> None:
    """The lines of each file are counted, and a packed file that is damaged or can't be read here is one gap."""
    _see_counts(outcome.logs)


def test_bad_files_leave_a_sound_ledger(outcome: Outcome) -> None:
    """SQLite finds no fault in it, and each export is CSV with a row for each fact."""
    see_sound_ledger(outcome.logs)


def test_bad_files_leave_a_scrape_that_can_be_read(outcome: Outcome) -> None:
    """Each series is there once, and each label can be shown."""
    see_safe_labels(outcome.scrape)


def test_bad_files_pass_the_checker_of_prometheus(outcome: Outcome, promtool: str) -> None:
    """`promtool check metrics` has nothing to say of the scrape."""
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=outcome.scrape, capture_output=True, text=True, check=False
    )
    assert (0, "", "") == (checked.returncode, checked.stdout, checked.stderr)


def test_real_logs_made_bad(shared: Path, tmp_path: Path) -> None:
    """What is made of lines of real servers is read as surely."""
    real = [file.read_bytes().splitlines()[:5_000] for file in sorted((shared / "samples" / "flexlm").glob("*.log"))]
    made = _read(BadLogs(tmp_path / "real"), GarbageFiles(3, real), 100)

    _see_counts(made.logs)
    see_sound_ledger(made.logs)
    see_safe_labels(made.scrape)
