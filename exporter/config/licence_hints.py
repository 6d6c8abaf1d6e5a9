"""Which of the files that `init` was shown are licence files of FlexNet, and of which server each may be."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from exporter.config.sniffing import Glance
from exporter.names import decode

_LOOKED_AT = 1 << 18
_USUAL = (".lic", ".dat")
"""How their names end, in folders."""
_GRANTS = re.compile(r"^\s*(?:FEATURE|INCREMENT|PACKAGE)[ \t]+\S+[ \t]+(\S+)[ \t]", re.MULTILINE)
_SERVER = re.compile(r"^\s*SERVER[ \t]+(\S+)[ \t]", re.MULTILINE)


class LicenceHint(NamedTuple):
    """A licence file."""

    path: Path
    hosts: Collection[str]
    """The servers that it names."""
    vendors: Collection[str]


def sort_out(paths: Iterable[str]) -> tuple[list[LicenceHint], list[str]]:
    """Return the licence files at *paths*, those in their folders too, and the paths that are none."""
    found: dict[Path, LicenceHint] = {}
    others: list[str] = []
    for given in paths:
        path = Path(given).absolute()
        hint = _look(path)
        if hint is None:
            others.append(given)
        for file, one in [(path, hint), *((file, _look(file)) for file in _usual_in(path))]:
            if one is not None:
                found.setdefault(file, one)
    return list(found.values()), others


def assign(licences: Iterable[LicenceHint], seen: Mapping[str, Sequence[Glance]]) -> dict[str, list[Path]]:
    """Return licence files by server: by the vendors in its logs, or its host, else of the first."""
    by_server: dict[str, list[Path]] = {}
    for licence in licences:

        def fits(server: str, licence: LicenceHint = licence) -> tuple[bool, bool]:
            vendors = {vendor for one in seen[server] for vendor in one.features}
            hosts = {host for one in seen[server] for host in one.hosts} | {server}
            return bool(vendors & {*licence.vendors}), bool(hosts & {*licence.hosts})

        by_server.setdefault(max(sorted(seen), key=fits), []).append(licence.path)
    return by_server


def _usual_in(folder: Path) -> list[Path]:
    """Return the files in a folder that are called as licence files usually are."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in _USUAL) if folder.is_dir() else []
    except OSError:
        return []  # told by whoever looks for logs in it


def _look(path: Path) -> LicenceHint | None:
    """Return what a file says of itself; None: it is no licence file, or can't be read."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            text = file.read(_LOOKED_AT).decode("latin-1").replace("\xa0", " ")
    except (OSError, ValueError):
        return None
    vendors = {decode(vendor) for vendor in _GRANTS.findall(text)}
    return LicenceHint(path, {decode(host) for host in _SERVER.findall(text)}, vendors) if vendors else None
