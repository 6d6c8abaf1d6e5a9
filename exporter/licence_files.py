"""
The licence and options files of the configuration: read, and read again when they change.

A file that can't be read any more, or that is no licence file all of a sudden, is taken to be as it was: nobody takes
all licences away by a mount that is gone or a copy that is under way.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from exporter.entitlement import Entitlement, FileFault, OptionsFile
from exporter.licences.force import LicenceFile
from exporter.licences.grants import Daemon, LicenceText, OptionsText
from exporter.licences.licence_text import parse_licences
from exporter.licences.options_text import parse_options
from exporter.licences.words import decoded
from exporter.names import shown
from exporter.ports import Clock
from exporter.rules import LicencePlace

_LARGEST = 32 << 20
"""Bytes: what is larger is no licence file."""
_Said = TypeVar("_Said", LicenceText, OptionsText)


class _Known(NamedTuple, Generic[_Said]):
    """A file as it was when it was read."""

    mark: tuple[int, ...]
    """Is another one when the file is."""
    said: _Said
    hash: str
    written: int


class _Found(NamedTuple):
    """What was found of a server."""

    place: LicencePlace
    licences: Sequence[tuple[str, _Known[LicenceText]]]
    options: Sequence[tuple[str, str | None, _Known[OptionsText]]]
    """With the vendor for whom a licence file names it."""
    faults: Sequence[FileFault]
    whole: bool
    """Each licence file was read."""


class LicenceFiles:
    """All of them, as they were at the last look."""

    def __init__(self, places: Sequence[LicencePlace], clock: Clock) -> None:
        """Read the files of *places* at the first look."""
        self._places, self._clock = places, clock
        self._known: dict[str, _Known[Any]] = {}
        self._coming: dict[str, tuple[int, ...]] = {}
        """Marks of files that have changed: they are read once they are like that at two looks."""
        self._found: list[_Found] | None = None
        self._entitlements: list[Entitlement] = []

    def look(self) -> bool:
        """Look at the files, and say whether anything is other than it was; at the first look it always is."""
        found = [self._look_at(place) for place in self._places]
        if found == self._found:
            return False
        self._found = found
        self._entitlements = [_entitlement(one) for one in found]
        return True

    @property
    def entitlements(self) -> Sequence[Entitlement]:
        """What the files of each server grant."""
        return self._entitlements

    def _look_at(self, place: LicencePlace) -> _Found:
        faults: list[FileFault] = []
        licences: list[tuple[str, _Known[LicenceText]]] = []
        whole = True
        for given in place.licence_files:
            paths = _listed(given)
            for path in [given] if paths is None else paths:
                parse = _licences if paths is None or path in self._known else _any_licences
                known = self._read(path, parse, faults)
                whole = whole and known is not None
                licences += [(path, known)] if known is not None else []
            if paths == []:
                faults.append(FileFault(given, None, "holds no file *.lic that this user may see: name the files"))
                whole = False
        options: list[tuple[str, str | None, _Known[OptionsText]]] = []
        for path in place.options_files:
            if (known_options := self._read(path, _options, faults)) is not None:
                options.append((path, None, known_options))
        if not place.options_files:
            for path, known in licences:
                for daemon in known.said.daemons:
                    options += self._options_of(path, daemon, faults)
        return _Found(place, licences, options, faults, whole)

    def _options_of(
        self, path: str, daemon: Daemon, faults: list[FileFault]
    ) -> Iterator[tuple[str, str, _Known[OptionsText]]]:
        """Yield the options file that a line of the licence file at *path* names, or that lies beside it."""
        folder = os.path.dirname(path)  # noqa: PTH120 -- may hold any bytes
        options = os.path.join(folder, daemon.options or f"{daemon.vendor}.opt")  # noqa: PTH118 -- the same
        lacking: list[FileFault] = []
        if (known := self._read(options, _options, lacking)) is not None:
            yield options, daemon.vendor, known
        if lacking and (daemon.options or os.path.lexists(options)):
            sentence = f"names the options file {options}, which {lacking[0].sentence}; options_files may name a copy"
            faults.append(FileFault(path, daemon.line, sentence))

    def _read(self, path: str, parse: Callable[[bytes], _Said], faults: list[FileFault]) -> _Known[_Said] | None:
        """Return a file as it is, or as it was if it can't be read; then tell why in *faults*."""
        known = self._known.get(path)
        try:
            status = os.stat(path)  # noqa: PTH116 -- may hold any bytes
            mark = status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev
            if known is not None and known.mark == mark:
                return known
            if known is not None and self._coming.get(path) != mark:
                self._coming[path] = mark
                return known
            data = _bytes(path, status)
            said = parse(data)
        except OSError as error:
            faults.append(FileFault(path, None, f"can't be read: {error.strerror}"))
        except _NoLicences as why:
            faults.append(FileFault(path, None, str(why)))
        else:
            written = min(int(status.st_mtime), int(self._clock.now()))
            known = self._known[path] = _Known(mark, said, hashlib.sha256(data).hexdigest(), written)
        return known


class _NoLicences(Exception):
    """The file is none that grants anything; the text says why."""


def _bytes(path: str, status: os.stat_result) -> bytes:
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
        raise _NoLicences("is no file, or far too large for one of licences: name a licence or options file")
    return Path(path).read_bytes()


def _licences(data: bytes) -> LicenceText:
    said = parse_licences(decoded(data))
    if not (said.grants or said.packages or said.daemons):
        raise _NoLicences("has no line of a licence file that can be used: name the file that the server reads")
    return said


def _any_licences(data: bytes) -> LicenceText:
    """Return what a file in a folder says, which may be of another licence manager."""
    return parse_licences(decoded(data))


def _options(data: bytes) -> OptionsText:
    return parse_options(decoded(data))


def _listed(given: str) -> list[str] | None:
    """Return the licence files in a folder, sorted; None: it is no folder."""
    try:
        if stat.S_ISDIR(os.stat(given).st_mode):  # noqa: PTH116 -- may hold any bytes
            return sorted(str(path) for path in Path(given).glob("*.lic"))
    except OSError:
        pass  # told when it is read
    return None


def _entitlement(found: _Found) -> Entitlement:
    """Return what the files of a server grant."""
    place = found.place
    return Entitlement(
        place.server,
        place.zone,
        [LicenceFile(shown(path), known.said, known.written) for path, known in found.licences],
        {shown(path): f"{known.hash} {place.zone}" for path, known in found.licences},
        [OptionsFile(shown(path), vendor, known.said) for path, vendor, known in found.options],
        [FileFault(shown(path), line, shown(sentence)) for path, line, sentence in found.faults],
        whole=found.whole,
    )
