"""
Which of a stream's files is older: names and mtimes propose an order, the dates in the files decide it.

File names are hints only. Where the first dated line of a file disagrees with its place, the content wins; where
neither names nor dates nor mtimes tell, nothing is guessed.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from operator import itemgetter

from exporter.names import shown
from exporter.tail.chain import Chain, Found
from exporter.tail.habits import DATED_BY, FirstDate
from exporter.tail.opening import UnreadableKindError, open_log
from exporter.tail.rotation import PLAIN

DISAGREES = 43_200
"""Seconds by which a first line must be older than its predecessor's to overrule the names: clocks do step."""

Dated = Callable[[Found], int | None]
"""The UTC second of a file's first dated line; None: it isn't known."""


class UndecidedOrderError(OSError):
    """Nothing tells which of two files is older."""


def in_order(chain: Chain, dated: Dated, is_known: Callable[[Found], bool]) -> tuple[list[Found], list[str]]:
    """
    Return the files oldest first, and a sentence for each whose name told another order than its content.

    *is_known* says of a file whether its generation is: the order of two such files doesn't matter any more. Raises
    UndecidedOrderError.
    """
    if len(chain.files) < 2:
        return chain.files, []
    times = [dated(file) for file in chain.files]
    order = _untied(chain, times, is_known)
    files, times = [chain.files[at] for at in order], [times[at] for at in order]
    # What lies at the plain name is written now, whatever it says: its writer's clock may have been put back.
    places = [at for at, time in enumerate(times) if time is not None and chain.marks[order[at]] != PLAIN]
    known = [(times[at] or 0, at) for at in places]
    if all(later - earlier > -DISAGREES for (earlier, _), (later, _) in pairwise(known)):
        return files, []
    ordered = list(files)
    said = []
    for place, (_, at) in zip(places, sorted(known, key=itemgetter(0)), strict=True):
        ordered[place] = files[at]
        if place != at:
            said.append(
                f"{shown(files[at].path)} is not where its name puts it among the rotated files: "
                "its first date decides the order"
            )
    return ordered, said


def _untied(chain: Chain, times: Sequence[int | None], is_known: Callable[[Found], bool]) -> list[int]:
    """
    Return the places of the files; those that neither name nor mtime tells apart go by their first dates.

    Raises UndecidedOrderError.
    """
    rotated = [at for at, mark in enumerate(chain.marks) if mark != PLAIN]
    by_mark = len({chain.marks[at].kind for at in rotated}) == 1

    def told(at: int) -> tuple[object, int]:
        return chain.marks[at].age if by_mark else None, chain.files[at].mtime_ns

    places = []
    for _, tied in groupby(rotated, key=told):
        group = sorted(tied, key=lambda at: times[at] or 0)
        for one, other in pairwise(group):
            settled = is_known(chain.files[one]) and is_known(chain.files[other])
            if not settled and (times[one] is None or times[one] == times[other]):
                raise UndecidedOrderError(
                    errno.EINVAL,
                    f"nothing tells whether it is older than {shown(chain.files[other].path)}: give the two files "
                    "names or mtimes that do",
                    chain.files[one].path,
                )
        places += group
    return places + [at for at, mark in enumerate(chain.marks) if mark == PLAIN]


def first_date_in(found: Found, first_date: FirstDate) -> int | None:
    """Return the first date in a file; None where there is none, or it can't be read."""
    try:
        log = open_log(found.path)
    except (OSError, UnreadableKindError):
        return None
    try:
        return first_date(log.read_at(0, DATED_BY))
    finally:
        log.close()
