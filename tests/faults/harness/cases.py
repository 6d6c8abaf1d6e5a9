"""
The cases that the tests of faults are about, and the table of them in docs/reliability.md.

A test says with ``@pytest.mark.case("R1", "what happens in the world")`` which case it shows; several tests may show
one case. The table is written when ``RELIABILITY`` names the page and every case has run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

_COUNTS = {"K": 12, "R": 19, "C": 18, "Z": 7, "L": 11, "F": 18, "T": 3, "B": 6, "M": 4}
ALL = tuple(f"{letter}{number}" for letter, count in _COUNTS.items() for number in range(1, count + 1))
"""The ids of all cases."""
REAL = "real file system"
MODES = ("alive", "down")

BEGIN, END = "<!-- cases: begin -->", "<!-- cases: end -->"
_HEAD = "| Case | What happens | How it is tested | Seatwatch meanwhile | Result |\n|---|---|---|---|---|\n"


class Mark(NamedTuple):
    """What one marker says."""

    case: str
    what: str = ""
    how: str = REAL
    only: str = ""
    """The one mode that the case has; empty: both."""
    mode: str = ""
    """Which mode a test shows that makes its own world."""
    undecidable: bool = False

    @classmethod
    def of(cls, arguments: Iterable[Any], keywords: dict[str, Any]) -> Mark:
        """Return what a marker with these arguments says; a short ``shim`` is spelt out."""
        mark = cls(*arguments, **keywords)
        return mark._replace(how="scripted file system" if mark.how == "shim" else mark.how)


@dataclass
class Shown:
    """What came of the tests of one case."""

    what: str = ""
    how: set[str] = field(default_factory=set)
    modes: set[str] = field(default_factory=set)
    outcomes: set[str] = field(default_factory=set)
    undecidable: bool = False

    def note(self, mark: Mark, mode: str, outcome: str) -> None:
        """Add one test's *outcome* (passed, failed, skipped)."""
        self.what = self.what or mark.what
        self.how.add(mark.how)
        self.modes.add(mode or mark.mode or mark.only)
        self.outcomes.add(outcome)
        self.undecidable = self.undecidable or mark.undecidable

    @property
    def result(self) -> str:
        """What the table says of it."""
        if "failed" in self.outcomes:
            return "**fails**"
        if self.undecidable:
            return "undecidable; does what is documented"
        return "passes" if "passed" in self.outcomes else "not run here"


def marks_in(folder: Path) -> Iterator[Mark]:
    """Yield what the markers in all test files below *folder* say, run or not."""
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.case":
                values = [ast.literal_eval(each) for each in node.args]
                yield Mark.of(values, {each.arg: ast.literal_eval(each.value) for each in node.keywords if each.arg})


def listed(page: str) -> list[str]:
    """Return the cases that the table of a page lists, in order."""
    rows = page.partition(BEGIN)[2].partition(END)[0].splitlines()
    return [row.split("|")[1].strip() for row in rows if row.startswith("| ") and not row.startswith("| Case")]


def with_table(page: str, tested: dict[str, Shown]) -> str:
    """Return *page* with the table of what was tested in the place of the one it had."""
    rows = []
    for case in sorted(tested, key=ALL.index):
        its = tested[case]
        modes = " and ".join(mode for mode in MODES if mode in its.modes) or "-"
        rows.append(f"| {case} | {its.what} | {', '.join(sorted(its.how))} | {modes} | {its.result} |\n")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{_HEAD}{''.join(rows)}\n{END}{rest.partition(END)[2]}"
