"""The status as tables, one a log, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from exporter.records import Json
from exporter.reports import licences_output
from exporter.reports.instant import iso, iso_or_none
from exporter.reports.numbers import counted, human_age, human_bytes
from exporter.reports.printable import cell
from exporter.reports.sinks import SinkStatus
from exporter.reports.status import Place, Status, StreamStatus, Trust

_SAMPLES_SHOWN = 3
_DOUBT = "yellow"


def as_json(status: Status) -> str:
    """Return the status as one JSON document, in ASCII; times are ``2022-05-05T08:42:20Z`` or null."""
    return json.dumps(
        {
            "now": iso(status.now),
            "revision": status.revision,
            "committed": iso_or_none(status.committed),
            "streams": [_stream_json(stream) for stream in status.streams],
            "problems": [{"source": source, "problem": problem} for source, problem in status.problems.items()],
            "sinks": [_sink_json(sink) for sink in status.sinks],
            "licences": licences_output.as_json(status.licences),
        },
        indent=2,
    )


def show(status: Status, console: Console) -> None:
    """Print a block for each log, then the problems, then the state of the ledger."""
    silent = {(one.server, vendor): kinds for one in status.licences for vendor, kinds in one.silent.items()}
    for stream in status.streams:
        console.print(Text.assemble((stream.source, "bold"), "  ", cell(stream.stream)))
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for heading, value in _rows(stream, status.now, silent):
            table.add_row(f"  {heading}", value)
        console.print(table)
        console.print()
    for source, problem in status.problems.items():
        console.print(Text.assemble((source, "bold"), ": ", cell(problem, "red")))
    for one in status.licences:
        licences_output.show(one, status.now, console)
    for sink in status.sinks:
        _show_sink(sink, console)
    if status.committed is None:
        console.print("Nothing was committed to the ledger yet.")
    else:
        committed = f"{iso(status.committed)}, {human_age(status.committed, status.now)}"
        console.print(f"{counted(status.revision, 'commit')}, the last at {committed}.", highlight=False)


def _show_sink(sink: SinkStatus, console: Console) -> None:
    """Print a block for one database."""
    console.print(Text.assemble((sink.name, "bold"), "  InfluxDB"))
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    if sink.problem:
        table.add_row("  problem", cell(sink.problem, "red"))
    for tier in sink.tiers:
        said = f"sent up to {iso(tier.until)}" if tier.until else "nothing sent"
        skipped = "".join(f", {counted(n, 'window')} skipped ({reason})" for reason, n in tier.skipped.items())
        table.add_row(f"  {tier.tier}", said + skipped)
    if not sink.tiers:
        table.add_row("  windows", "none sent yet")
    for one in sink.refused[-_SAMPLES_SHOWN:]:
        table.add_row(f"  refused ({one.tier})", cell(f"{one.line}: {one.words}", _DOUBT))
    console.print(table)
    console.print()


def _sink_json(sink: SinkStatus) -> Json:
    """Return one database for `as_json`."""
    return {
        "sink": sink.name,
        "problem": sink.problem,
        "tiers": [
            {"tier": tier.tier, "until": iso_or_none(tier.until), "skipped": dict(tier.skipped)} for tier in sink.tiers
        ],
        "refused": [
            {"tier": one.tier, "line": one.line, "words": one.words, "time": iso(one.time)} for one in sink.refused
        ],
    }


def _stream_json(stream: StreamStatus) -> Json:
    """Return one log for `as_json`."""
    place, trust = stream.place, stream.trust
    return {
        "source": stream.source,
        "server": stream.server,
        "stream": stream.stream,
        "problem": stream.problem,
        "warning": stream.warning,
        "place": place
        and {
            "file": place.file,
            "generation": place.generation,
            "offset": place.offset,
            "size": place.size,
            "percent": place.percent,
        },
        "lag_bytes": stream.lag,
        "frontier": iso_or_none(stream.frontier),
        "last_line": iso_or_none(stream.last_line),
        "committed": iso_or_none(stream.committed),
        "open_sessions": stream.open_sessions,
        "suspect_sessions": stream.suspect_sessions,
        "open_waits": stream.open_waits,
        "uses": stream.uses,
        "transfers": stream.transfers,
        "lines": dict(trust.lines),
        "times_refused": trust.times_refused,
        "late_facts": trust.late_facts,
        "sessions": dict(trust.sessions),
        "unmatched_stops": trust.unmatched_stops,
        "disagreements": trust.disagreements,
        "unknown_sessions": trust.unknown,
        "gaps": dict(trust.gaps),
        "stopless": {vendor: iso(since) for vendor, since in trust.stopless.items()},
        "samples": [
            {"file": sample.file, "offset": sample.offset, "text": sample.text, "why": sample.why}
            for sample in trust.samples
        ],
    }


_Silent = Mapping[tuple[str, str], Mapping[str, str]]
"""By server and vendor, what an options file keeps out of the log, and where it says so."""


def _rows(stream: StreamStatus, now: float, silent: _Silent) -> Iterator[tuple[str, Text]]:
    """Yield heading and value of each line of a log's block."""
    yield "server", cell(stream.server)
    if stream.problem:
        yield "problem", cell(stream.problem, "red")
    if stream.warning:
        yield "warning", cell(stream.warning, _DOUBT)
    yield "read", _place(stream.place)
    yield "behind", cell(human_bytes(stream.lag), _DOUBT if stream.lag else "")
    yield "last line", cell(_when(stream.last_line, now))
    yield "known to", cell(_when(stream.frontier, now))
    yield "committed", cell(_when(stream.committed, now))
    yield "open", cell(f"{counted(stream.open_sessions, 'session')}, {counted(stream.open_waits, 'wait')}")
    if stream.uses:
        yield "used", cell(f"{stream.uses:,} times at an instant, as modules are that are loaded")
    if stream.transfers:
        yield "transfers", cell(counted(stream.transfers, "file"))
    if stream.suspect_sessions:
        yield "in doubt", cell(f"{counted(stream.suspect_sessions, 'open session')} may have ended in a gap", _DOUBT)
    yield from _trust_rows(
        stream.trust, {vendor: silent.get((stream.server, vendor), {}) for vendor in stream.trust.stopless}
    )


