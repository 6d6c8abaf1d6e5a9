"""Writes make-believe logs to files: appended, in whole lines, rotated by rename."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Event as Signal
from typing import Any, BinaryIO, Literal

from exporter.errors import UsageError
from exporter.ports import Clock
from exporter.simulate.live import LiveSimulation
from exporter.simulate.model import Simulation
from exporter.simulate.rotation import rotate as move_up

Rotate = int | Literal["daily"] | None
"""When a new file is begun: past so many bytes, with each local day, or never."""

_TICK = 0.25


def write_days(
    simulation: Simulation,
    start: date,
    days: int,
    path: Path,
    *,
    rotate: Rotate = None,
    compress: bool = False,
    truth: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """
    Append the lines of *days* days from *start* to *path* and return how many there are.

    All rotated generations are kept; *compress* packs those older than ``path.1``. *truth* gets the truth as JSON
    lines and is written anew. *progress* is called with the number of days written, after each.
    Raises UsageError when a file can't be written.
    """
    lines = done = 0
    day: int | None = None
    rows = _open(truth, "wb") if truth is not None else None
    log = _open(path, "ab")
    size = log.tell()
    try:
        for line in simulation.days(start, days):
            today = simulation.local.day(line.time)
            new_day = day is not None and today != day
            day = today
            if new_day:
                _write_truth(rows, simulation.truth(), truth)
                done += 1
                if progress is not None:
                    progress(done)
            if _is_due(rotate, new_day, size):
                with _told(path):
                    log.close()
                    move_up(path, compress=compress)
                log = _open(path, "ab")
                size = 0
            with _told(path):
                size += log.write(line.data)
            lines += 1
        _write_truth(rows, simulation.truth(), truth)
    finally:
        for file in (log, rows):
            if file is not None:
                file.close()
    if progress is not None:
        progress(days)
    return lines


def follow(
    live: LiveSimulation,
    path: Path,
    clock: Clock,
    stop: Signal,
    *,
    rotate_bytes: int = 8 << 20,
    keep: int = 3,
    truth: Path | None = None,
) -> None:
    """
    Append what *live* does to *path* until *stop* is set.

    A file of *rotate_bytes* or more is moved to ``path.1``; *keep* such generations are kept. *truth* is written anew
    and gets what ended as it ends, and at the stop what is still open. Raises UsageError when a file can't be written.
    """
    rows = _open(truth, "wb") if truth is not None else None
    try:
        while True:
            lines = live.due(clock.now())
            if lines:
                with _told(path), path.open("ab") as log:
                    log.write(b"".join(line.data for line in lines))
                    size = log.tell()
                if size >= rotate_bytes:
                    with _told(path):
                        move_up(path, keep)
            over = clock.wait(stop, _TICK)
            _write_truth(rows, live.truth(over), truth)
            if over:
                return
    finally:
        if rows is not None:
            rows.close()


def _is_due(rotate: Rotate, new_day: bool, size: int) -> bool:
    if rotate == "daily":
        return new_day
    return rotate is not None and size >= rotate


def _write_truth(file: BinaryIO | None, rows: Iterable[dict[str, Any]], path: Path | None) -> None:
    if file is None or path is None:
        deque(rows, maxlen=0)  # what nobody wants is not kept either
        return
    with _told(path):
        file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n".encode() for row in rows)
        file.flush()


def _open(path: Path, mode: Literal["ab", "wb"]) -> BinaryIO:
    with _told(path):
        return path.open(mode)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise UsageError(
            f"{path}: can't be written ({exc.strerror}). Choose a file in a folder you may write."
        ) from exc
