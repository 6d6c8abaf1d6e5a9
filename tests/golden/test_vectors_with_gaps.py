"""
The worked examples with a gap, read by the program in memory and by the reference reader.

There `input.log` is what the server wrote, and `lost.csv` tells which of its lines could not be read, and whether they
came back.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from exporter.config.loading import load
from exporter.records import Gap
from exporter.watching import FORMATS
from tests.memory import SERVER, SOURCE, MemoryStream
from tests.reference.flexlm_reader import read

VECTORS = Path(__file__).parents[1] / "vectors"
CASES = sorted(path.parent.name for path in VECTORS.glob("*/lost.csv"))
UNMATCHED = {"27": 1, "30": 1, "31": 1}
LATER = 1_800_000_000


class Example(NamedTuple):
    """A worked example: what can be read, before which line numbers of that a gap lies, and the expiry in seconds."""

    folder: Path
    data: bytes
    gaps: list[Gap]
    numbers: list[int]
    expiry: int


def sorted_rows(text: str) -> str:
    """Return *text* with the lines below its header sorted."""
    header, *rows = text.splitlines()
    return "\n".join([header, *sorted(rows)])


@pytest.fixture(params=CASES)
def example(request: pytest.FixtureRequest) -> Example:
    """Give a worked example."""
    folder = VECTORS / request.param
    lines = (folder / "input.log").read_bytes().splitlines(keepends=True)
    kept: list[bytes] = []
    gaps, numbers, at = [], [], 0
    for row in csv.DictReader((folder / "lost.csv").read_text().splitlines()):
        first, last, back = int(row["first"]), int(row["last"]), row["fate"] == "came back"
        kept += lines[at : first - 1]
        gap = Gap(1, sum(map(len, kept)), None, "lost")
        gaps += [gap, gap._replace(withdrawn=True)] if back else [gap]
        numbers += [] if back else [len(kept) + 1]
        at = first - 1 if back else last
    kept += lines[at:]
    expiry = load(folder / "config.yaml", FORMATS).sources[0].gap_expiry
    return Example(folder, b"".join(kept), gaps, numbers, expiry)


def test_there_are_examples_with_a_gap() -> None:
    """Each thing that a gap may do has its example."""
    assert ["26", "27", "28", "29", "30", "31"] == [case[:2] for case in CASES]


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_the_program_gives_the_files_of_an_example_with_a_gap(example: Example, size: int) -> None:
    """Read at once, or line by line with a restart after each, sessions and spans equal the example's files."""
    stream = MemoryStream([example.data], "UTC", LATER, lost=example.gaps, expiry=example.expiry)
    while stream.read(size):
        stream.restart()

    assert sorted_rows((example.folder / "sessions.csv").read_text()) == stream.sessions_csv()
    assert sorted_rows((example.folder / "spans.csv").read_text()) == stream.spans_csv()
    assert UNMATCHED.get(example.folder.name[:2], 0) == stream.tally.get("unmatched", 0)


def test_the_reference_gives_the_files_of_an_example_with_a_gap(example: Example) -> None:
    """The reference reader, which knows the rule and not the program, gives the same."""
    result = read([example.data], "UTC", None, LATER, example.numbers, example.expiry)

    assert (example.folder / "sessions.csv").read_text() == result.sessions_csv(SERVER, SOURCE)
    assert (example.folder / "spans.csv").read_text() == result.spans_csv(SERVER)
    assert UNMATCHED.get(example.folder.name[:2], 0) == result.tallies.unmatched
