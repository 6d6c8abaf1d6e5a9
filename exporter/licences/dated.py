"""What licence files grant of a feature: seats from when on, when they go, and the pools at an instant. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple

from exporter.licences.force import Line
from exporter.licences.grants import Grant, Upgrade
from exporter.rules import LicenceRow

_TOLD = 3
"""Lines that a row names; of more, how many there are."""


class Pool(NamedTuple):
    """Seats that are kept apart from others of their feature."""

    version: str
    attributes: tuple[str, ...]
    """What tells it from others, ``KEY=value``."""
    seats: int | None
    """None: uncounted."""
    expires: float
    """UTC second at which the first of its lines ends; infinite: never."""
    places: tuple[str, ...]
    """``FILE:LINE`` of its lines."""


def rows_of(lines: Sequence[Line]) -> list[LicenceRow]:
    """Return the seats of a feature from when on, the earliest first; of one that is only uncounted none."""
    rows: list[LicenceRow] = []
    for time in _bounds(lines):
        holding = _counting(lines, time)
        seats = _sum(holding)
        if seats is None and not rows:
            continue  # uncounted, or not begun
        told = holding or [line for line in lines if line.end == time]
        row = LicenceRow(time, seats or 0, _origin(told, ended=not holding))
        if not rows or row[1:] != rows[-1][1:]:
            rows.append(row)
    return rows


def expiries_of(lines: Sequence[Line], expiries: Collection[float]) -> list[float]:
    """
    Return the instants of *expiries* at which seats of a feature go, and inf where some stay for ever.

    Seats that go while as many others come don't count.
    """
    bounds = _bounds(lines)
    standing = [(time, _standing(lines, time)) for time in bounds]
    going: list[float] = [
        time
        for (_, before), (time, after) in pairwise(standing)
        if time in expiries and (after[0] < before[0] or after[1] < before[1])
    ]
    return [*going, inf] if standing and any(standing[-1][1]) else going


def pools_at(lines: Sequence[Line], time: float) -> list[Pool]:
    """Return the pools of a feature at an instant; an UPGRADE moves seats of the closest lines before it."""
    held: list[tuple[Grant, float, list[str], int | None]] = []
    counting = {id(line) for line in _counting(lines, time)}
    for line in lines:
        if isinstance(line.said, Grant):
            if id(line) in counting:
                held.append((line.said, line.end, [line.place], line.said.seats))
        elif line.holds(time):
            held = list(_upgraded(held, line, line.said))
    pools: dict[tuple[str, ...], Pool] = {}
    for grant, end, places, seats in held:
        known = pools.get(grant.pool)
        if known is None:
            pools[grant.pool] = Pool(grant.pool[0], grant.pool[1:], seats, end, tuple(places))
        else:
            both = None if seats is None or known.seats is None else seats + known.seats
            told = tuple(dict.fromkeys((*known.places, *places)))
            pools[grant.pool] = known._replace(seats=both, expires=min(end, known.expires), places=told)
    return list(pools.values())


_Held = tuple[Grant, float, list[str], int | None]


def _upgraded(held: Sequence[_Held], line: Line, upgrade: Upgrade) -> Iterator[_Held]:
    """Yield what is *held* after an upgrade, whose seats come from the closest of it that fits."""
    since, until = version_key(upgrade.since), version_key(upgrade.version)
    fitting = [
        at for at, (grant, _, _, seats) in enumerate(held) if seats and since <= version_key(grant.version) < until
    ]
    closest = fitting[-1] if fitting else None
    for at, (grant, end, places, seats) in enumerate(held):
        moved = min(upgrade.seats, seats or 0) if at == closest else 0
        if seats is None or moved < seats:
            yield grant, end, places, None if seats is None else seats - moved
        if moved:
            newer = grant._replace(version=upgrade.version, pool=(upgrade.version, *grant.pool[1:]))
            yield newer, min(end, line.end), [*places, line.place], moved


def version_key(version: str) -> tuple[int, float, str]:
    """Return what versions are compared by: they are decimal numbers (2.10 is less than 2.2), else texts."""
    try:
        return 0, float(version), ""
    except ValueError:
        return 1, 0.0, version


def _bounds(lines: Sequence[Line]) -> list[int]:
    """Return the instants at which lines begin or end, sorted."""
    ends = {int(line.end) for line in lines if line.end != inf}
    return sorted(ends | {line.begin for line in lines if line.begin < line.end})


def _counting(lines: Sequence[Line], time: float) -> list[Line]:
    """Return the lines that grant seats at an instant: all INCREMENT lines in force, and of FEATURE lines the first."""
    counting, has_feature = [], False
    for line in lines:
        if isinstance(line.said, Grant) and line.holds(time):
            if line.said.adds or not has_feature:
                counting.append(line)
            has_feature |= not line.said.adds
    return counting


def _sum(lines: Sequence[Line]) -> int | None:
    """Return the seats of lines that grant some; None where there is none that is counted."""
    counted = [line.said.seats for line in lines if line.said.seats is not None]
    return sum(counted) if counted else None


def _standing(lines: Sequence[Line], time: float) -> tuple[int, bool]:
    """Return the seats at an instant, and whether there are uncounted ones."""
    holding = _counting(lines, time)
    return _sum(holding) or 0, any(line.said.seats is None for line in holding)


def _origin(lines: Sequence[Line], *, ended: bool) -> str:
    """Return where the lines stand that a number of seats comes from."""
    places = list(dict.fromkeys(line.place for line in lines))
    more = f" and {len(places) - _TOLD} more" if len(places) > _TOLD else ""
    return ", ".join(places[:_TOLD]) + more + (" (ended)" if ended else "")
