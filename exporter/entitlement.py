"""
What the licence and options files of a server grant, as the ledger, the endpoint and the reports take it.

Everything follows from what was read and when; nothing is read here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from exporter.licences.dated import expiries_of, pools_at, rows_of
from exporter.licences.force import Feature, Force, LicenceFile, in_force
from exporter.licences.grants import OptionsText, Restriction
from exporter.publish.capacity import next_expiry
from exporter.reports.licences import FeatureLicences, LicenceStatus, PoolStatus, Restricted
from exporter.rules import FeatureKey, Granted
from exporter.views import Licences


class FileFault(NamedTuple):
    """A file that can't be read, or a line of one that can't be used."""

    path: str
    line: int | None
    sentence: str

    def __str__(self) -> str:
        """Return file, line and sentence."""
        return f"{self.path}, line {self.line}: {self.sentence}" if self.line else f"{self.path} {self.sentence}"


class OptionsFile(NamedTuple):
    """An options file that was read."""

    path: str
    vendor: str | None
    """Whose it is, where a line of a licence file says so."""
    said: OptionsText


class Entitlement:
    """The files of one server, and what follows from them."""

    def __init__(
        self,
        server: str,
        zone: str,
        licences: Sequence[LicenceFile],
        hashes: Mapping[str, str],
        options: Sequence[OptionsFile],
        unread: Sequence[FileFault],
        *,
        whole: bool,
    ) -> None:
        """
        Take the licence files in the order in which they count, with a hash of each, and the options files.

        *unread* tells what could not be read; *whole*: none of the licence files lacks.
        """
        self.whole, self.unread = whole, unread
        self.server = server
        self._zone = ZoneInfo(zone)
        self._licences, self._hashes = licences, hashes
        self._vendors = {one.vendor for file in licences for one in file.said.grants}
        self._vendors |= {one.vendor for file in licences for one in file.said.daemons}
        told = [(file, self._vendor_of(file)) for file in options]
        self._options = [(file, vendor) for file, vendor in told if vendor is not None]
        self._strangers = [file for file, vendor in told if vendor is None]

    @cached_property
    def _force(self) -> Force:
        return in_force(self._licences, self._midnight)

    def _midnight(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=self._zone).timestamp())

    def _vendor_of(self, file: OptionsFile) -> str | None:
        """Return whose options a file holds: the vendor it is named after or for, or the only one there is."""
        if file.vendor is not None:
            return file.vendor
        name = Path(file.path).name
        daemons = [daemon for licence in self._licences for daemon in licence.said.daemons]
        named = [one.vendor for one in daemons if one.options.replace("\\", "/").rpartition("/")[2] == name]
        named += [vendor for vendor in sorted(self._vendors) if name.rpartition(".")[0] == vendor]
        return named[0] if named else next(iter(self._vendors)) if len(self._vendors) == 1 else None

    @property
    def faults(self) -> list[FileFault]:
        """Files that can't be read, and lines that can't be used."""
        faults = [*self.unread]
        said = [*((one.path, one.said.faults) for one in self._licences)]
        said += [(file.path, file.said.faults) for file, _ in self._options]
        faults += [FileFault(path, *fault) for path, its_faults in said for fault in its_faults]
        vendors = ", ".join(sorted(self._vendors)) or "none is named by a licence file"
        whose = f"is of a vendor daemon that can't be told ({vendors}): name it VENDOR.opt"
        return faults + [FileFault(file.path, None, whose) for file in self._strangers]

    @cached_property
    def granted(self) -> Granted:
        """What it issues, for the ledger."""
        lines = self._force.lines.items()
        rows = {self._key(feature): rows for feature, of_feature in lines if (rows := rows_of(of_feature))}
        return Granted(
            {file.path: (self._hashes[file.path], file.written) for file in self._licences}, rows, self.packages
        )

    @property
    def packages(self) -> frozenset[tuple[FeatureKey, FeatureKey]]:
        """Packages and components, of which only the packages count."""
        return frozenset((self._key(package), self._key(part)) for package, part in self._force.packages)

    @cached_property
    def expiries(self) -> Mapping[FeatureKey, Sequence[float]]:
        """When seats go because a licence expires; see `exporter.views.Licences`."""
        of_features = (
            (self._key(feature), expiries_of(of_feature, self._force.expiries))
            for feature, of_feature in self._force.lines.items()
        )
        return {key: expiries for key, expiries in of_features if expiries}

    @cached_property
    def reserved(self) -> Mapping[FeatureKey, int]:
        """Seats set aside, by feature."""
        seats: defaultdict[FeatureKey, int] = defaultdict(int)
        for feature, one, _ in self._restrictions("reserved"):
            seats[self._key(feature)] += one.seats
        return seats

    def status(self, now: float) -> LicenceStatus:
        """Return what is granted at *now*, UTC seconds."""
        reserved, most = (_by_feature(self._restrictions(kind)) for kind in ("reserved", "most"))
        packages = {package for package, _ in self._force.packages}
        features = sorted({*self._force.lines, *reserved, *most})
        return LicenceStatus(
            self.server,
            (*(file.path for file in self._licences), *(file.path for file, _ in self._options)),
            tuple(map(str, self.faults)),
            tuple(
                FeatureLicences(
                    *feature,
                    tuple(PoolStatus(*pool) for pool in pools_at(self._force.lines.get(feature, ()), now)),
                    next_expiry(expiries, now) if (expiries := self.expiries.get(self._key(feature))) else None,
                    feature in packages,
                    tuple(reserved[feature]),
                    tuple(most[feature]),
                    self._timeout(feature),
                )
                for feature in features
            ),
            self._silent(),
        )

    def _restrictions(self, kind: str) -> Iterator[tuple[Feature, Restriction, str]]:
        """Yield the RESERVE lines (*kind* is reserved) or the MAX lines (most), each with the file it stands in."""
        for file, vendor in self._options:
            for one in file.said.reserved if kind == "reserved" else file.said.most:
                yield (vendor, one.feature), one, file.path

    def _timeout(self, feature: Feature) -> int | None:
        for file, vendor in self._options:
            for name in (feature[1], ""):
                if vendor == feature[0] and name in file.said.timeouts:
                    return file.said.timeouts[name]
        return None

    def _silent(self) -> Mapping[str, Mapping[str, str]]:
        silent: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for file, vendor in self._options:
            silent[vendor] |= {what: f"{file.path}:{line}" for what, line in file.said.silent.items()}
        return {vendor: kinds for vendor, kinds in silent.items() if kinds}

    def _key(self, feature: Feature) -> FeatureKey:
        return self.server, *feature


def with_files(
    licences: Licences, entitlements: Sequence[Entitlement], issued: Mapping[FeatureKey, Sequence[tuple[float, int]]]
) -> Licences:
    """Return what the configuration says, with what files grant; *issued* is of both, as the ledger has it."""
    return replace(
        licences,
        issued=issued,
        components=licences.components.union(*(one.packages for one in entitlements)),
        expiries={key: expiries for one in entitlements for key, expiries in one.expiries.items()},
        reserved={key: seats for one in entitlements for key, seats in one.reserved.items()},
    )


def _by_feature(restrictions: Iterator[tuple[Feature, Restriction, str]]) -> defaultdict[Feature, list[Restricted]]:
    found: defaultdict[Feature, list[Restricted]] = defaultdict(list)
    for feature, one, path in restrictions:
        found[feature].append(Restricted(one.seats, f"{one.kind} {one.name}", f"{path}:{one.line}"))
    return found
