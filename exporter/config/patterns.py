"""
Path patterns of sources: which files they match now, what keeps them from looking, and which files are one stream.

``*``, ``?`` and ``[...]`` stay inside one folder, ``{name}`` is a ``*`` with a name. A name that begins with a dot is
matched only by a pattern that says so. All paths are absolute.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from pathlib import Path

_PART = re.compile(r"\{([A-Za-z_]\w*)\}")
_MAGIC = re.compile(r"[*?\[]")
_DATE = r"(?:-\d{8}|\.\d{4}-\d{2}-\d{2})(?:-\d{9,11})?"
_ROTATED = re.compile(rf"(?P<stem>.+?)(?:\.\d{{1,5}}|\.old|{_DATE}(?P<ext>\.[A-Za-z]+)?)")
_PACKED = re.compile(r"\.(?:gz|bz2|xz|zst)\Z")


@dataclass(slots=True)
class Matches:
    """What a pattern finds."""

    files: list[Path] = field(default_factory=list)
    """Whatever matches, folders too, sorted."""
    unlisted: list[Path] = field(default_factory=list)
    """Folders that this user may not list (r)."""
    unsearched: list[Path] = field(default_factory=list)
    """Folders that this user may not search (x)."""
    missing: Path | None = None
    """The first folder of the pattern that does not exist."""


def parts_of(text: str) -> set[str]:
    """Return the names of the ``{name}`` parts in *text*."""
    return set(_PART.findall(text))


def any_part(text: str) -> str:
    """Return *text* as a plain glob, with ``*`` for each ``{name}`` part."""
    return _PART.sub("*", text)


def may_be(text: str, name: str) -> bool:
    """Tell whether *name* is *text* with something in place of each ``{name}`` part."""
    between = _PART.split(text)[::2]
    return re.fullmatch(".*".join(map(re.escape, between)), name, re.DOTALL) is not None


def literally(path: str) -> str:
    """Return the pattern that matches *path* and nothing else."""
    return re.sub(r"([*?\[{])", r"[\1]", path)


def matches(pattern: str, path: str) -> bool:
    """Tell whether *path* is one that *pattern* stands for, without looking at any file."""
    components, names = any_part(pattern).split("/"), path.split("/")
    return len(components) == len(names) and all(map(_fits, components, names))


def expand(pattern: str) -> Matches:
    """Return what *pattern* matches now, and what was in the way."""
    found = Matches()
    components = any_part(pattern).strip("/").split("/")
    paths = [Path("/")]
    for component in components[:-1]:
        below = [path for folder in paths for path in _step(folder, component, found)]
        if not below and len(paths) == 1 and not _MAGIC.search(component):
            found.missing = found.missing or paths[0] / component
        paths = below
    found.files = sorted({path for folder in paths for path in _step(folder, components[-1], found)})
    return found


def stream_of(path: Path) -> Path:
    """Return the name of the stream that *path* belongs to: the path without its rotation mark."""
    name = _PACKED.sub("", path.name)
    rotated = _ROTATED.fullmatch(name)
    return path.with_name(rotated["stem"] + (rotated["ext"] or "") if rotated else name)


def _fits(component: str, name: str) -> bool:
    hidden = name.startswith(".") and not component.startswith(".")
    return fnmatch.fnmatchcase(name, component) and not hidden


def _step(folder: Path, component: str, found: Matches) -> list[Path]:
    """Return the paths in *folder* that fit one *component* of a pattern; note in *found* what may not be done."""
    if _MAGIC.search(component):
        try:
            return [path for path in folder.iterdir() if _fits(component, path.name)]
        except PermissionError:
            found.unlisted.append(folder)
        except OSError:
            pass  # no folder, or gone meanwhile: it holds nothing that matches
        return []
    path = folder / component
    try:
        path.lstat()
    except PermissionError:
        found.unsearched.append(folder)
    except OSError:
        pass  # not there
    else:
        return [path]
    return []
