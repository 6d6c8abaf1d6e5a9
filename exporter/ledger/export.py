"""
Exports: what the ledger holds as rows for other programs, sorted, with columns that never change their meaning.

Cells are exact: one that begins with ``=``, ``+``, ``-`` or ``@`` stays as it is in CSV, which is for machines here (a
spreadsheet may take it for a formula; the reports' XLSX files are for people). SQLite does the joining and sorting, so
memory stays flat however many rows there are.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, NamedTuple, TextIO

from exporter.errors import UsageError
from exporter.names import decode

Ask = Callable[..., Iterator[tuple[Any, ...]]]
"""Runs a query with its values and yields its rows (see `LedgerReader.ask`)."""
Cell = str | int | bool | None
Row = list[Cell]


class _Export(NamedTuple):
    header: str
    columns: str
    """Of the query, in the header's order."""
    source: str
    order: str
    time: str
    """Condition on {start} and {end}, '' where rows have no time."""
    names: tuple[str, ...] = ("server", "vendor", "feature")
    """What rows can be chosen by."""


_KEY = "p.server, p.vendor, p.feature, h.user, h.host"
_JOINS = """
JOIN generation AS g ON g.id = f.generation
JOIN stream AS st ON st.id = g.stream
JOIN product AS p ON p.id = f.product
JOIN holder AS h ON h.id = f.holder
"""
_LINE = "p.server, st.source, f.generation, f.at"  # makes the order whole
_NEWEST_PATH = "(SELECT path FROM generation WHERE stream = st.id ORDER BY id DESC LIMIT 1)"


def _utc(time: str) -> str:
    return f"strftime('%Y-%m-%dT%H:%M:%SZ', {time}, 'unixepoch')"


def _overlaps(start: str, end: str) -> str:
    """Give the condition that [start, end) meets what was asked for; an empty interval is at its start."""
    return f"{start} < {{end}} AND ({end} IS NULL OR {end} > {{start}} OR {start} >= {{start}})"


_SEAT_SECONDS = """
f.first_seats * (coalesce(c.time, f.end, k.frontier, f.start) - f.start)
+ CASE WHEN c.time IS NULL THEN 0 ELSE (
    SELECT sum(d.seats * (coalesce(e.time, f.end, k.frontier, d.time) - d.time))
    FROM change AS d LEFT JOIN change AS e
        ON e.generation = d.generation AND e.at = d.at AND e.n = d.n AND e.ordinal = d.ordinal + 1
    WHERE d.generation = f.generation AND d.at = f.at AND d.n = f.n
) END
"""
"""Over all spans; an open session's to the frontier of its stream."""

_EXPORTS = {
    "sessions": _Export(
        "server,vendor,feature,user,host,display,seats,start,end,end_reason,start_inferred,source,seat_seconds",
        f"{_KEY}, h.display, f.seats, {_utc('f.start')}, {_utc('f.end')}, f.reason, f.inferred, st.source, "
        + _SEAT_SECONDS,
        f"session AS f {_JOINS} "
        "JOIN known AS k ON k.stream = st.id "
        "LEFT JOIN change AS c ON c.generation = f.generation AND c.at = f.at AND c.n = f.n AND c.ordinal = 1",
        f"p.vendor, p.feature, f.start, h.user, h.host, f.end, {_LINE}, f.n",
        _overlaps("f.start", "f.end"),
    ),
    "spans": _Export(
        "server,vendor,feature,user,host,start,from,to,seats",
        f"""{_KEY}, {_utc("f.start")}, {_utc('s."from"')}, {_utc('s."to"')}, s.seats""",
        f"span AS s JOIN session AS f ON f.generation = s.generation AND f.at = s.at AND f.n = s.n {_JOINS}",
        f'p.vendor, p.feature, f.start, h.user, h.host, s."from", {_LINE}, f.n, s.ordinal',
        _overlaps('s."from"', 's."to"'),
    ),
    "denials": _Export(
        "server,vendor,feature,user,host,seats,time,code,class,source",
        f"{_KEY}, f.seats, {_utc('f.time')}, f.code, f.class, st.source",
        f"denial AS f {_JOINS}",
        f"p.vendor, p.feature, f.time, h.user, h.host, {_LINE}",
        "f.time >= {start} AND f.time < {end}",
    ),
    "waits": _Export(
        "server,vendor,feature,user,host,seats,start,end,outcome,source",
        f"{_KEY}, f.seats, {_utc('f.start')}, {_utc('f.end')}, f.outcome, st.source",
        f"wait AS f {_JOINS}",
        f"p.vendor, p.feature, f.start, h.user, h.host, f.end, {_LINE}",
        _overlaps("f.start", "f.end"),
    ),
    "gaps": _Export(
        "source,stream,generation,from,to,reason,time",
        f"st.source, {_NEWEST_PATH}, f.generation, f.start, f.end, f.reason, {_utc('cast(f.time AS INTEGER)')}",
        "(SELECT * FROM gap WHERE NOT withdrawn) AS f "
        "JOIN generation AS g ON g.id = f.generation JOIN stream AS st ON st.id = g.stream",
        "st.source, st.name, f.generation, f.start",
        "f.time >= {start} AND f.time < {end}",
        ("server",),
    ),
    "coverage": _Export(
        "source,stream,from,to",
        f"""st.source, {_NEWEST_PATH}, {_utc('f."from"')}, {_utc('f."to"')}""",
        "covered AS f JOIN stream AS st ON st.id = f.stream",
        'st.source, st.name, f."from"',
        _overlaps('f."from"', 'f."to"'),
        ("server",),
    ),
    "positions": _Export(
        "source,stream,file,generation,offset,size,last_line",
        f"st.source, {_NEWEST_PATH}, g.path, g.id, g.offset, g.size, "
        f"CASE WHEN g.id = st.generation THEN {_utc('st.last_line')} END",
        "generation AS g JOIN stream AS st ON st.id = g.stream",
        "st.source, st.name, g.id",
        "",
        ("server",),
    ),
}
_EVER = 1 << 62
EXPORTS = tuple(_EXPORTS)
"""What can be exported."""


