"""The benchmark's log and yardstick: the numbers it compares are numbers of the same things."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bench import collecting, yardstick
from tests.bench.made_log import VERBS, Counts, MadeLog, busy, made_lines, make, no_counts
from tests.bench.measuring import BenchFault

LINES = 20_000


@pytest.fixture
def log(tmp_path: Path) -> MadeLog:
    """Give a small log of the benchmark's shape."""
    return make(tmp_path / "made", busy(LINES))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an empty folder."""
    made = tmp_path / "empty"
    made.mkdir()
    return made


def naive_counts(log: MadeLog) -> Counts:
    """Count the events of a log as a reader with a pencil would."""
    counts = no_counts()
    for line in log.path.read_text("ascii").splitlines():
        for verb in VERBS:
            if f" {verb}: " in line:
                counts[verb][line.split('"')[1]] += 1
    return counts


def test_the_counts_of_the_made_log_are_those_of_its_lines(log: MadeLog) -> None:
    """What the generator says it wrote is what a naive count of the lines finds, and no line is missing."""
    text = log.path.read_bytes()

    assert (LINES, log.bytes) == (text.count(b"\n"), len(text))
    assert naive_counts(log) == log.counts


def test_the_made_log_has_its_shape(log: MadeLog) -> None:
    """The shares of check-outs, check-ins and denials, and of sessions left open, are those that are promised."""
    shares = [log.counts[verb].total() / LINES for verb in VERBS]

    assert [0.47, 0.46, 0.03] == pytest.approx(shares, abs=0.01)
    assert 0.0135 == pytest.approx(log.open_sessions / LINES, rel=0.1)


def test_the_made_log_is_the_same_each_time() -> None:
    """Two makings give equal lines, so figures of two machines are figures of one log."""
    assert list(made_lines(busy(1_000), no_counts())) == list(made_lines(busy(1_000), no_counts()))


def test_a_log_that_is_there_is_taken_and_a_cut_one_is_made_anew(log: MadeLog) -> None:
    """The second call gives the same log with the same counts, whether it found it whole or cut short."""
    again = make(log.path.parent, busy(LINES))
    whole = log.path.read_bytes()
    os.truncate(log.path, 1_000)
    repaired = make(log.path.parent, busy(LINES))

    assert [log, log] == [again, repaired]
    assert whole == log.path.read_bytes()


def test_the_ledger_agrees_with_the_made_log(log: MadeLog, folder: Path) -> None:
    """`collect` of the small log passes the benchmark's own check, and one more check-out in the log would not."""
    collecting.collect(log, folder)
    log.counts["OUT"]["feat_000"] += 1
    another = folder / "another"
    another.mkdir()

    with pytest.raises(BenchFault, match=r"OUT lines the ledger has .* 1 features differ"):
        collecting.collect(log, another)


def test_mtail_counts_what_the_ledger_counts(log: MadeLog, folder: Path) -> None:
    """The yardstick's program and ours find the same check-outs, check-ins and denials by feature."""
    mtail = yardstick.mtail_path()
    if mtail is None:
        why = "mtail is missing: install Debian's package mtail"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)

    yardstick.count(mtail, log, folder)
    log.counts["DENIED"]["feat_000"] += 1
    another = folder / "another"
    another.mkdir()

    with pytest.raises(BenchFault, match=r"DENIED lines mtail has .* 1 features differ"):
        yardstick.count(mtail, log, another)
