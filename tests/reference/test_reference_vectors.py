"""The reference reader against the worked examples, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.reference.flexlm_reader import read
from tests.reference.flexlm_result import Result, stamp

VECTORS = Path(__file__).parents[1] / "vectors"
CASES = sorted(path.name for path in VECTORS.iterdir() if path.is_dir() and not (path / "lost.csv").exists())
LATER = 1_800_000_000
"""A moment after every line of the examples."""


def result_of(case: str) -> Result:
    """Read all generations of a case, oldest first."""
    folder = VECTORS / case
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    older = sorted(folder.glob("input.log.*"), key=lambda path: -int(path.suffix[1:]))
    files = [path.read_bytes() for path in [*older, folder / "input.log"]]
    return read(files, config["sources"][0]["timezone"], None, LATER)


def expected(case: str, table: str) -> str:
    """Return the text of a case's table."""
    return (VECTORS / case / table).read_bytes().decode("utf-8")


def test_all_examples_are_here() -> None:
    """The folder of worked examples holds every case without a gap, so none is skipped unnoticed."""
    assert [case[:2] for case in CASES] == sorted(["10", *(f"{number:02}" for number in range(1, 26))])


@pytest.mark.parametrize("case", CASES)
def test_sessions(case: str) -> None:
    """The reference reader finds every session of the worked example and no other."""
    assert expected(case, "sessions.csv") == result_of(case).sessions_csv("srv", "lic")


@pytest.mark.parametrize("case", CASES)
def test_denials(case: str) -> None:
    """The reference reader finds every denial of the worked example and no other."""
    assert expected(case, "denials.csv") == result_of(case).denials_csv("srv", "lic")


@pytest.mark.parametrize("case", [case for case in CASES if (VECTORS / case / "spans.csv").exists()])
def test_spans(case: str) -> None:
    """The reference reader divides the sessions of the worked example into its spans."""
    assert expected(case, "spans.csv") == result_of(case).spans_csv("srv")


@pytest.mark.parametrize("case", [case for case in CASES if (VECTORS / case / "waits.csv").exists()])
def test_waits(case: str) -> None:
    """The reference reader finds every wait of the worked example and how it ended."""
    assert expected(case, "waits.csv") == result_of(case).waits_csv("srv", "lic")


EPISODES = {
    "12-denial-storm": [
        ("clover", "granted", 2),
        ("dahlia", "waited", 3),
        ("ebony", "refused", 3),
        ("ebony", "refused", 1),
        ("fern", "refused", 2),
    ],
    "13-denied-again-after-grant": [
        ("amber", "granted", 1),
        ("amber", "refused", 2),
        ("birch", "granted", 1),
        ("clover", "waited", 1),
        ("dahlia", "refused", 2),
        ("ebony", "refused", 1),
    ],
    "14-queue": [("birch", "waited", 2), ("clover", "refused", 1), ("dahlia", "refused", 2)],
}
"""(user, outcome, lines), by user and first line, as the cases' words say."""


@pytest.mark.parametrize("case", sorted(EPISODES))
def test_episodes(case: str) -> None:
    """The reference reader decides the denial episodes as the example's words do."""
    episodes = sorted(result_of(case).episodes, key=lambda episode: (episode.user, episode.first))
    assert EPISODES[case] == [(it.user.decode(), it.outcome, it.lines) for it in episodes]


UNMATCHED = {"02": 3, "04": 1, "05": 1, "17": 1, "19": 1, "25": 1}


@pytest.mark.parametrize("case", CASES)
def test_unmatched_stops(case: str) -> None:
    """The reference reader counts as many unmatched stops as the example's words do."""
    assert UNMATCHED.get(case[:2], 0) == result_of(case).tallies.unmatched


@pytest.mark.parametrize("case", CASES)
def test_sums_agree_with_the_hourly_windows(case: str) -> None:
    """Seat seconds, line counts, episodes and highest levels of the hours are the reference reader's."""
    result = result_of(case)
    header, *rows = expected(case, "windows-hourly.csv").splitlines()
    at = header.split(",").index
    columns = [row.split(",") for row in rows]
    seat_seconds = sum(it.seat_seconds(result.frontier) for it in result.sessions)
    assert sum(int(row[at("seat_seconds")]) for row in columns) == seat_seconds
    assert sum(int(row[at("checkouts")]) for row in columns) == result.tallies.checkouts
    assert sum(int(row[at("checkins")]) for row in columns) == result.tallies.checkins
    for outcome in ("waited", "refused"):
        decided = [episode for episode in result.episodes if episode.outcome == outcome]
        assert sum(int(row[at(f"denials_{outcome}")]) for row in columns) == len(decided)
    for feature in {(row[1], row[2]) for row in columns}:
        states = result.levels().get((feature[0].encode(), feature[1].encode()), [])
        highest = max((level for _, level in states), default=0)
        assert max(int(row[at("in_use_max")]) for row in columns if (row[1], row[2]) == feature) == highest


COVERED = {
    "01-begins-mid-session": [("2024-03-05T08:00:00Z", "2024-03-05T09:45:01Z")],
    "09-clock-back": [("2024-03-05T08:50:00Z", "2024-03-05T10:40:01Z")],
    "10a-autumn-night": [("2024-10-26T22:30:00Z", "2024-10-27T02:40:01Z")],
    "11-glued-newer-first": [
        ("2024-03-12T07:50:00Z", "2024-03-12T10:10:01Z"),
        ("2024-03-04T08:00:00Z", "2024-03-04T09:25:01Z"),
    ],
    "25-rotation": [("2024-03-12T19:59:57Z", "2024-03-13T02:00:01Z")],
}


@pytest.mark.parametrize("case", sorted(COVERED))
def test_coverage(case: str) -> None:
    """The reference reader covers the stretches that the example's words give, in reading order."""
    coverage = [(stamp(begin), stamp(end)) for begin, end in result_of(case).coverage]
    assert COVERED[case] == coverage


LEVELS = {
    ("01-begins-mid-session", "brookd", "brook_cfd"): [4, 5, 1, 0],
    ("04-upgrade", "flowd", "flow_base"): [3, 7, 19, 9, 11, 5, 0],
    ("09-clock-back", "acornd", "acorn_base"): [1, 2, 3, 4, 3, 2, 1, 0],
    ("18-same-second", "brookd", "brook_cfd"): [1, 2, 1, 2, 1, 0],
}


@pytest.mark.parametrize("place", sorted(LEVELS))
def test_levels(place: tuple[str, str, str]) -> None:
    """Every state in the example's words is one of the reference reader, however short, in order of time and line."""
    case, vendor, feature = place
    assert LEVELS[place] == [level for _, level in result_of(case).levels()[vendor.encode(), feature.encode()]]
