"""
Which streams the path patterns of a source lead to.

A pattern is a path with ``*``, ``?``, ``[...]`` and named parts ``{server}`` in any component; each stays inside its
component. A pattern finds a stream by its plain name or by any of its rotated files.
"""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH112, PTH114, PTH116, PTH118, PTH208

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from exporter.names import decode, shown
from exporter.tail import problems, rotation

_SPECIAL = re.compile(r"\*+|\?|\[!?\]?[^]]*\]|\{([A-Za-z_]\w*)\}")
_PART = re.compile(r"\{([A-Za-z_]\w*)\}")
_Change = tuple[int, int, int, int]
_UNKNOWN: _Change = (-1, -1, -1, -1)
"""Of a folder that could not be listed: it has changed whenever it is looked at again."""
_NOT_LOGS = ("~", ".tmp", ".swp", ".part")


@dataclass(slots=True)
class FoundStream:
    """A stream: its path without rotation mark, the named parts of its path, and its files now (all absolute paths)."""

    name: str
    fields: dict[str, str]
    files: list[str] = field(default_factory=list)

    @property
    def told(self) -> tuple[str, dict[str, str]]:
        """What the path tells, raw: its last component without rotation mark, and its named parts."""
        name, *values = (os.fsencode(text).decode("latin-1") for text in (self.name, *self.fields.values()))
        return name.rpartition("/")[2], dict(zip(self.fields, values, strict=True))

    def fill_in(self, text: str) -> str:
        """Return *text* with the named parts ``{part}`` of the path in their places, as readable names."""
        return _PART.sub(lambda part: decode(os.fsencode(self.fields[part[1]]).decode("latin-1")), text)


class Discovery:
    """Turns the patterns of one source into streams."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Take absolute patterns."""
        self.problems: list[str] = []
        """Of the last `streams`: a sentence for each pattern without a match and each folder that can't be listed."""
        self._patterns = patterns
        self._found: list[FoundStream] = []
        self._listed: dict[str, _Change | None] = {}
        """The folders that were listed, as they were just before."""
        self._unchanged = 0

    def streams(self) -> list[FoundStream]:
        """
        Return the streams that are there now, by name; a file that two names lead to belongs to the first.

        The list is the same object as before while no folder has changed: then only the folders are looked at.
        """
        changes = {folder: _change(folder) for folder in self._listed}
        self._unchanged = self._unchanged + 1 if self._listed and changes == self._listed else 0
        # Once more after the first look without a change: one in the very tick of a listing doesn't show.
        if self._unchanged > 1:
            return self._found
        found = self._look()
        if found != self._found:
            self._found = found
        return self._found

    def _look(self) -> list[FoundStream]:
        self.problems.clear()
        self._listed.clear()
        found: dict[str, FoundStream] = {}
        for pattern in self._patterns:
            met = len(self.problems)
            matched = False
            for path, fields in _walk("/", pattern.strip("/").split("/"), {}, self):
                matched = True
                name = rotation.split(path)[0]
                stream = found.setdefault(name, FoundStream(name, fields))
                if path not in stream.files:
                    stream.files.append(path)
            if not matched and len(self.problems) == met:
                self.problems.append(_nothing(pattern))
        return _each_file_once([found[name] for name in sorted(found, key=_links_last)])

    def list_folder(self, folder: str) -> list[str]:
        """Return the sorted names in *folder* and take note of it; none where it is missing or closed to us."""
        self._listed[folder] = _change(folder)
        try:
            return sorted(os.listdir(folder))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self._listed[folder] = _UNKNOWN
            self.problems.append(problems.explain(folder, error))
            return []


def _change(folder: str) -> _Change | None:
    """Return what changes when something is made, renamed, removed or permitted in *folder*; None: it isn't there."""
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def _walk(
    folder: str, components: Sequence[str], fields: dict[str, str], discovery: Discovery
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the files below *folder* that the pattern's *components* match, with the values of the named parts."""
    component, *rest = components
    if rest and not _SPECIAL.search(component):
        yield from _walk(os.path.join(folder, component), rest, fields, discovery)
        return
    entries = discovery.list_folder(folder)
    expression = _expression(component)
    for entry in entries:
        values = _match(expression, component, entry, whole=bool(rest))
        if values is None or any(fields.get(key, value) != value for key, value in values.items()):
            continue
        path = os.path.join(folder, entry)
        if rest:
            yield from _walk(path, rest, fields | values, discovery)
        elif entry == component or not os.path.isdir(path):
            yield path, fields | values


def _match(expression: re.Pattern[str], component: str, entry: str, *, whole: bool) -> dict[str, str] | None:
    """Return the named parts when the entry matches: as a log, also by its name without rotation mark."""
    if entry.startswith(".") and not component.startswith("."):
        return None
    if not whole and entry.endswith(_NOT_LOGS) and not component.endswith(_NOT_LOGS):
        return None
    found = (None if whole else expression.fullmatch(rotation.split(entry)[0])) or expression.fullmatch(entry)
    return found.groupdict() if found else None


def _expression(component: str) -> re.Pattern[str]:
    parts = []
    end = 0
    named: set[str] = set()
    for special in _SPECIAL.finditer(component):
        parts.append(re.escape(component[end : special.start()]))
        end = special.end()
        text, name = special[0], special[1]
        if name:
            parts.append(f"(?P={name})" if name in named else f"(?P<{name}>.+?)")
            named.add(name)
        elif text[0] == "[":
            parts.append(fnmatch.translate(text).removeprefix("(?s:").removesuffix(r")\Z"))
        else:
            parts.append("." if text == "?" else ".*")
    return re.compile("".join(parts) + re.escape(component[end:]), re.DOTALL)


def _nothing(pattern: str) -> str:
    if _SPECIAL.search(pattern):
        return f"no file matches {shown(pattern)}"
    return problems.explain(pattern, FileNotFoundError())


def _links_last(name: str) -> tuple[bool, str]:
    return os.path.islink(name), name


def _each_file_once(streams: Sequence[FoundStream]) -> list[FoundStream]:
    """Leave out the streams whose newest file is in another one already."""
    taken: set[tuple[int, int]] = set()
    kept = []
    for stream in streams:
        inodes = []
        for path in stream.files:
            try:
                status = os.stat(path)
            except OSError:
                continue
            inodes.append((status.st_mtime_ns, (status.st_dev, status.st_ino)))
        if inodes and max(inodes)[1] in taken:
            continue
        taken.update(key for _, key in inodes)
        kept.append(stream)
    return sorted(kept, key=lambda stream: stream.name)
