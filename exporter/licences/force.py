"""
Which lines of licence files are in force when: packages taken apart, older lines replaced, dates as instants. Pure.

A line begins with its START; else when it was issued, or with its file. It ends with its last day, or when a newer line
that replaces it (SUPERSEDE) begins. A line that is there twice counts once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from typing import NamedTuple

from exporter.licences.grants import Grant, LicenceText, Package, Upgrade

Midnight = Callable[[date], int]
"""Gives the UTC second at which a day begins where the server stands."""
Feature = tuple[str, str]
"""Vendor and feature."""


class LicenceFile(NamedTuple):
    """A licence file that was read."""

    path: str
    said: LicenceText
    written: int
    """UTC second at which it came to be as it is."""


@dataclass(slots=True)
class Line:
    """A line that grants seats, or moves them, in [*begin*, *end*): UTC seconds."""

    path: str
    said: Grant | Upgrade
    begin: int
    end: float
    """Infinite: it never ends."""
    order: int
    """Of all lines, as they are read."""

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.path}:{self.said.line}"

    def holds(self, time: float) -> bool:
        """Tell whether it is in force at an instant."""
        return self.begin <= time < self.end


class Force(NamedTuple):
    """What some files, read one after the other, grant."""

    lines: Mapping[Feature, Sequence[Line]]
    """Of FEATURE, INCREMENT and UPGRADE, in reading order."""
    packages: frozenset[tuple[Feature, Feature]]
    """Packages that are granted, with components whose check-outs stand in the log beside theirs."""
    expiries: frozenset[float]
    """Instants at which a line expires."""


def in_force(files: Sequence[LicenceFile], midnight: Midnight) -> Force:
    """Return the lines of *files*, each with the time since 1970 in which it is in force."""
    packages: defaultdict[Feature, list[Package]] = defaultdict(list)
    for file in files:
        for told in file.said.packages:
            packages[told.vendor, told.name].append(told)
    lines: defaultdict[Feature, list[Line]] = defaultdict(list)
    suites: set[tuple[Feature, Feature]] = set()
    for order, (file, one) in enumerate(_once(files)):
        feature = one.vendor, one.feature
        begin, end = _time_of(one, file.written, midnight)
        package = _package_of(one, packages.get(feature, ()))
        if package is not None and package.suite:
            suites.update((feature, (one.vendor, part.feature)) for part in package.components)
        parts = [one] if package is None or package.suite or isinstance(one, Upgrade) else _parts(one, package)
        for part in parts:
            lines[part.vendor, part.feature].append(Line(file.path, part, begin, end, order))
    expiries = frozenset(line.end for of_feature in lines.values() for line in of_feature)
    _supersede(lines)
    return Force(lines, frozenset(suites), expiries)


def _once(files: Sequence[LicenceFile]) -> Iterator[tuple[LicenceFile, Grant | Upgrade]]:
    """Yield the lines of all files in reading order, each that is there twice once."""
    seen: set[object] = set()
    for file in files:
        both: list[Grant | Upgrade] = [*file.said.grants, *file.said.upgrades]
        for one in sorted(both, key=lambda said: said.line):
            mark = tuple(one.words) if isinstance(one, Grant) else one._replace(line=0)
            if mark not in seen:
                seen.add(mark)
                yield file, one


def _time_of(one: Grant | Upgrade, written: int, midnight: Midnight) -> tuple[int, float]:
    """Return when a line begins and when it ends; one that expired before its file was written had its last day."""
    begin = written
    if one.start is not None:
        begin = midnight(one.start)
    elif isinstance(one, Grant) and one.issued is not None:
        begin = min(begin, midnight(one.issued))
    if one.expires is None:
        return max(begin, 0), inf
    return max(min(begin, midnight(one.expires)), 0), max(midnight(one.expires + timedelta(days=1)), 0)


def _package_of(one: Grant | Upgrade, packages: Sequence[Package]) -> Package | None:
    """Return the package that a line grants: of its version, else of any."""
    fitting = (package for version in (one.version, "") for package in packages if package.version == version)
    return next(fitting, next(iter(packages), None))


def _parts(grant: Grant, package: Package) -> list[Grant]:
    """Return what a line of a package grants of each component: that of the package can't be checked out itself."""
    return [
        grant._replace(
            feature=part.feature,
            version=part.version or grant.version,
            seats=None if grant.seats is None else grant.seats * part.seats,
            pool=(part.version or grant.version, *grant.pool[1:]),
            supersedes=grant.supersedes | {part.feature} if grant.supersedes else grant.supersedes,
        )
        for part in package.components
    ]


def _supersede(lines: Mapping[Feature, Sequence[Line]]) -> None:
    """Let lines end where a newer one begins that replaces them."""
    newer: defaultdict[Feature, set[tuple[date | None, int, int]]] = defaultdict(set)
    for (vendor, _), of_feature in lines.items():
        for line in of_feature:
            if isinstance(line.said, Grant):
                order = line.order if line.said.issued is None else -1  # those of one day are alike
                for feature in line.said.supersedes:
                    newer[vendor, feature].add((line.said.issued, line.begin, order))
    for key, superseders in newer.items():
        for line in lines.get(key, ()):
            if isinstance(line.said, Grant):
                line.end = min([line.end, *_ends(line, line.said.issued, superseders)])


def _ends(line: Line, issued: date | None, superseders: Iterable[tuple[date | None, int, int]]) -> Iterator[int]:
    """Yield when those of *superseders* (issued, begin, order) begin that are newer than *line*."""
    for its_issue, begin, order in superseders:
        older = line.order < order if its_issue is None else issued is None or issued < its_issue
        if older:
            yield begin
