"""Status texts are read as they were written, whatever the names; and no text, however damaged, breaks the reading."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.status_texts.kinds import KINDS, read_status, text_of
from exporter.status_texts.told import FeatureStatus
from tests.property.status_writers import TAKEN, WRITERS, What, Who

TEXTS = Path(__file__).parents[1] / "unit" / "status_texts" / "texts"
MUTATIONS = 10_000

_WORD = st.text("abcXYZ0189._-$éß日", min_size=1, max_size=8).filter(lambda word: word.strip("-_.") != "")
_USER = st.lists(_WORD, min_size=1, max_size=3).map(" ".join)
_START = st.integers(0, 300 * 24 * 60).map(lambda minutes: TAKEN - timedelta(minutes=minutes))
_DISPLAY = st.one_of(st.just(""), st.text("""abc/:0"'()[]<>%$@; """, max_size=12).map(str.strip))
_HOLDER = st.builds(Who, _USER, _WORD, _DISPLAY, st.integers(1, 3_000), _START)
_FEATURES = st.lists(
    st.builds(What, _WORD, st.integers(0, 10**6), st.integers(0, 99), st.lists(_HOLDER, max_size=4)),
    max_size=5,
    unique_by=lambda one: one.name,
)


def _agrees(kind: str, written: What, told: FeatureStatus, vendor: str) -> None:
    """See that a feature was read as it was written, as far as its kind of text tells of it."""
    assert ("" if kind == "lsdyna" else vendor, written.name) == (told.vendor, told.feature)
    assert (written.issued, written.held) == (told.issued, told.in_use)
    assert (written.idle if kind in ("lmstat", "rlmstat") else 0) == told.reserved
    assert [one.seats for one in written.holders] == [one.seats for one in told.holders]
    starts = [None if kind in ("lsdyna", "olicense") else one.start for one in written.holders]
    assert starts == [one.start for one in told.holders]
    for one, holder in zip(written.holders, told.holders, strict=True):
        assert (one.user, one.host) in list(holder.readings())
        assert holder.sure is not (kind == "lmstat" and bool(one.display or " " in one.user))


@pytest.mark.parametrize("kind", WRITERS)
@given(server=_WORD, vendor=_WORD, features=_FEATURES)
def test_what_was_written_is_read(kind: str, server: str, vendor: str, features: Sequence[What]) -> None:
    """Features, seats, reservations, holders and starts come back from a random text, names with blanks too."""
    text = "\n".join(WRITERS[kind](server, vendor, features))
    told = read_status(text, TAKEN, kind)
    (status,) = told.servers

    assert ((), (), (server,)) == (told.unknown, status.faults, status.servers)
    assert len(features) == len(status.features)
    for written, read in zip(features, status.features, strict=True):
        _agrees(kind, written, read, vendor)


def _mutations(line: str, lines: Sequence[str], chance: random.Random) -> str:
    """Return a line of a text, damaged in one of many ways."""
    at, to = sorted(chance.randrange(len(line) + 1) for _ in range(2))
    number = "9" * chance.choice((1, 5, 13, 5_000))
    ways: tuple[Callable[[], str], ...] = (
        lambda: line[:at],
        lambda: line[at:],
        lambda: line[:at] + line[to:],
        lambda: line[:at] + line[at:to] * chance.choice((2, 3, 200)) + line[to:],
        lambda: line[:at] + chance.choice(lines),
        lambda: line[:at] + chance.choice("\0\t\x1b²३ߘ\u2028(),:;@/\"'-|# ") + line[at:],
        lambda: line[:at] + number + line[to:],
        lambda: "".join(char if not char.isdigit() else chance.choice("0123456789") for char in line),
        lambda: "".join(chance.sample(line, len(line))),
    )
    return chance.choice(ways)()


def _damaged(kind: str, chance: random.Random) -> Iterator[list[str]]:
    """Yield texts of a kind without end, each with some damaged lines."""
    texts = [text_of(path.read_bytes()).split("\n") for path in sorted(TEXTS.glob(f"{kind}*.txt"))]
    while True:
        lines = list(chance.choice(texts))
        for _ in range(10):
            at = chance.randrange(len(lines))
            lines[at] = _mutations(lines[at], lines, chance)
        yield lines


@pytest.mark.parametrize("kind", KINDS)
def test_no_damaged_line_breaks_the_reading(kind: str) -> None:
    """10,000 damaged lines of each kind raise nothing, and whatever is told of seats is a number that can be kept."""
    texts = _damaged(kind, random.Random(kind))  # noqa: S311 -- the same damage each time
    for _ in range(MUTATIONS // 10):
        told = read_status("\n".join(next(texts)), TAKEN, kind)
        for feature in (one for server in told.servers for one in server.features):
            assert 0 <= (feature.issued or 0) < 2**63
            assert 0 <= (feature.in_use or 0) < 2**63


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text())
def test_any_text_is_read_as_any_kind(kind: str, text: str) -> None:
    """Reading ends well on any text at all, and each line that isn't blank is understood or told."""
    assert kind == read_status(text, TAKEN, kind).kind
