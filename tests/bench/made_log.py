"""
The logs that the benchmark reads: FlexNet debug logs, the same on every machine, and their own counts.

200 features, some asked for more than others; 4,000 users on 900 nodes; about 47 % check-outs, 46 % check-ins, 3 %
denials, 4 % noise; a TIMESTAMP every six hours. Open sessions rise at first and then keep their level.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

SERVER, VENDOR = "bench", "acornd"
VERBS = ("OUT", "IN", "DENIED")

_DAY, _TIMESTAMP_EVERY = 86_400, 6 * 3600
FEATURES, _USERS, _NODES = 200, 4_000, 900
_DENIED, _NOISE = 0.03, 0.04
_BUSY_OPEN_SHARE = 0.0135
_TOWARDS_PLATEAU = 0.6
"""Share of the events that lead to the plateau: check-outs below it, check-ins above."""
_FOUR_SEATS = 0.05
_CHUNK = 20_000

Counts = dict[str, Counter[str]]
"""Lines by verb (`VERBS`) and feature."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes one log differ from another."""

    lines: int
    first: date
    days: int
    plateau: int
    """Sessions open once their level is reached."""

    @property
    def begin(self) -> int:
        """Where it begins, UTC second."""
        return int(datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC).timestamp())


def busy(lines: int, days: int = 30) -> Shape:
    """Return the shape of a log of *days* days from March 2024 on, in the course of which it fills its level."""
    return Shape(lines, date(2024, 3, 1), days, int(_BUSY_OPEN_SHARE * lines))


@dataclass(frozen=True, slots=True)
class MadeLog:
    """The log on disk, and what is in it."""

    path: Path
    lines: int
    bytes: int
    counts: Counts

    @property
    def open_sessions(self) -> int:
        """Sessions open after the last line; every check-in belongs to an open session."""
        return self.counts["OUT"].total() - self.counts["IN"].total()


def no_counts() -> Counts:
    """Return counts that are all 0."""
    return {verb: Counter() for verb in VERBS}


def all_counts(logs: Iterable[MadeLog]) -> Counts:
    """Return what is in all *logs* together."""
    return {verb: sum((log.counts[verb] for log in logs), Counter()) for verb in VERBS}


def make(folder: Path, shape: Shape) -> MadeLog:
    """Return the log of that *shape* in *folder*; one that is there already, of the right size, is taken."""
    lines = shape.lines
    path = folder / f"made-{lines}-in-{shape.days}-days.log"
    note = path.with_suffix(".json")
    recipe = hashlib.blake2b(Path(__file__).read_bytes() + repr(shape).encode(), digest_size=16).hexdigest()
    if path.exists() and note.exists():
        known = json.loads(note.read_text("utf-8"))
        if (known["recipe"], known["bytes"]) == (recipe, path.stat().st_size):
            return MadeLog(path, lines, known["bytes"], {verb: Counter(known["counts"][verb]) for verb in VERBS})
    folder.mkdir(parents=True, exist_ok=True)
    counts = no_counts()
    text = made_lines(shape, counts)
    with path.open("w", encoding="ascii", newline="\n") as log:
        while chunk := "".join(islice(text, _CHUNK)):
            log.write(chunk)
    size = path.stat().st_size
    note.write_text(json.dumps({"recipe": recipe, "bytes": size, "counts": counts}), encoding="utf-8")
    return MadeLog(path, lines, size, counts)


def made_lines(shape: Shape, counts: Counts) -> Iterator[str]:
    """Yield the lines of *shape* with their ends, exactly so many, counting each event in *counts* as it is yielded."""
    # Only `random()` gives the same numbers in every version of Python, so nothing else is asked of it.
    draw = Random(20240301).random  # noqa: S311  # no secret is made of it
    users = [f"user{number:04}@node{int(draw() * _NODES):03}" for number in range(_USERS)]
    opened: list[tuple[str, str]] = []
    lines, seconds = shape.lines, shape.days * _DAY
    stamped = -1
    written = 0
    while written < lines:
        now = written * seconds // lines
        frame = _frame(now)
        if now // _TIMESTAMP_EVERY != stamped:
            stamped = now // _TIMESTAMP_EVERY
            day = shape.first + timedelta(days=now // _DAY)
            for daemon in ("lmgrd", VENDOR)[: lines - written]:
                yield f"{frame} ({daemon}) TIMESTAMP {day.month}/{day.day}/{day.year}\n"
                written += 1
            continue
        written += 1
        what = draw()
        if what < _NOISE:
            yield f"{frame} ({VENDOR}) SLOG: Summary LOG statistics is on.\n"
            continue
        if what < _NOISE + _DENIED:
            verb, feature, rest = "DENIED", _feature(draw()), _user(users, draw()) + "  " + _DENIAL
        elif (draw() < _TOWARDS_PLATEAU) == (len(opened) < shape.plateau) or not opened:
            verb, feature, rest = "OUT", _feature(draw()), _user(users, draw()) + _seats(draw())
            opened.append((feature, rest))
        else:
            verb, (feature, rest) = "IN", _take(opened, draw())
        counts[verb][feature] += 1
        yield f'{frame} ({VENDOR}) {verb}: "{feature}" {rest}\n'


_DENIAL = "(Licensed number of users already reached. (-4,342))"


def _frame(now: int) -> str:
    """Return the time of day as the daemons write it."""
    minutes, second = divmod(now % _DAY, 60)
    return f"{minutes // 60:2}:{minutes % 60:02}:{second:02}"


def _feature(drawn: float) -> str:
    """Return a feature; the first ones are asked for most."""
    return f"feat_{int(drawn * drawn * FEATURES):03}"


def _user(users: list[str], drawn: float) -> str:
    return users[int(drawn * _USERS)]


def _seats(drawn: float) -> str:
    return "  (4 licenses) " if drawn < _FOUR_SEATS else "  "


def _take(opened: list[tuple[str, str]], drawn: float) -> tuple[str, str]:
    """Take any open session out of *opened*."""
    which = int(drawn * len(opened))
    opened[which], opened[-1] = opened[-1], opened[which]
    return opened.pop()
