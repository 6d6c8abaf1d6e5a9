"""
Lines for the people who run Seatwatch, on stderr: for reading (``human``) or for machines (``json``).

A message is a short sentence that never changes; what changes goes into ``extra``, as key and value. Values come from
logs and file systems, so whatever would break a line or steer a terminal is escaped. Keys that `logging` keeps for
itself (``name``, ``args``, ``module`` and the like) are refused by it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Hashable, Iterator
from datetime import UTC, datetime
from typing import Any, Literal

Level = Literal["debug", "info", "warning", "error"]
Layout = Literal["human", "json"]

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_COLOURS = {logging.DEBUG: "2", logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "31;1"}


def configure(level: Level, layout: Layout) -> None:
    """
    Log to stderr from *level* on, as *layout*; may be called again to change either.

    Libraries are heard from warnings on only.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if layout == "json" else HumanFormatter(colours=_colours_wanted()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("exporter").setLevel(level.upper())


class HumanFormatter(logging.Formatter):
    """Writes ``time level message key=value ...``; a value is quoted where it would be unclear without."""

    def __init__(self, *, colours: bool) -> None:
        """Colour the level when *colours* are wanted."""
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; an exception follows on lines of its own, moved in."""
        level = f"{record.levelname.lower():<8}"
        colour = _COLOURS.get(record.levelno)
        if self._colours and colour:
            level = f"\x1b[{colour}m{level}\x1b[0m"
        data = "".join(f" {_visible(key)}={_quoted(str(value))}" for key, value in _extras(record))
        line = f"{_time(record)} {level} {_visible(record.getMessage())}{data}"
        return "\n    ".join([line, *(_visible(text) for text in self._traceback(record).splitlines())])

    def _traceback(self, record: logging.LogRecord) -> str:
        return self.formatException(record.exc_info) if record.exc_info else ""


class JsonFormatter(logging.Formatter):
    """Writes one JSON object a line: time, level, message, the extras, and the traceback as ``exception``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; an extra with the name of one of our own keys gets a ``_`` behind it."""
        entry: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        for key, value in _extras(record):
            entry[f"{key}_" if key in entry else key] = value
        return json.dumps(entry, default=str).replace("\x7f", "\\u007f")


class StateLog:
    """
    Logs a line when a state changes, and never once a poll.

    A key that was never seen is in the state None, the usual one, so a start in good order says nothing.
    """

    def __init__(self, logger: logging.Logger) -> None:
        """Log to *logger*."""
        self._logger = logger
        self._states: dict[Hashable, Hashable] = {}

    def note(self, key: Hashable, state: Hashable, level: int, message: str, **data: object) -> None:
        """Note that *key* is in *state*; when it was not, log *message* at *level* with *data*."""
        if self._states.get(key) == state:
            return
        if state is None:
            del self._states[key]
        else:
            self._states[key] = state
        self._logger.log(level, message, extra={key: value for key, value in data.items() if value is not None})


def _extras(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    return ((key, value) for key, value in vars(record).items() if key not in _OWN)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _visible(text: str) -> str:
    r"""Write what can't be seen, steers a terminal or turns the reading direction as ``\n``, ``\x1b``, ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _quoted(value: str) -> str:
    if value and value.isprintable() and not any(c in ' "=\\' for c in value):
        return value
    return '"' + _visible(value.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _colours_wanted() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
