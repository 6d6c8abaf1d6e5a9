"""
What `seatwatch check-config` finds on this machine, as the user who runs it.

Every log, folder, address and secret that the settings name is tried, and nothing is changed.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import socket
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from exporter.config.patterns import Matches, expand, stream_of
from exporter.config.section import Section
from exporter.config.settings import Settings, Source
from exporter.config.values import printable

_EFFECTIVE = os.access in os.supports_effective_ids


class Finding(NamedTuple):
    """One thing seen, at the key it belongs to."""

    level: Literal["ok", "warning", "error"]
    path: str
    """Key path."""
    sentence: str


def check(settings: Settings) -> list[Finding]:
    """Return what stands in the way of running with *settings*, and a line for each source that is well."""
    findings = [finding for index, source in enumerate(settings.sources) for finding in _source(index, source)]
    findings += _without_effect(settings)
    findings += _ledger(settings.ledger.path)
    if settings.prometheus.listen is not None:
        findings += _address(*settings.prometheus.listen)
    for index, row in enumerate(settings.capacity):
        for number, path in enumerate(row.licence_files):
            findings += _readable(f"capacity[{index}].licence_files[{number}]", Path(path))
    for section, table in (("people", settings.people), ("hosts", settings.hosts)):
        for number, path in enumerate(table.tables):
            findings += _readable(f"{section}.tables[{number}]", Path(path))
    for index, database in enumerate(settings.influxdb):
        findings += _secret(f"influxdb[{index}].token_file", database.token_file)
        findings += _secret(f"influxdb[{index}].password_file", database.password_file)
        if database.ca_file is not None:
            findings += _readable(f"influxdb[{index}].ca_file", Path(database.ca_file))
    if settings.warehouse is not None:
        findings += _secret("warehouse.password_file", settings.warehouse.password_file)
    return [finding._replace(sentence=printable(finding.sentence)) for finding in findings]


def _source(index: int, source: Source) -> Iterator[Finding]:
    readable: dict[tuple[int, int], Path] = {}
    size, well = 0, True
    for number, pattern in enumerate(source.paths):
        where, found = f"sources[{index}].paths[{number}]", expand(pattern)
        problems = [*_barriers(where, found)]
        for path in found.files:
            problem = _file_problem(path)
            if problem:
                problems.append(Finding("error", where, problem))
                continue
            status = path.stat()
            size += 0 if (status.st_dev, status.st_ino) in readable else status.st_size
            readable.setdefault((status.st_dev, status.st_ino), path)
        if not found.files and not problems:
            level: Literal["warning", "error"] = "error" if len(source.paths) == 1 else "warning"
            lacking = f"; the folder {found.missing} does not exist" if found.missing else ""
            problems.append(Finding(level, where, f"no file matches {pattern}{lacking}"))
        well = well and all(problem.level != "error" for problem in problems)
        yield from problems
    if readable and well:
        streams = len({stream_of(path) for path in readable.values()})
        what = f"{_counted(streams, 'stream')} in {_counted(len(readable), 'file')}, {size:,} bytes"
        yield Finding("ok", f"sources[{index}]", f"{source.name}: {what}, all readable")


def _without_effect(settings: Settings) -> Iterator[Finding]:
    """Name the keys that are set and that this version does not act on."""
    set_keys = _not_default(settings, "", ("people", "hosts", "calendar", "warehouse"))
    set_keys += _not_default(settings.limits, "limits.", ("breakdown",))
    set_keys += [f"capacity[{index}].licence_files" for index, row in enumerate(settings.capacity) if row.licence_files]
    for index, product in enumerate(settings.products):
        set_keys += _not_default(product, f"products[{index}].", ("measure", "type", "price"))
    for index, source in enumerate(settings.sources):
        if "startstop" not in source.format:
            set_keys += _not_default(source, f"sources[{index}].", ("first_year", "startstop"))
        if "metpx" not in source.format:
            set_keys += _not_default(source, f"sources[{index}].", ("max_latency", "latency", "product_patterns"))
    for key in set_keys:
        yield Finding("warning", key, "is accepted and has no effect in this version")


def _not_default(section: Section, where: str, keys: Iterable[str]) -> list[str]:
    """Return the key paths of those *keys* whose value is not the default."""
    known = type(section).model_fields
    return [where + key for key in keys if getattr(section, key) != known[key].get_default(call_default_factory=True)]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _barriers(where: str, found: Matches) -> Iterator[Finding]:
    for folder in dict.fromkeys(found.unlisted):
        yield Finding("error", where, f"{_user()} may not list the folder {folder} (r is missing: {_mode(folder)})")
    for folder in dict.fromkeys(found.unsearched):
        yield Finding("error", where, f"{_user()} may not search the folder {folder} (x is missing: {_mode(folder)})")


def _file_problem(path: Path) -> str | None:
    """Return why the file at *path* can't be read by this user, or None when it can."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return f"{path} is a folder; name the files in it, such as {path}/*.log"
        if not stat.S_ISREG(mode):
            return f"{path} is no regular file (a pipe, a socket or a device)"
        with path.open("rb") as file:
            file.read(1)
    except PermissionError:
        return _denied(path)
    except OSError as error:
        return f"{path} can't be read: {error.strerror}"
    return None


