"""
Exports: what the ledger holds as rows for other programs, sorted, with columns that never change their meaning.

SQLite does the joining and sorting, so memory stays flat however many rows there are.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple

from exporter.errors import UsageError
from exporter.names import decode
from exporter.tables import Cell, Column, Row, Table, columns

Ask = Callable[..., Iterator[tuple[Any, ...]]]
"""Runs a query with its values and yields its rows (see `LedgerReader.ask`)."""


class _Export(NamedTuple):
    header: str
    """See `exporter.tables.columns`."""
    columns: str
    """Of the query, in the header's order; times are UTC seconds."""
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
        "server,vendor,feature,user,host,display,seats:whole,start:time,end:time,end_reason,start_inferred:flag,source,"
        "seat_seconds:whole",
        f"{_KEY}, h.display, f.seats, f.start, f.end, f.reason, f.inferred, st.source, " + _SEAT_SECONDS,
        f"session AS f {_JOINS} "
        "JOIN known AS k ON k.stream = st.id "
        "LEFT JOIN change AS c ON c.generation = f.generation AND c.at = f.at AND c.n = f.n AND c.ordinal = 1",
        f"p.vendor, p.feature, f.start, h.user, h.host, f.end, {_LINE}, f.n",
        _overlaps("f.start", "f.end"),
    ),
    "spans": _Export(
        "server,vendor,feature,user,host,start:time,from:time,to:time,seats:whole",
        f"""{_KEY}, f.start, s."from", s."to", s.seats""",
        f"span AS s JOIN session AS f ON f.generation = s.generation AND f.at = s.at AND f.n = s.n {_JOINS}",
        f'p.vendor, p.feature, f.start, h.user, h.host, s."from", {_LINE}, f.n, s.ordinal',
        _overlaps('s."from"', 's."to"'),
    ),
    "denials": _Export(
        "server,vendor,feature,user,host,seats:whole,time:time,code:whole,class,source",
        f"{_KEY}, f.seats, f.time, f.code, f.class, st.source",
        f"denial AS f {_JOINS}",
        f"p.vendor, p.feature, f.time, h.user, h.host, {_LINE}",
        "f.time >= {start} AND f.time < {end}",
    ),
    "waits": _Export(
        "server,vendor,feature,user,host,seats:whole,start:time,end:time,outcome,source",
        f"{_KEY}, f.seats, f.start, f.end, f.outcome, st.source",
        f"wait AS f {_JOINS}",
        f"p.vendor, p.feature, f.start, h.user, h.host, f.end, {_LINE}",
        _overlaps("f.start", "f.end"),
    ),
    "uses": _Export(
        "server,vendor,feature,user,host,path,time:time,uses:whole,source",
        f"{_KEY}, w.path, f.time, f.uses, st.source",
        f"used AS f {_JOINS} JOIN path AS w ON w.id = f.path",
        f"p.vendor, p.feature, f.time, h.user, h.host, w.path, {_LINE}",
        "f.time >= {start} AND f.time < {end}",
    ),
    "transfers": _Export(
        "machine,direction,client,product,start:time,seconds:whole,files:whole,bytes:whole,errors:whole,late_files:whole,"
        "latencies:whole,negative_latencies:whole,latency_min:whole,latency_max:whole,latency_sum:whole,source",
        "p.server, p.vendor, p.feature, f.kind, f.minute, f.span, f.files, f.bytes, f.errors, f.late_files, "
        "f.latencies, f.negative, f.latency_min, f.latency_max, f.latency_sum, st.source",
        "transfer AS f JOIN generation AS g ON g.id = f.generation JOIN stream AS st ON st.id = g.stream "
        "JOIN product AS p ON p.id = f.product",
        "p.server, p.vendor, p.feature, f.kind, f.minute, f.span, st.source, f.generation",
        "f.minute >= {start} AND f.minute < {end}",
    ),
    "gaps": _Export(
        "source,stream,generation:whole,from:whole,to:whole,reason,time:time",
        f"st.source, {_NEWEST_PATH}, f.generation, f.start, f.end, f.reason, cast(f.time AS INTEGER)",
        "(SELECT * FROM gap WHERE NOT withdrawn) AS f "
        "JOIN generation AS g ON g.id = f.generation JOIN stream AS st ON st.id = g.stream",
        "st.source, st.name, f.generation, f.start",
        "f.time >= {start} AND f.time < {end}",
        ("server",),
    ),
    "coverage": _Export(
        "source,stream,from:time,to:time",
        f'st.source, {_NEWEST_PATH}, f."from", f."to"',
        "covered AS f JOIN stream AS st ON st.id = f.stream",
        'st.source, st.name, f."from"',
        _overlaps('f."from"', 'f."to"'),
        ("server",),
    ),
    "capacity": _Export(
        "server,vendor,feature,from:time,seats:whole,origin",
        "p.server, p.vendor, p.feature, f.start, f.seats, f.origin",
        "capacity AS f JOIN product AS p ON p.id = f.product",
        "p.vendor, p.feature, f.start, p.server, f.origin",
        "f.start >= {start} AND f.start < {end}",
    ),
    "positions": _Export(
        "source,stream,file,generation:whole,offset:whole,size:whole,last_line:time",
        f"st.source, {_NEWEST_PATH}, g.path, g.id, g.offset, g.size, "
        "CASE WHEN g.id = st.generation THEN st.last_line END",
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
) -> Table:
    """
    Return one of `EXPORTS`, its rows sorted.

    *start* counts and *end* does not (UTC seconds): a session, span or wait is there when some of it is in between, a
    denial, gap or capacity by its time.
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
    header = columns(chosen.header)
    return Table(header, _typed(header, rows))


def _typed(header: tuple[Column, ...], rows: Iterator[tuple[Any, ...]]) -> Generator[Row, None, None]:
    """Make text of paths and booleans of flags, which SQLite has none of."""
    flags = [at for at, column in enumerate(header) if column.kind == "flag"]
    paths = [at for at, column in enumerate(header) if column.name in {"stream", "file"}]
    for row in rows:
        cells: list[Cell] = list(row)
        for at in flags:
            cells[at] = bool(cells[at])
        for at in paths:
            cells[at] = decode(row[at].decode("latin-1"))
        yield cells