def export(
    ask: Ask,
    what: str,
    *,
    start: int | None = None,
    end: int | None = None,
    server: str | None = None,
    vendor: str | None = None,
    feature: str | None = None,
) -> tuple[list[str], Generator[Row, None, None]]:
    """
    Return the header and the sorted rows of one of `EXPORTS`.

    *start* counts and *end* does not (UTC seconds): a session, span or wait is there when some of it is in between, a
    denial or gap by its time. Times are text (``2022-05-05T08:42:20Z``), what is open or unknown is None.
    Raises UsageError for an unknown export, or a choice its rows can't be made by; the ledger's errors come while
    reading.
    """
    chosen = _EXPORTS.get(what)
    if chosen is None:
        raise UsageError(f"There is no export {what!r}: choose one of {', '.join(EXPORTS)}.")
    values: list[str] = []
    conditions: list[str] = []
    if start is not None or end is not None:
        if not chosen.time:
            raise UsageError(f"The rows of `export {what}` have no time: leave out --from and --to.")
        conditions.append(chosen.time.format(start=start or 0, end=_EVER if end is None else end))
    table = "p" if "vendor" in chosen.names else "st"
    for name, value in (("server", server), ("vendor", vendor), ("feature", feature)):
        if value is not None:
            if name not in chosen.names:
                raise UsageError(f"The rows of `export {what}` have no {name}: leave out --{name}.")
            conditions.append(f"{table}.{name} = ?")
            values.append(value)
    where = f"WHERE {' AND '.join(f'({one})' for one in conditions)}" if conditions else ""
    rows = ask(f"SELECT {chosen.columns} FROM {chosen.source} {where} ORDER BY {chosen.order}", *values)
    header = chosen.header.split(",")
    return header, _typed(header, rows)


def write_csv(out: TextIO, header: list[str], rows: Iterable[Row]) -> None:
    """Write rows as CSV: LF line ends, quotes only where needed; open *out* with ``newline=""`` and UTF-8."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(["true" if cell is True else "false" if cell is False else cell for cell in row])


def write_jsonl(out: TextIO, header: list[str], rows: Iterable[Row]) -> None:
    """Write rows as JSON objects, one a line; what is open or unknown is null."""
    for row in rows:
        out.write(json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=False, separators=(",", ":")))
        out.write("\n")


def _typed(header: list[str], rows: Iterator[tuple[Any, ...]]) -> Generator[Row, None, None]:
    """Make text of paths and a boolean of the one column that is one."""
    flags = [at for at, name in enumerate(header) if name == "start_inferred"]
    paths = [at for at, name in enumerate(header) if name in {"stream", "file"}]
    for row in rows:
        cells = list(row)
        for at in flags:
            cells[at] = bool(cells[at])
        for at in paths:
            cells[at] = decode(cells[at].decode("latin-1"))
        yield cells
