"""
The answer behind ``report transfers``: files, bytes, errors and latencies of a span, by client or source, machine,
product, and step of time.

Machines are added up, their latencies too: percentiles are those of all their files. Means are of files, not of errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from fnmatch import fnmatchcase
from math import gcd
from typing import Any, Literal
from zoneinfo import ZoneInfo

from exporter.catalog.transfers import pattern_of
from exporter.reports.log_trust import Trust, trust_of
from exporter.reports.reader import Reader
from exporter.transfer_sums import SUMMED, TransferSums

By = Literal["client", "machine", "product"]
COLUMNS = {"client": "p.feature", "machine": "p.server", "product": "t.kind"}
"""What rows can be told apart by, besides the direction."""
_EVER = 1 << 62
_QUARTER = 900
"""Seconds: offsets of zones are multiples of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which transfers are looked at: of minutes that begin from *start* to before *end* (UTC seconds)."""

    zone: ZoneInfo
    """Whose days the steps divide."""
    start: int | None = None
    end: int | None = None
    machines: Sequence[str] = ()
    """None: all of them; likewise the others."""
    clients: Sequence[str] = ()
    directions: Sequence[str] = ()
    products: Sequence[str] = ()
    """Patterns as pxStats takes them."""
    by: Sequence[By] = ("client",)
    step: int | None = None
    """Seconds that divide a day, 5 minutes at least; None: one row for all of the span."""


@dataclass(frozen=True, slots=True)
class Row:
    """The sums of one direction, and of what else rows are told apart by."""

    start: int | None
    """UTC second at which its step begins, None without steps."""
    names: tuple[str, ...]
    """The direction, and a name for each of `Asked.by`."""
    sums: TransferSums
    machines: set[str]
    """Those that tell of it."""


@dataclass(frozen=True, slots=True)
class Transfers:
    """Rows by time and names, and how far they can be trusted."""

    by: tuple[By, ...]
    steps: bool
    rows: list[Row]
    machines: list[str]
    """All that tell of any of it."""
    left_out: int
    """Files and errors of longer ago, that are kept in sums longer than the steps."""
    trust: Trust


def transfers(ledger: Reader, asked: Asked) -> Transfers:
    """Return what was received and sent."""
    by = tuple(name for name in COLUMNS if name in asked.by)
    found: dict[tuple[int, tuple[str, ...]], Row] = {}
    for key, machine, sums in _grouped(ledger, asked, by, "transfer", SUMMED):
        row = found.get(key)
        if row is None:
            start = None if asked.step is None else key[0]
            row = found[key] = Row(start, key[1], TransferSums(), set())
        row.sums.add(sums)
        row.machines.add(machine)
    for key, _, (bucket, number) in _grouped(ledger, asked, by, "transfer_sketch", "bucket, sum(n)"):
        found[key].sums.sketch[bucket] += number
    rows = [found[key] for key in sorted(found)]
    machines = sorted(set[str]().union(*(row.machines for row in rows)))
    trust = trust_of(ledger, "SELECT DISTINCT stream FROM transfer_total")
    return Transfers(by, asked.step is not None, rows, machines, _left_out(ledger, asked), trust)  # type: ignore[arg-type]  # keys of COLUMNS


def _left_out(ledger: Reader, asked: Asked) -> int:
    """Return how many files and errors are in sums that no step can hold."""
    if asked.step is None:
        return 0
    wanted, values = _wanted(ledger, asked)
    ((number,),) = ledger.ask(
        "SELECT coalesce(sum(t.files + t.errors), 0) FROM transfer AS t JOIN product AS p ON p.id = t.product "
        f"WHERE t.minute >= ? AND t.minute < ? AND t.span > ?{wanted}",
        *_span(asked),
        asked.step,
        *values,
    )
    return int(number)


def _span(asked: Asked) -> tuple[int, int]:
    return asked.start or 0, _EVER if asked.end is None else asked.end


def _grouped(
    ledger: Reader, asked: Asked, by: Sequence[str], table: str, summed: str
) -> Iterator[tuple[tuple[int, tuple[str, ...]], str, Sequence[Any]]]:
    """Yield (start of the step, names), the machine and what is *summed*, in no order."""
    unit = gcd(asked.step, _QUARTER) if asked.step else 0
    moment = f"t.minute - t.minute % {unit}" if unit else "0"
    columns = ", ".join(["p.vendor", *(COLUMNS[name] for name in by)])
    wanted, values = _wanted(ledger, asked)
    rows = ledger.ask(
        f"SELECT {moment}, p.server, {columns}, {summed} FROM {table} AS t JOIN product AS p ON p.id = t.product "
        f"WHERE t.minute >= ? AND t.minute < ? AND t.span <= ?{wanted} "
        f"GROUP BY 1, p.server, {columns}{', bucket' if 'bucket' in summed else ''}",
        *(*_span(asked), asked.step or _EVER, *values),
    )
    width = 3 + len(by)
    days = _Days(asked.zone)
    for second, machine, *rest in rows:
        start = days.step(second, asked.step) if asked.step else 0
        yield (start, tuple(rest[: width - 2])), machine, rest[width - 2 :]


def _wanted(ledger: Reader, asked: Asked) -> tuple[str, list[str]]:
    """Return what rows have to fit, and its values."""
    chosen: list[tuple[str, Iterable[str]]] = [
        ("p.server", asked.machines),
        ("p.feature", asked.clients),
        ("p.vendor", asked.directions),
    ]
    if asked.products:
        patterns = [pattern_of(text) for text in asked.products]
        known = ledger.ask("SELECT DISTINCT kind FROM transfer_total")
        fit = [kind for (kind,) in known if any(fnmatchcase(kind, pattern) for pattern in patterns)]
        chosen.append(("t.kind", fit or ["\0"]))  # none fits: no name holds such a sign
    wanted = "".join(f" AND {column} IN ({', '.join('?' * len([*names]))})" for column, names in chosen if names)
    return wanted, [name for _, names in chosen for name in names]


class _Days:
    """The days of a zone, as they are asked for."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._midnights: dict[int, int] = {}

    def step(self, second: int, step: int) -> int:
        """Return when the step begins that holds *second*: steps count from midnight, the last one ends at it."""
        hour = second - second % _QUARTER
        midnight = self._midnights.get(hour)
        if midnight is None:
            day = datetime.fromtimestamp(second, self._zone).date()
            midnight = self._midnights[hour] = int(datetime.combine(day, time(), self._zone).timestamp())
        return second - (second - midnight) % step
