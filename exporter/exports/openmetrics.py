"""
Windows as OpenMetrics text: one family a field, each sample at the start of its window.

`promtool tsdb create-blocks-from openmetrics` makes blocks of it. A family must be written whole before the next
begins, and windows come with all fields at once: they wait in temporary files, a file a field, so memory stays flat.
"""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import IO, TextIO

from exporter.catalog.windows import WINDOW_FIELDS, WindowField
from exporter.errors import ExportFailed
from exporter.exports.windows import FEATURE, PRODUCT
from exporter.records import WindowRow

AT_ONCE = 4096
"""Numbers of a file that are in memory."""
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def write_openmetrics(out: TextIO, tier: str, rows: Iterable[WindowRow], *, product: bool) -> None:
    """
    Write the windows of a tier; *rows* come subject after subject, each in the order of time.

    Raises ExportFailed where the temporary files find no room.
    """
    names = PRODUCT if product else FEATURE
    prefix = "licence_product_window" if product else "licence_window"
    with _temporary_files(1 + len(WINDOW_FIELDS)) as files:
        spool = _Spool(files)
        spool.fill(rows)
        for at, field in enumerate(WINDOW_FIELDS):
            name = f"{prefix}_{field.name}"
            out.write(f"# TYPE {name} gauge\n")
            if unit := _unit(field):
                out.write(f"# UNIT {name} {unit}\n")
            out.write(f"# HELP {name} {field.help.translate(_ESCAPED)}\n")
            samples = spool.samples(at)
            for subject, windows in spool.subjects:
                labels = _labels(tier, names, subject)
                out.writelines(
                    f"{name}{labels} {field.text(value)} {start:.0f}\n" for start, value in islice(samples, windows)
                )
    out.write("# EOF\n")


def _unit(field: WindowField) -> str:
    """Return the unit; '' where the field's name does not end in it, as OpenMetrics wants it to."""
    unit = field.unit.replace(" ", "_")
    return unit if f"_{field.name}".endswith(f"_{unit}") else ""


def _labels(tier: str, names: tuple[str, ...], subject: tuple[str, ...]) -> str:
    pairs = [("tier", tier), *zip(names, subject, strict=True)]
    return "{" + ",".join(f'{name}="{value.translate(_ESCAPED)}"' for name, value in pairs) + "}"


@contextmanager
def _temporary_files(count: int) -> Iterator[Sequence[IO[bytes]]]:
    with ExitStack() as stack:
        try:
            files = [stack.enter_context(tempfile.TemporaryFile(buffering=0)) for _ in range(count)]
        except OSError as error:
            raise _no_room(error) from error
        yield files


class _Spool:
    """Windows in temporary files: their starts in the first, each field in one of the others."""

    def __init__(self, files: Sequence[IO[bytes]]) -> None:
        self._files = files
        self.subjects: list[tuple[tuple[str, ...], int]] = []
        """Each with the number of its windows."""

    def fill(self, rows: Iterable[WindowRow]) -> None:
        """Take all windows."""
        subject: tuple[str, ...] | None = None
        windows = 0
        waiting: list[tuple[float, ...]] = []
        for row in rows:
            if row.subject != subject:
                self._count(subject, windows)
                subject, windows = row.subject, 0
            windows += 1
            waiting.append((row.start, *row.fields))
            if len(waiting) == AT_ONCE:
                self._keep(waiting)
                waiting.clear()
        self._count(subject, windows)
        self._keep(waiting)

    def samples(self, field: int) -> Iterator[tuple[float, float]]:
        """Return start and value of every window, in their order."""
        return zip(_numbers(self._files[0]), _numbers(self._files[1 + field]), strict=True)

    def _count(self, subject: tuple[str, ...] | None, windows: int) -> None:
        if subject is not None:
            self.subjects.append((subject, windows))

    def _keep(self, rows: list[tuple[float, ...]]) -> None:
        try:
            for file, numbers in zip(self._files, zip(*rows, strict=True), strict=False):
                data = array("d", numbers).tobytes()
                while data:
                    data = data[file.write(data) :]
        except OSError as error:
            raise _no_room(error) from error


def _numbers(file: IO[bytes]) -> Iterator[float]:
    """Yield the numbers of a file."""
    file.seek(0)
    while data := file.read(8 * AT_ONCE):
        yield from array("d", data)


def _no_room(error: OSError) -> ExportFailed:
    """Return what to tell of a temporary file that can't be written."""
    return ExportFailed(
        f"An export as OpenMetrics needs room for temporary files, 176 bytes a window, in {tempfile.gettempdir()}: "
        f"{error.strerror}. Set TMPDIR to a folder with more, or export a shorter time."
    )
