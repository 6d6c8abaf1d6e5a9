"""Where an export goes: to stdout, or to a file that appears when it is whole."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from exporter.errors import ExportFailed


@contextmanager
def destination(path: Path | None) -> Iterator[TextIO]:
    """
    Give where to write, UTF-8 with LF; its ``buffer`` takes bytes. None: stdout.

    A file takes the place of the one before when all went well; a pipe or device is written as it is. Raises
    ExportFailed when it can't be written; a reader that leaves stdout early is BrokenPipeError.
    """
    try:
        if path is None:
            yield from _stdout()
        elif path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", newline="") as out:
                yield out
        else:
            yield from _whole(path.resolve())
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ExportFailed(f"{path or 'The output'} can't be written: {error.strerror}.") from error


def _stdout() -> Iterator[TextIO]:
    if sys.stdout is None:  # what Python makes of a closed one
        raise ExportFailed("The standard output is closed: leave it open, or add --output FILE.")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The same bytes in every locale.
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    yield sys.stdout
    sys.stdout.flush()


def _whole(path: Path) -> Iterator[TextIO]:
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
