"""`report modules` against a count of every load by itself, whatever is asked for."""

from __future__ import annotations

import re
import tempfile
from contextlib import closing
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.ledger.reader import LedgerReader
from exporter.reports.modules import Asked, counts, modules_used_by, usage, usernames
from tests.property.test_any_history_of_loads import BEGIN, SPAN, Load, Site, loads

PATTERNS = ["%", "/opt/%", "/opt/_", "%\\_%", "a%", "ANN", "b\\%o", "b%o", "c_", "", "nothing", "/opt/a\\"]
patterns = st.lists(st.sampled_from(PATTERNS), max_size=2)
instants = st.none() | st.integers(BEGIN // 60, (BEGIN + SPAN) // 60).map(lambda minute: minute * 60)
questions = st.builds(Asked, instants, instants, patterns, patterns)
NAMES = ["/opt/a", "/usr/a", "/never", "gcc/5", "a b", "never/1"]


def fits(patterns: list[str], text: str) -> bool:
    """Say whether a text fits one of some patterns of SQL's LIKE, or there are none."""

    def like(pattern: str) -> re.Pattern[str]:
        parts = re.findall(r"\\(.)|(%)|(_)|(.)", pattern)
        return re.compile(
            "".join(re.escape(own or char) or (".*" if some else ".") for own, some, _, char in parts), re.IGNORECASE
        )

    whole = [pattern for pattern in patterns if not re.search(r"(?<!\\)\\$", pattern)]  # such a one fits nothing
    return not patterns or any(like(pattern).fullmatch(text) for pattern in whole)


def chosen(read: list[Load], asked: Asked, *, by_user: bool = False) -> list[Load]:
    """Return the loads that are asked for."""
    return [
        load
        for load in read
        if (asked.start is None or load.time >= asked.start)
        and (asked.end is None or load.time < asked.end)
        and fits(list(asked.syshosts), load.server)
        and fits(list(asked.patterns), load.user if by_user else load.path)
    ]


def name(load: Load) -> str:
    """Return what a module is told by."""
    return load.path or load.module


def by_user(found: list[Load]) -> list[tuple[str, str, str]]:
    """Return path, clusters and user of each pair."""
    pairs = sorted({(name(load), load.user.lower()) for load in found})
    rows = []
    for path, user in pairs:
        of_pair = [load for load in found if (name(load), load.user.lower()) == (path, user)]
        syshosts = ", ".join(sorted({load.server for load in of_pair}))
        rows.append((path, syshosts, min(load.user for load in of_pair)))
    return rows


@settings(max_examples=settings.default.max_examples // 2)
@given(st.lists(loads, max_size=30), st.lists(questions, min_size=1, max_size=6), st.integers(0, 1 << 16).map(Random))
def test_every_report_is_what_was_read(read: list[Load], asked: list[Asked], random: Random) -> None:
    """Distinct users, clusters and names, of any span, pattern and cluster, of single loads and of sums alike."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        site = Site(path)
        site.commit("/log", read)
        site.sum_up(random.randrange(SPAN))
        site.ledger.close()
        with closing(LedgerReader(path)) as ledger:
            for question in asked:
                found = chosen(read, question)
                paths = {name(load) for load in found}
                rows = [
                    (
                        path,
                        ", ".join(sorted({load.server for load in found if name(load) == path})),
                        len({load.user.lower() for load in found if name(load) == path}),
                    )
                    for path in paths | {one for one in NAMES if one not in {load.module for load in found}}
                ]
                rows.sort(key=lambda row: (-row[2], row[0]))
                assert rows == counts(ledger, question, NAMES).rows
                assert [(path, users) for path, _, users in rows] == usage(ledger, question, NAMES).rows
                assert by_user(found) == usernames(ledger, question).rows
                assert by_user(chosen(read, question, by_user=True)) == modules_used_by(ledger, question).rows