def _denied(path: Path) -> str:
    """Return which permission this user lacks to read *path*, and where on the way to it."""
    for folder in reversed(path.resolve().parents):
        if not _may(folder, os.X_OK):
            return f"{_user()} may not search the folder {folder} (x is missing: {_mode(folder)}) on the way to {path}"
    return f"{_user()} may not read {path} (r is missing: {_mode(path)})"


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=_EFFECTIVE)


def _user() -> str:
    number = os.geteuid()
    try:
        return f"user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"user {number}"


def _mode(path: Path) -> str:
    """Return mode, owner and group of *path*: ``-rw-r----- root adm``."""
    try:
        status = path.stat()
    except OSError:
        return "its owner is not shown either"
    try:
        owner = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        owner = str(status.st_uid)
    try:
        group = grp.getgrgid(status.st_gid).gr_name
    except KeyError:
        group = str(status.st_gid)
    return f"{stat.filemode(status.st_mode)} {owner} {group}"


def _ledger(name: str) -> Iterator[Finding]:
    path, where = Path(name), "ledger.path"
    folder = path.parent
    try:
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        exists = path.exists()
    except PermissionError:
        yield Finding("error", where, _denied(path))
        return
    if not folder.is_dir():
        yield Finding("error", where, f"{folder} is no folder, so the ledger can't lie in it")
    elif not _may(folder, os.W_OK | os.X_OK):
        yield Finding("error", where, f"{_user()} may not write in the folder {folder} (w and x: {_mode(folder)})")
    elif path.is_dir():
        yield Finding("error", where, f"{path} is a folder; name a file in it")
    elif exists and not _may(path, os.R_OK | os.W_OK):
        yield Finding("error", where, f"{_user()} may not write {path} (r and w: {_mode(path)})")
    else:
        yield Finding("ok", where, f"{path} {'can be written' if exists else 'can be made'}")


def _address(host: str, port: int) -> Iterator[Finding]:
    where = "prometheus.listen"
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            yield Finding(
                "warning", where, f"{shown} is in use; well if by a Seatwatch that runs, else name another port"
            )
        else:
            reason = error.strerror if isinstance(error, OSError) else "the host is no name"
            yield Finding("error", where, f"{shown} can't be listened on: {reason}")
    else:
        yield Finding("ok", where, f"{shown} is free")


def _readable(where: str, path: Path) -> Iterator[Finding]:
    problem = _file_problem(path)
    yield Finding("error", where, problem) if problem else Finding("ok", where, f"{path} is readable")


def _secret(where: str, name: str | None) -> Iterator[Finding]:
    """Try a file that holds a secret; its name is not repeated, as it may be the secret put in the wrong place."""
    if name is None:
        return
    path = Path(name)
    try:
        mode = path.stat().st_mode
        with path.open("rb") as file:
            empty = not file.read(4096).strip()
    except OSError as error:
        yield Finding("error", where, f"{_user()} can't read the file it names: {error.strerror}")
        return
    if empty:
        yield Finding("error", where, "the file it names is empty")
    elif mode & stat.S_IROTH:
        yield Finding("warning", where, "every user of this machine may read the file it names; chmod o-r it")
    else:
        yield Finding("ok", where, "the file it names is readable")