def _trust_rows(trust: Trust, silent: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Text]]:
    """Yield the trust figures; what lowers the trust is coloured."""
    yield (
        "lines",
        _figures({**trust.lines, "with a time not believed": trust.times_refused}, good=("understood", "noise")),
    )
    yield (
        "sessions",
        _figures({**trust.sessions, "unmatched stops": trust.unmatched_stops}, good=("matched", "inferred", "reset")),
    )
    if trust.unknown:
        share = f"{100 * trust.unknown / trust.kept:.1f} %"
        yield "(unknown)", cell(f"{counted(trust.unknown, 'session')} ({share}) by names that are nobody's", _DOUBT)
    if trust.late_facts:
        yield "late", cell(f"{counted(trust.late_facts, 'fact')} from before what is kept: in no window", _DOUBT)
    yield (
        "own count",
        cell(f"the server's own count disagrees on {counted(trust.disagreements, 'line')}", _DOUBT)
        if trust.disagreements
        else cell("no disagreement with the server's own count"),
    )
    yield "gaps", _figures(trust.gaps, good=()) if trust.gaps else cell("none")
    for vendor, since in trust.stopless.items():
        place = silent[vendor].get("IN")
        why = f": NOLOG IN in {place} keeps them out of the log" if place else ""
        yield "no ends", cell(f"{vendor} writes no check-ins, or hardly any, since {iso(since)[:10]}{why}", _DOUBT)
    for sample in trust.samples[:_SAMPLES_SHOWN]:
        where = cell(f"{sample.file}, byte {sample.offset}: {sample.why}", _DOUBT)
        yield "unparsed", Text("\n").join([where, cell(sample.text)])
    hidden = len(trust.samples) - _SAMPLES_SHOWN
    if hidden > 0:
        yield "", cell(f"and {hidden} older; --format json shows all")


def _place(place: Place | None) -> Text:
    """Return where reading stands."""
    if place is None:
        return cell("nothing yet", _DOUBT)
    read = f"{human_bytes(place.offset)} of {human_bytes(place.size)} ({place.percent} %)"
    return cell(f"{read} of {place.file}, generation {place.generation}")


def _when(then: float | None, now: float) -> str:
    """Return an instant and its age."""
    return "no time yet" if then is None else f"{iso(then)}, {human_age(then, now)}"


def _figures(counts: Mapping[str, int], good: tuple[str, ...]) -> Text:
    """Return ``1,200 matched, 3 gap``; kinds that are not *good* are coloured when they occurred."""
    return Text(", ").join(
        cell(f"{count:,} {kind}", _DOUBT if count and kind not in good else "") for kind, count in counts.items()
    )
