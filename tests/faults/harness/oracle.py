"""What a ledger holds, compared with the truth that the log writer wrote down."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

from exporter.ledger.export import export
from exporter.ledger.reader import LedgerReader
from tests.faults.harness.log_lines import OUT_TO_IN

Line = tuple[int, int]
"""Generation and number of a line of the log writer."""

_LINES = """
SELECT generation, at, p.feature, h.user, 0 FROM session
    JOIN product AS p ON p.id = product JOIN holder AS h ON h.id = holder WHERE NOT inferred
UNION ALL
SELECT end_generation, end_at, p.feature, h.user, ? FROM session
    JOIN product AS p ON p.id = product JOIN holder AS h ON h.id = holder WHERE end_at IS NOT NULL
ORDER BY 1, 2
"""
SAME = {"sessions": 0, "spans": 0, "denials": 0, "waits": 0, "coverage": 2}
"""Exports that tell nothing of when and from which file a line was read, from so manieth column on."""
_WITHOUT_QUIET = """
DELETE FROM quiet;
UPDATE stream SET frontier = json_extract(state, '$.format.clock.latest') + 1 WHERE frontier IS NOT NULL;
UPDATE coverage SET end = coalesce(
    (SELECT json_extract(state, '$.format.clock.stretch[1]') FROM stream WHERE id = coverage.stream), end
) WHERE number = (SELECT max(number) FROM coverage AS newer WHERE newer.stream = coverage.stream);
"""
"""Leaves of what is known what the lines alone tell: one reading knows nothing of the time after the last line."""
_KNOWN = "SELECT stream, frontier FROM known ORDER BY stream"
_COVERED = 'SELECT stream, min("from"), max("to") FROM covered GROUP BY stream ORDER BY stream'


def read_truth(path: Path) -> list[Line]:
    """Return every line of the log, in order."""
    pairs = (row.split() for row in path.read_text("ascii").splitlines())
    return [(int(generation), int(seq)) for generation, seq in pairs]


def events(lines: list[Line]) -> list[Line]:
    """Return the lines that leave a fact: all but the TIMESTAMPs."""
    return [each for each in lines if each[1] > 0]


def difference(expected: Sequence[Line], found: Sequence[Line]) -> str:
    """Say in what *found* differs from *expected*; '' for nothing."""
    wanted, there = Counter(expected), Counter(found)
    told = {
        "lost": sorted((wanted - there).elements()),
        "twice": sorted(line for line in (there - wanted).elements() if line in wanted),
        "never written": sorted(line for line in (there - wanted).elements() if line not in wanted),
    }
    if wanted == there:
        told["out of order"] = [after for before, after in zip(expected, found, strict=True) if before != after]
    return "; ".join(f"{len(lines)} {what}: {lines[:5]}" for what, lines in told.items() if lines)


def _digest(rows: Iterable[Sequence[object]]) -> tuple[int, str]:
    count, digest = 0, sha256()
    for row in rows:
        count += 1
        digest.update(repr(row).encode())
    return count, digest.hexdigest()


def _exports(ledger: Path) -> dict[str, tuple[int, str]]:
    """Return number and hash of the rows of each of `SAME` by the lines alone; see that quiet only adds to them."""
    with (
        closing(sqlite3.connect(f"{ledger.as_uri()}?mode=ro", uri=True)) as kept,
        closing(sqlite3.connect(":memory:")) as copy,
    ):
        kept.backup(copy)
        with_quiet = [list(copy.execute(sql)) for sql in (_KNOWN, _COVERED)]
        copy.executescript(_WITHOUT_QUIET)
        by_lines = [list(copy.execute(sql)) for sql in (_KNOWN, _COVERED)]
        for more, less in zip(with_quiet, by_lines, strict=True):
            assert [row[:-1] for row in more] == [row[:-1] for row in less]
            assert all(row[-1] is None or row[-1] <= grown[-1] for row, grown in zip(less, more, strict=True))

        def ask(sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
            return copy.execute(sql, values)

        return {what: _digest(row[first:] for row in export(ask, what)[1]) for what, first in SAME.items()}


class Found:
    """What is in a ledger now; nothing where there is none yet."""

    def __init__(self, ledger: Path) -> None:
        """Read it all."""
        self.lines: list[Line] = []
        """Lines that left a fact, in the order in which they were read."""
        self.tally: dict[str, int] = {}
        """Trust counts, by kind."""
        self.gaps: list[tuple[object, ...]] = []
        """(from, to, reason) of each that still stands."""
        self.exports: dict[str, tuple[int, str]] = {}
        """Number and hash of the rows of each of `SAME`."""
        if not ledger.exists():
            return
        reader = LedgerReader(ledger)
        try:
            rows = reader.ask(_LINES, OUT_TO_IN)
            self.lines = [
                (int(feature[1:]), int(user[1:]) + later)
                for _, _, feature, user, later in rows
                if feature[1:].isdecimal() and user[1:].isdecimal()  # others the log writer didn't write
            ]
            self.tally = {str(kind): int(n) for kind, n in reader.ask("SELECT kind, sum(n) FROM tally GROUP BY kind")}
            self.gaps = list(reader.ask("SELECT start, end, reason FROM gap WHERE NOT withdrawn ORDER BY id"))
        finally:
            reader.close()
        self.exports = _exports(ledger)

    @property
    def counted(self) -> int:
        """Lines read, whatever came of them."""
        return sum(self.tally.get(kind, 0) for kind in ("understood", "noise", "unparsed", "oversize"))
