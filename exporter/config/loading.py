"""
config.yaml, read into `Settings`; whatever is wrong with it is told at once, with file, line and key path.

The only place that knows YAML's nodes: they are composed, not just loaded, because a fault names the line of its key.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from exporter.config.crosschecks import Entries, crosschecks
from exporter.config.faults import Fault, Loc, faults_of, key_path
from exporter.config.settings import Settings
from exporter.errors import ConfigError

_SECRETS = {"token": "token_file", "password": "password_file", "passwd": "password_file", "secret": "token_file"}
_STAND_IN = {"site": {"name": "-", "timezone": "UTC"}, "ledger": {"path": "/dev/null"}, "sources": []}
"""Takes the place of faulty sections while the others are checked against each other."""


def load(path: str | Path, formats: Collection[str]) -> Settings:
    """
    Return the settings in the file at *path*.

    *formats* are the names of the log formats that a source may have. Raises ConfigError with every fault.
    """
    text = _text(path)
    document = _Document()
    try:
        data = document.read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        # What YAML quotes may be a piece of a secret: only single characters and the names of tokens are repeated.
        problem = re.sub(r" '(?!<[a-z ]+>')[^']{2,}'", "", error.problem or error.context or "something is wrong")
        raise ConfigError([f"{place}: this is not YAML: {problem}"]) from error
    except yaml.YAMLError as error:
        raise ConfigError([f"{path}: this is not YAML: {str(error).splitlines()[0]}"]) from error
    except RecursionError:
        raise ConfigError([f"{path}: is nested too deeply"]) from None
    if data is None:
        raise ConfigError([f"{path}: is empty; `seatwatch init PATH...` proposes what to write"])
    if not isinstance(data, dict):
        raise ConfigError([f"{path}: must be a mapping, such as `site: {{name: example, timezone: UTC}}`"])

    context = {"folder": str(Path(path).absolute().parent), "formats": frozenset(formats)}
    faults, settings = _validate(_without_empty_sections(data, document.faults), context)
    # What follows from a value that could not be read is not told again, such as "needs from" of a wrong date.
    told = {fault.loc[:depth] for fault in document.faults for depth in range(1, len(fault.loc) + 1)}
    faults = [*document.faults, *(fault for fault in faults if fault.loc not in told)]
    if faults or settings is None:
        raise ConfigError([_line(path, document, fault) for fault in sorted(set(faults), key=document.order)])
    return settings


def _line(path: str | Path, document: _Document, fault: Fault) -> str:
    place = key_path(fault.loc)
    return f"{path}:{document.line(fault.loc)}: {place}{': ' if place else ''}{fault.sentence}"


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        hint = "`seatwatch init PATH...` looks at logs and writes one; --config names another"
        raise ConfigError([f"{path}: there is no such file; {hint}"]) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}:{line}: is not UTF-8; save the file in this encoding"]) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError([f"{path}: can't be read: {reason}"]) from error


def _without_empty_sections(data: dict[str, Any], faults: list[Fault]) -> dict[str, Any]:
    """Return *data* without the sections in which everything is commented out: they have their defaults."""
    if "prometheus" in data and data["prometheus"] is None:
        hint = "leave the section out for the default address, or write {listen: null} to serve nothing"
        faults.append(Fault(("prometheus",), f"is empty; {hint}"))
    return {key: value for key, value in data.items() if value is not None or key == "sources"}


def _validate(data: dict[str, Any], context: dict[str, Any]) -> tuple[list[Fault], Settings | None]:
    """Return all faults, and the settings when there is none; what is well is cross-checked whatever else is not."""
    try:
        settings = Settings.model_validate(data, context=context)
    except ValidationError as error:
        faults = list(faults_of(error))
    else:
        faults = list(crosschecks(Entries(settings, lambda name: range(len(getattr(settings, name))), frozenset())))
        return faults, settings

    sound, places = _sound_part(data, [fault.loc for fault in faults])
    remaining = Settings.model_validate(sound, context=context)
    faulty = frozenset(str(fault.loc[0]) for fault in faults)

    def places_of(name: str) -> Sequence[int]:
        return places.get(name, range(len(getattr(remaining, name))))

    return [*faults, *crosschecks(Entries(remaining, places_of, faulty))], None


def _sound_part(data: dict[str, Any], wrong: list[Loc]) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Return *data* without the entries that *wrong* points into, and where the others stood in their lists."""
    sound, places = dict(data), dict[str, list[int]]()
    for section in {str(loc[0]) for loc in wrong}:
        value = sound.pop(section, None)
        bad = {loc[1] if len(loc) > 1 else None for loc in wrong if loc[0] == section}
        if isinstance(value, list) and None not in bad:
            places[section] = [index for index in range(len(value)) if index not in bad]
            sound[section] = [value[index] for index in places[section]]
    return {**_STAND_IN, **sound}, places


