"""
What `seatwatch init PATH...` writes: a commented config.yaml for the logs it was shown.

Every name that comes from a log or a path goes through YAML's own writer, so it is quoted whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from exporter.config.accounting import StartStop
from exporter.config.patterns import expand, literally, matches, stream_of
from exporter.config.sniffing import Glance, NotALog, glance
from exporter.config.values import printable
from exporter.config.zonehints import candidates

_LOOKED_INTO = 5
"""Newest files of a stream that are looked into."""
_ROWS = 500
"""Capacity rows that are written out for a source."""


class Proposal(NamedTuple):
    """A configuration for the logs that were found."""

    text: str
    """The whole config.yaml; empty where no log was found."""
    problems: list[str]
    """A sentence for each path that is no known log; the text has them as comments."""


class _Log(NamedTuple):
    stream: Path
    files: list[Path]
    seen: Glance


def propose(paths: Sequence[str]) -> Proposal:
    """Return a configuration for the logs at *paths*: files, folders (the logs in them), or glob patterns."""
    problems: list[str] = []
    streams: dict[Path, list[Path]] = {}
    for given in paths:
        for stream, files in _logs_at(given, problems).items():
            streams[stream] = sorted({*streams.get(stream, []), *files, *_siblings(stream)})
    logs: list[_Log] = []
    for stream, files in sorted(streams.items()):
        try:
            logs.append(_Log(stream, files, _look(files)))
        except NotALog as reason:
            problems.append(printable(f"{stream} {reason}"))
    return Proposal(_text(logs, problems) if logs else "", problems)


def _logs_at(given: str, problems: list[str]) -> dict[Path, list[Path]]:
    """Return the files that *given* stands for, by stream; in a folder, only the logs count."""
    path = Path(given).absolute()
    found: dict[Path, list[Path]] = {}
    try:
        if path.is_dir():
            for file in sorted(path.iterdir()):
                if file.is_file() and _is_log(file):
                    found.setdefault(stream_of(file), []).append(file)
            if not found:
                problems.append(printable(f"{given} is a folder without a log that Seatwatch knows"))
            return found
        files = [path] if path.exists() else expand(str(path)).files
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        problems.append(printable(f"{given} can't be looked at: {reason}"))
        return found
    if not files:
        problems.append(printable(f"{given} does not exist, and matches no file as a pattern"))
    for file in files:
        if file.is_file():
            found.setdefault(stream_of(file), []).append(file)
        else:
            problems.append(printable(f"{file} is no file"))
    return found


def _is_log(file: Path) -> bool:
    try:
        glance(file)
    except NotALog:
        return False
    return True


def _siblings(stream: Path) -> list[Path]:
    """Return the files of *stream* in its folder."""
    try:
        return [file for file in stream.parent.iterdir() if stream_of(file) == stream and file.is_file()]
    except OSError:
        return []  # the folder can't be listed; the files that were given can still be read


def _look(files: Iterable[Path]) -> Glance:
    """Return what the newest of *files* say. Raises NotALog when none is a log, with the reason of the newest."""
    newest = sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True)[:_LOOKED_INTO]
    seen: Glance | None = None
    reasons: list[NotALog] = []
    for file in newest:
        try:
            found = glance(file)
        except NotALog as reason:
            reasons.append(reason)
            continue
        if seen is None:
            seen = found
        else:
            seen.add(found)
    if seen is None:
        raise reasons[0]
    return seen


def _patterns(log: _Log, streams: Iterable[Path]) -> list[str]:
    """Return patterns for all generations of *log*, and for no other of *streams*."""
    name = literally(str(log.stream))
    wide = f"{name}*"
    others = [stream for stream in streams if stream != log.stream]
    patterns = [name, f"{name}[.-]*"] if any(matches(wide, str(other)) for other in others) else [wide]
    stem, dot, extension = name.rpartition(".")
    if not all(any(matches(pattern, str(file)) for pattern in patterns) for file in log.files):
        patterns.append(f"{stem}[.-][0-9]*{dot}{extension}*")  # the date stands before the extension
    return patterns


def _text(logs: list[_Log], problems: list[str]) -> str:
    names = _source_names(logs)
    zones = [_zone(log.seen) for log in logs]
    lines = [
        "# Proposed by `seatwatch init` from the logs it was shown. Read it, then try: seatwatch check-config",
        *(f"# Left out: {problem}" for problem in problems),
        "",
        "site:",
        "  name: example  # what dashboards and reports call this site",
        f"  timezone: {zones[0][0]}  # its hours and days are the windows of the tiers",
        "",
        "ledger:",
        "  path: var/seatwatch.db  # on a local disk",
        "",
        "sources:",
    ]
    for log, name, (zone, why) in zip(logs, names, zones, strict=True):
        lines += [
            f"  - name: {_yaml(name)}",
            f"    format: {_formats(log.seen)}",
            f"    server: {_yaml(_server(log))}",
            f"    # {why}",
            f"    timezone: {zone}",
            f"    paths: {_yaml(_patterns(log, [other.stream for other in logs]))}",
            *_startstop(log.seen),
        ]
    lines += [
        "",
        "# Seats, so that use can be compared with what there is. Uncomment the rows, and set the seats, and the day",
        "# they hold from, as the licence file says. Features that were not used lately are missing here.",
        "# capacity:",
    ]
    for server, log in sorted({_server(log): log for log in logs}.items()):
        lines += _capacity(server, [log.seen for log in logs if _server(log) == server])
    lines += ["", "prometheus:", "  listen: 127.0.0.1:9877  # metrics are at http://127.0.0.1:9877/metrics"]
    return "\n".join(lines) + "\n"


def _source_names(logs: list[_Log]) -> list[str]:
    """Return a name for each log, from its file, each once."""
    names: list[str] = []
    for log in logs:
        wanted = name = _clean(log.stream.stem) or "log"
        number = 2
        while name in names:
            name = f"{wanted}-{number}"
            number += 1
        names.append(name)
    return names


def _clean(text: str) -> str:
    return printable(text).strip()


def _server(log: _Log) -> str:
    stem = log.stream.parent.name if {"wtmp", "metpx"} & {*log.seen.formats} else log.stream.stem
    named = log.seen.hosts[-1] if log.seen.hosts else _clean(stem) or "server"
    return re.sub(r"[{}]", "", named) or "server"  # braces would stand for a part of the path


def _zone(seen: Glance) -> tuple[str, str]:
    """Return the zone to write for a log, and the comment that asks to check it."""
    if "wtmp" in seen.formats:
        return "UTC", "Times in a wtmp are UTC. CHECK: the server, which is the host that wrote it."
    if not seen.zone_texts:
        return "UTC", "The log does not say its time zone. CHECK: the zone of the clock that wrote these lines."
    said = _yaml(seen.zone_texts[-1])
    zones = candidates(seen.zone_texts[-1])
    if not zones:
        return "UTC", f"The log calls its time zone {said}. CHECK: the zone of the clock that wrote these lines."
    return zones[0], f"The log calls its time zone {said}. CHECK: {' or '.join(zones)}."


def _formats(seen: Glance) -> str:
    names = sorted(seen.formats)
    return names[0] if len(names) == 1 else _yaml(names)


def _startstop(seen: Glance) -> list[str]:
    """Return the lines that say under which tags of syslog accounting stands, where those are not the usual one."""
    tags = sorted(seen.formats.get("startstop", ()))
    return [] if tags in ([], list(StartStop().tags)) else [f"    startstop: {{tags: {_yaml(tags)}}}"]


def _capacity(server: str, seen: list[Glance]) -> list[str]:
    features = sorted(
        {(vendor, name) for one in seen for vendor, names in one.features.items() for name in names if name.strip()}
    )
    rows = [
        f"#   - {_yaml({'server': server, 'vendor': vendor, 'feature': feature})[:-1]}, seats: 1, from: 2000-01-01}}"
        for vendor, feature in features[:_ROWS]
    ]
    left = len(features) - len(rows)
    return [*rows, f"#   (and {left} features more)"] if left else rows


def _yaml(value: Mapping[str, str] | Sequence[str] | str) -> str:
    """Return *value* as YAML that stands on one line."""
    for style in (None, '"'):  # without quotes where that is well; a line break wants the double ones
        text = yaml.safe_dump(
            value, default_flow_style=True, default_style=style, allow_unicode=True, width=10**9, sort_keys=False
        )
        text = text.removesuffix("\n").removesuffix("\n...")
        if "\n" not in text:
            break
    return text
