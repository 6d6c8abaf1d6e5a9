"""
Logs of several formats: each line is read by the first format that knows it, with a clock and a state of its own.

Such is a file of syslog into which two programs write, or a log whose form changed at an upgrade. Lines that no format
knows go to that of the line before: what they say, they say of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from exporter.events import Event
from exporter.formats.dated import When
from exporter.formats.linewise import LinewiseReader
from exporter.records import Block, Json


class SeveralReader(LinewiseReader):
    """Reads one stream of several formats; implements `exporter.ports.Format`."""

    def __init__(self, readers: Mapping[str, LinewiseReader], first_year: int | None = None) -> None:
        """Try *readers*, by the names of their formats, in their order; see `LinewiseReader` for *first_year*."""
        self._by_name = readers
        self._readers = tuple(readers.values())
        self._last = self._readers[0]
        """That of the line before."""
        super().__init__(self._last.zone, first_year)

    def knows(self, line: str) -> bool:
        """Say whether any format knows *line*."""
        return any(reader.knows(line) for reader in self._readers)

    def stamp(self, line: str) -> When | None:
        """Return what *line* tells of its time."""
        return self._reader_of(line).stamp(line)

    def tell(self, line: str, at: int) -> Sequence[Event]:
        """Return the events of *line*."""
        reader = self._reader_of(line)
        if reader is not self._last and self._last.day is not None:
            reader.begin_on(self._last.day)
        self._last = reader
        try:
            return reader.tell_one(line, at)
        finally:
            self._time = reader.time

    def begin_block(self, not_after: int) -> None:
        """Begin a block, whose lines are believed up to the UTC second *not_after*."""
        super().begin_block(not_after)
        for reader in self._readers:
            reader.begin_block(not_after)

    def silences(self) -> list[tuple[int, int]]:
        """Return the silences in this block that may hide a year."""
        return [silence for reader in self._readers for silence in reader.silences()]

    @property
    def undated(self) -> bool:
        """Whether no format has a date; one that has tells the others."""
        return all(reader.undated for reader in self._readers)

    @property
    def frontier(self) -> int | None:
        """The latest dated second + 1."""
        return max((reader.frontier for reader in self._readers if reader.frontier is not None), default=None)

    @property
    def stretch(self) -> tuple[int, int] | None:
        """The stretch being read, from its earliest dated second to the one after its latest."""
        stretches = [reader.stretch for reader in self._readers if reader.stretch is not None]
        return (min(start for start, _ in stretches), max(end for _, end in stretches)) if stretches else None

    @property
    def last_line(self) -> int | None:
        """UTC second of the newest line."""
        return self._last.last_line

    def date_by(self, ahead: Iterable[Block], written: int) -> None:
        """Find the date of the first line, by what lines of all formats tell."""
        super().date_by(ahead, written)
        if self._clock.day is not None:
            for reader in self._readers:
                reader.begin_on(self._clock.day)

    def date_state(self) -> Json | None:
        """Return what dates the next line, for `go_by`; None before the first date."""
        return None if self.undated else [reader.date_state() for reader in self._readers]

    def go_by(self, dates: Json) -> None:
        """Date the next line by what `date_state` gave; the frontier doesn't fall by that."""
        for reader, date in zip(self._readers, dates, strict=True):
            if date is not None:
                reader.go_by(date)

    def begin_stretch(self) -> None:
        """Let the next line begin a new stretch: lines before it are lost."""
        for reader in self._readers:
            reader.begin_stretch()

    def state(self) -> dict[str, Json]:
        """Return what `restore` needs."""
        last = next(name for name, reader in self._by_name.items() if reader is self._last)
        return {"readers": {name: reader.state() for name, reader in self._by_name.items()}, "last": last}

    def restore(self, state: Mapping[str, Json]) -> None:
        """Go on from a saved state, in which formats may be missing: they come anew."""
        for name, saved in state["readers"].items():
            self._by_name[name].restore(saved)
        self._last = self._by_name[state["last"]]

    def _reader_of(self, line: str) -> LinewiseReader:
        return next((reader for reader in self._readers if reader.knows(line)), self._last)


def carried_over(state: Mapping[str, Json], before: Sequence[str], now: Sequence[str]) -> Mapping[str, Json] | None:
    """
    Return the *state* of a log of the formats *before* as that of one of the formats *now*.

    None: it has none of them in common, and begins anew where it stands.
    """
    states = {before[0]: state} if len(before) == 1 else state["readers"]
    kept = {name: states[name] for name in now if name in states}
    if not kept:
        return None
    last = before[0] if len(before) == 1 else state["last"]
    return {"readers": kept, "last": last if last in kept else next(iter(kept))} if len(now) > 1 else kept[now[0]]