class _Written(NamedTuple):
    """A node's value as plain Python, once made."""

    value: Any


class _Document:
    """A YAML text as plain Python, with the line of each key path and the faults that only the text shows."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._lines: dict[Loc, int] = {(): 1}
        self._made: dict[int, _Written | None] = {}
        """By the id of the node; None while it is being made."""

    def read(self, text: str) -> Any:
        """Return the document in *text*, None for an empty one. Raises yaml.YAMLError."""
        self._loader = yaml.SafeLoader(text)
        node = self._loader.get_single_node()
        return None if node is None else self._plain(node, ())

    def line(self, loc: Loc) -> int:
        """Return the line of the key at *loc*, or of the nearest one above it that is written."""
        while loc not in self._lines:
            loc = loc[:-1]
        return self._lines[loc]

    def order(self, fault: Fault) -> tuple[int, str, str]:
        """Return the key that sorts faults as they stand in the text."""
        return self.line(fault.loc), key_path(fault.loc), fault.sentence

    def _plain(self, node: yaml.Node, loc: Loc) -> Any:
        if id(node) in self._made:  # an alias
            made = self._made[id(node)]
            if made is None:
                self.faults.append(Fault(loc, "holds itself"))
            return made and made.value
        self._made[id(node)] = None
        value: Any = None
        if isinstance(node, yaml.MappingNode):
            value = self._mapping(node, loc)
        elif isinstance(node, yaml.SequenceNode):
            value = []
            for index, item in enumerate(node.value):
                self._lines[*loc, index] = item.start_mark.line + 1
                value.append(self._plain(item, (*loc, index)))
        elif isinstance(node, yaml.ScalarNode):
            value = self._scalar(node, loc)
        self._made[id(node)] = _Written(value)
        return value

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Any]:
        written: dict[str, int] = {}
        for key_node, _ in node.value:
            name, line = str(key_node.value), key_node.start_mark.line + 1
            if name in written and isinstance(key_node, yaml.ScalarNode):
                self._lines[*loc, name] = line
                self.faults.append(Fault((*loc, name), f"is written twice; first in line {written[name]}"))
            written.setdefault(name, line)
        self._loader.flatten_mapping(node)
        value: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key: Any = self._scalar(key_node, loc) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                self.faults.append(Fault(loc, f"has a key that is not text in line {key_node.start_mark.line + 1}"))
                continue
            place = (*loc, key)
            self._lines[place] = key_node.start_mark.line + 1
            if key.casefold() in _SECRETS:
                instead = _SECRETS[key.casefold()]
                self.faults.append(
                    Fault(place, f"secrets are not written here; use {instead}, the path of a file with it")
                )
            else:
                value[key] = self._plain(value_node, place)
        return value

    def _scalar(self, node: yaml.ScalarNode, loc: Loc) -> Any:
        try:
            return self._loader.construct_object(node)
        except (ValueError, ArithmeticError, LookupError, AttributeError):  # 2022-02-31, !!int "", !!timestamp x
            self.faults.append(Fault(loc, "looks like a date or number and is none; put it in quotes if it is text"))
            return None
